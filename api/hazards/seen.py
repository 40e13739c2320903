"""Whose a hazard's pictures and clips are to see: of its own place, and of what it was merged into."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, or_, true
from sqlalchemy.orm import aliased

from api.hazards.models import HazardRow
from api.kit.scope import Scope
from api.tickets.models import TicketRow
from api.whistles.called import called_to


def seen_within(scope: Scope) -> ColumnElement[bool]:
    """A condition on `HazardRow`. Whoever answers for a thing sees each of its sightings, also one that was placed
    beyond the border of their grid."""
    return and_(_of_place(scope), _of_ticket(scope))


def _of_place(scope: Scope) -> ColumnElement[bool]:
    if scope.grids is None:
        return true()
    head = aliased(HazardRow)
    theirs = exists().where(head.id == HazardRow.merged_into, scope.where(head.grid.expression))
    return or_(scope.where(HazardRow.grid.expression), theirs)


def _of_ticket(scope: Scope) -> ColumnElement[bool]:
    if scope.department is None:
        return true()
    head_id = func.coalesce(HazardRow.merged_into, HazardRow.id)
    return exists().where(TicketRow.hazard_id == head_id, called_to(scope, TicketRow.number.expression))
