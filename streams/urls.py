"""Addresses of cameras, and how to speak of them without their credentials."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

MASK = "***"

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):")
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#'\"<>]*@")
# Cameras of the XMeye family carry them in the path: /user=admin_password=abc_channel=1_stream=0.sdp
_NAMED = re.compile(
    r"(?i)(?<![A-Za-z])(user(?:name)?|usr|login|pass(?:word|wd)?|pwd|pw|token|secret|auth|key)="
    r"(.*?)(?=[&;?#/\s'\"]|_[A-Za-z]+=|\.sdp|$)"
)


def scheme_of(url: str) -> str:
    """`rtsp`, `file`, …; empty for a path. One letter is a drive, not a scheme."""
    found = _SCHEME.match(url)
    return found.group(1).lower() if found else ""


def without_credentials(url: str) -> str:
    """The address as it may be shown: user and password are masked wherever cameras carry them.

    >>> without_credentials("rtsp://user:secret@192.0.2.7/stream1?token=abc")
    'rtsp://***@192.0.2.7/stream1?token=***'
    """
    if not scheme_of(url):
        return url
    head, slashes, rest = url.partition("://")
    if slashes:
        # A password may itself hold an @: FFmpeg takes the last one before the path, and so do we.
        end = next((i for i, c in enumerate(rest) if c in "/?#"), len(rest))
        authority, path = rest[:end], rest[end:]
        _, at, host = authority.rpartition("@")
        url = f"{head}://{MASK + at if at else ''}{host}{path}"
    return _NAMED.sub(rf"\g<1>={MASK}", url)


def scrub(text: str, url: str) -> str:
    """Any text (an FFmpeg error, a log line) with the credentials of `url`, and of any URL in it, taken out."""
    if scheme_of(url):
        text = text.replace(url, without_credentials(url))
    for secret in _secrets(url):
        text = text.replace(secret, MASK)
    return _USERINFO.sub(rf"\g<1>{MASK}@", text)


def _secrets(url: str) -> list[str]:
    """Every spelling in which the credentials could come back to us, longest first."""
    rest = url.partition("://")[2]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    userinfo = authority.rpartition("@")[0]
    named = {name.lower(): value for name, value in _NAMED.findall(url)}
    found = {value for name, value in named.items() if name not in ("user", "username", "usr", "login")}
    if userinfo and scheme_of(url):
        password = userinfo.partition(":")[2]
        for spelling in (userinfo, unquote(userinfo)):
            found |= {spelling, base64.b64encode(spelling.encode()).decode()}
        found |= {password, unquote(password)}
    # One or two letters would tear holes into every word, and are not a secret.
    return sorted((word for word in found if len(word) >= 3), key=len, reverse=True)
