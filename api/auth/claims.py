"""What the identity provider says of somebody, as a role, units and a department here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.auth.roles import Role
from api.errors import NotAllowed
from api.settings import Settings


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the provider describes them."""

    issuer: str
    subject: str
    username: str
    name: str
    role: Role
    grids: tuple[str, ...]
    department: str | None


def person_of(claims: Mapping[str, Any], settings: Settings) -> Person:
    """Raises `NotAllowed` where none of the claimed roles is one here."""
    claimed = _texts(_at(claims, settings.oidc_role_claim))
    # In the order of the setting: the first that somebody has is theirs.
    role = next((role for theirs, role in settings.oidc_roles.items() if theirs in claimed), None)
    if role is None:
        told = ", ".join(claimed)[:200] or "empty"
        raise NotAllowed(f"the identity provider gives you no role here: `{settings.oidc_role_claim}` is {told}")
    departments = _texts(_at(claims, settings.oidc_department_claim))
    subject = str(claims["sub"])
    if len(subject) > 255:
        raise NotAllowed("the identity provider's `sub` is over 255 characters")
    username = _username(str(claims.get("preferred_username", "")), subject)
    return Person(
        issuer=str(claims["iss"]),
        subject=subject,
        username=username,
        name=str(claims.get("name") or claims.get("preferred_username") or username)[:128],
        role=role,
        grids=tuple(settings.oidc_units.get(unit, unit)[:64] for unit in _texts(_at(claims, settings.oidc_unit_claim))),
        department=departments[0][:64] if departments else None,
    )


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by a path into objects: ``realm_access.roles``."""
    if not path:
        return None
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [one for one in value if isinstance(one, str) and one] if isinstance(value, list) else []


def _username(claimed: str, subject: str) -> str:
    """As claimed where that is a usable username; otherwise one drawn from the subject."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", claimed.split("@")[0]).strip("-._")[:48]
    return plain or "oidc-" + hashlib.sha256(subject.encode()).hexdigest()[:12]
