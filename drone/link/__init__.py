"""The link to vehicles: transports, frames, signatures, commands, and missions that are read back before they count."""
