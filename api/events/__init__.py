"""Events in, exactly once in effect."""
