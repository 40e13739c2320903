"""Cameras as people see them: where they are, and how they are doing now."""
