"""The ways to people: one module per channel. Adding one is adding a module here and its class to `settings.py`."""
