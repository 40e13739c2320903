"""Tickets: a hazard, a place, a person, and how it ended."""
