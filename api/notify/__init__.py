"""Telling people: notices wait in the database until a channel has delivered them."""
