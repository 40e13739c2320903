"""Files that zones come in, and that plans go out and come back in."""
