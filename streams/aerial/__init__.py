"""Cameras that move: where they were, what they saw on the ground, and what stood there too long."""
