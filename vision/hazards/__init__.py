"""One rule per hazard; a hazard is a place, never a track."""
