"""Scopes of service tokens: ``TAG:read`` and ``TAG:write``, after the tags of routes; they only ever narrow a role."""

from __future__ import annotations

import re
from collections.abc import Iterable

from api.errors import NotAllowed

_FORM = re.compile(r"[a-z][a-z0-9-]{0,40}:(read|write)")


def parse_scopes(texts: Iterable[str], known: frozenset[str] | None = None) -> tuple[str, ...]:
    """Raises ValueError for what is no scope, or is none of `known`."""
    scopes = sorted(set(texts))
    for scope in scopes:
        if not _FORM.fullmatch(scope):
            raise ValueError(f"a scope is TAG:read or TAG:write, such as tickets:read; got {scope!r}")
        if known is not None and scope not in known:
            raise ValueError(f"there is no scope {scope!r}; there are {', '.join(sorted(known))}")
    return tuple(scopes)


def scopes_of_tags(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(_named(tag, kind) for tag in tags for kind in ("read", "write"))


def _named(tag: str, kind: str) -> str:
    return f"{tag.replace(' ', '-')}:{kind}"


def require_scope(scopes: frozenset[str], tags: Iterable[str], method: str) -> None:
    """Raises `NotAllowed` where a token that has scopes lacks one for a route with these tags."""
    if not scopes:
        return
    kind = "read" if method in ("GET", "HEAD") else "write"
    wanted = {_named(tag, kind) for tag in tags}
    if not wanted & scopes:
        raise NotAllowed(
            f"this token lacks the scope {' or '.join(sorted(wanted))}; it has {', '.join(sorted(scopes))}"
        )
