"""Air patrols: poses, plans and the geometry between them."""
