"""What a site may say of each hazard in a zone: one file a kind."""
