"""Questions about what lies beneath a unit: the unit must be there, and something of it the caller's."""

from __future__ import annotations

from api.errors import NotFound
from api.kit.scope import Scope
from api.town.index import Town


def demand_unit(town: Town, scope: Scope, unit_id: str | None) -> None:
    """Raises `NotFound` for a unit that is not there, or of which nothing is the caller's. None: the whole town."""
    if unit_id is None:
        return
    if town.unit(unit_id) is None or (scope.grids is not None and scope.grids.isdisjoint(town.below([unit_id]))):
        raise NotFound("no such unit, or it lies outside your units")
