"""Entity tags: polling without sending the same answer again, and changing only what one has seen."""

from __future__ import annotations

import hashlib

from api.errors import VersionChanged


def body_tag(body: bytes) -> str:
    """A strong tag: equal for equal bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def version_tag(version: int) -> str:
    return f'"{version}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether an If-None-Match or If-Match header names `tag`; ``W/`` is disregarded, ``*`` names every tag."""
    if header is None:
        return False
    given = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in given or tag in given or tag.strip('"') in given


def require_match(header: str | None, version: int) -> None:
    """Raises `VersionChanged` where an If-Match header was sent and names another version."""
    if header is not None and not matches(header, version_tag(version)):
        raise VersionChanged(
            f"If-Match names version {header[:40]}, the ticket is at version {version}; read it again and decide anew"
        )
