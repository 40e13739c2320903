"""The server's own figures, for Prometheus."""
