"""Entity tags: polling without sending the same answer again, and changing only what one has seen."""

from __future__ import annotations

import hashlib

from api.errors import NeedsVersion, VersionChanged


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


def demand_tag(header: str | None, tag: str) -> None:
    """For changes that overwrite: raises `NeedsVersion` without If-Match, `VersionChanged` where it names another."""
    if header is None:
        raise NeedsVersion("this overwrites what others may have changed: send the ETag of what you read as If-Match")
    if not matches(header, tag):
        raise VersionChanged(f"If-Match names {header[:40]}, it is {tag} now; read it again and decide anew")
