"""A simulated vehicle with an ArduCopter's habits, the air between, and time that goes as fast as it can."""
