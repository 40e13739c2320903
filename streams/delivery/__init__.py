"""What leaves the worker: events, durably, and the way to the API."""
