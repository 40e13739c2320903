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
        number = int(plain.removeprefix("n"))
    except (binascii.Error, ValueError):
        number = -1
    # The decoder skips what it does not know, so that many texts would pass for one cursor.
    if not 0 <= number < 2**63 or encode_cursor(number) != text:
        raise BadRequest(f"cursor must be the `next` of an earlier answer, got {text[:40]!r}; leave it out to start")
    return number
