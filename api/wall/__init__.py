"""The live wall: tiles over one socket, and a stream of what changed."""
