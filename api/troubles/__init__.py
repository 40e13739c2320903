"""What ails the cameras: when each trouble began and ended, and why, as workers' events told."""
