"""Zones that were proposed for cameras, until a person accepts or discards them."""
