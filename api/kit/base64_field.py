"""Bytes inside JSON: base64, decoded strictly."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema


def _decoded(value: Any) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"Input should be base64 text, not {type(value).__name__}")
    try:
        # The lenient decoder skips what is not base64, and makes something of anything.
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("Input should be plain base64: no line breaks, no data: prefix") from None


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}, mode="validation"),
]
