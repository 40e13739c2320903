"""Flying a patrol: started, paused, resumed where it stopped, brought home; each by a person's decision."""
