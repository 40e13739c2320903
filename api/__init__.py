"""Tickets, people and pages; the only package that knows the database."""
