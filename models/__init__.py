"""Weights: what they are, where they come from, how they run, how ours are made."""
