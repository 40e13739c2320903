"""Pictures: files beside the database, named by their content."""
