"""Mute and maintenance windows: what is raised within them is kept and said, and rings nobody until they end."""
