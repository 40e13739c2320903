"""Files as live RTSP cameras, for the demonstration, for tests and for the bench."""
