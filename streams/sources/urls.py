"""Addresses of cameras, and how to speak of them without their credentials."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

MASK = "***"

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):")
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#'\"<>]*@")
# Cameras of the XMeye family carry them in the path: /user=admin_password=abc_channel=1_stream=0.sdp
# user:password@host/… typed without its rtsp:// must not be shown either.
_FORGOTTEN_SCHEME = re.compile(r"^[^/\\@\s]+:[^@\s]*@")
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
    if not scheme_of(url) or "://" not in url:
        return _FORGOTTEN_SCHEME.sub(f"{MASK}@", url)
    head, slashes, rest = url.partition("://")
    if slashes:
        userinfo, shown = split_userinfo(rest)
        url = f"{head}://{MASK + '@' if userinfo else ''}{shown}"
    return _NAMED.sub(rf"\g<1>={MASK}", url)


def split_userinfo(rest: str) -> tuple[str, str]:
    """What stands between :// and the @ before the host, and what follows it.

    A password may itself hold an @: FFmpeg takes the last one before the path, and so do we. One with a raw / ? or #
    in it makes an address that nothing can open, yet it was typed, and must not be shown: what looks like a port is
    then no number, and the last @ of all ends it.
    """
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" not in authority and "@" in rest and not re.fullmatch(r"(\[[^\]]*\]|[^:]*)(:\d*)?", authority):
        authority = rest
    userinfo, at, _host = authority.rpartition("@")
    return userinfo, rest[len(userinfo) + len(at) :]


def scrub(text: str, url: str) -> str:
    """Any text (an FFmpeg error, a log line) with the credentials of `url`, and of any URL in it, taken out."""
    if scheme_of(url):
        text = text.replace(url, without_credentials(url))
    for secret in _secrets(url):
        text = text.replace(secret, MASK)
    return _USERINFO.sub(rf"\g<1>{MASK}@", text)


def _secrets(url: str) -> list[str]:
    """Every spelling in which the credentials could come back to us, longest first."""
    userinfo = split_userinfo(url.partition("://")[2])[0]
    named = {name.lower(): value for name, value in _NAMED.findall(url)}
    found = {value for name, value in named.items() if name not in ("user", "username", "usr", "login")}
    if userinfo and scheme_of(url):
        password = userinfo.partition(":")[2]
        for spelling in (userinfo, unquote(userinfo)):
            found |= {spelling, base64.b64encode(spelling.encode()).decode()}
        found |= {password, unquote(password)}
    # One or two letters would tear holes into every word, and are not a secret.
    return sorted((word for word in found if len(word) >= 3), key=len, reverse=True)
