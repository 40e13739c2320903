"""What proves an event: stills, and sealed clips cut from packets."""
