"""URLs as people may see them, and the file names in them."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit, urlunsplit

from models.errors import PullFailed


def checked(url: str) -> str:
    """The url, if it is one that weights can be pulled from. Raises `PullFailed`."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise PullFailed(f"expected a url as https://host/weights.onnx, got one that cannot be read: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PullFailed(f"expected a url as https://host/weights.onnx, got {scrubbed(url)!r}")
    return url


def scrubbed(url: str) -> str:
    """Without user, password, query and fragment: signed links carry their secret there."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def file_name(url: str) -> str:
    """The last part of its path, made harmless; empty where there is none."""
    last = unquote(urlsplit(url).path).replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in last).lstrip(".-")
    return kept.encode()[:128].decode(errors="ignore")  # file systems count bytes
