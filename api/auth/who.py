"""Somebody who has proved who they are."""

from __future__ import annotations

from dataclasses import dataclass

from api.auth.roles import UNITS_ONLY, Role
from api.kit.scope import Scope

_PROGRAMS = (Role.WORKER, Role.METRICS)


@dataclass(frozen=True, slots=True)
class Principal:
    """`username` is what histories show: a token's is ``token:NAME``.

    `grids` are the units given to the account, of any level; `below` these and all beneath them, None where the town
    was not asked. `scopes` empty means all that the role may. `session_id` and `account_id` are None for a token.
    """

    username: str
    name: str
    role: Role
    grids: tuple[str, ...]
    department: str | None = None
    below: frozenset[str] | None = None
    scopes: frozenset[str] = frozenset()
    session_id: str | None = None
    account_id: int | None = None
    must_enrol: bool = False

    @property
    def scope(self) -> Scope:
        """What part of the town it sees: its units and all below; without units the whole site, or for the roles
        that have no business beyond their units, nothing. A department: of that the tickets that it was called to."""
        if self.role in _PROGRAMS:
            return Scope()
        department = (self.department or "") if self.role is Role.DEPARTMENT else None
        if self.grids:
            return Scope(self.below if self.below is not None else frozenset(self.grids), department)
        return Scope(frozenset()) if self.role in UNITS_ONLY else Scope(department=department)
