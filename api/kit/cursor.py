"""Opaque cursors: the place in a list, newest first, from which the next page goes on."""

from __future__ import annotations

import base64
import binascii

from api.errors import BadRequest


def encode_cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"n{number}".encode()).decode().rstrip("=")


def decode_cursor(text: str | None) -> int | None:
    """The row number that a cursor stands for. Raises `BadRequest` for one that this API never gave."""
    if text is None:
        return None
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        plain = ""
    if not (plain.startswith("n") and plain[1:].isdigit() and len(plain) < 20):
        raise BadRequest(f"cursor must be the `next` of an earlier answer, got {text[:40]!r}; leave it out to start")
    return int(plain[1:])
