"""Hazards: what the events say is there now."""
