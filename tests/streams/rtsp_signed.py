"""A camera's side of signing in: it checks an answer to its challenge by RFC 7616."""

from __future__ import annotations

import hashlib
import re

from tests.streams.rtsp_peer import Asked

SECRET = "geheim-4711"
"""A password that nothing may tell."""


def digest(kind: str, *words: str) -> str:
    return hashlib.new(kind, ":".join(words).encode()).hexdigest()


def given(header: str) -> dict[str, str]:
    return {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', header)}


def right(asked: Asked, kind: str, user: str, password: str, nonce: str) -> bool:
    """As a camera checks it, by RFC 7616, section 3.4."""
    got = given(asked.headers.get("authorization", ""))
    if got.get("nonce") != nonce or got.get("uri") != asked.url or got.get("username") != user:
        return False
    secret, request = digest(kind, user, got["realm"], password), digest(kind, asked.method, got["uri"])
    middle = (got["nc"], got["cnonce"], got["qop"]) if "qop" in got else ()
    return got["response"] == digest(kind, secret, nonce, *middle, request)
