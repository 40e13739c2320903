"""Sealed clips: unredacted originals, opened by few, for a written reason, on record, and deleted in time."""
