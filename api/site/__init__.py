"""Cameras, zones and grids: owned by the database, exchanged as TOML, handed to workers."""
