"""Open311 GeoReport v2: other systems of a city read hazards and hand theirs over, in JSON or XML."""
