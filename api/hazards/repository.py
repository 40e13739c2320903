"""SQL of hazards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.hazards.models import HazardRow, HazardState
from api.kit.scope import Scope
from api.tickets.models import TicketRow


@dataclass(frozen=True, slots=True)
class HazardAndTicket:
    hazard: HazardRow
    ticket_id: str | None


async def by_incident(session: AsyncSession, incident_id: str) -> HazardRow | None:
    return await session.scalar(select(HazardRow).where(HazardRow.id == incident_id))


async def page(
    session: AsyncSession, scope: Scope, state: HazardState | None, before_seq: int | None, limit: int
) -> Sequence[HazardAndTicket]:
    """Newest first; one more than `limit`, so that the caller knows whether there is a next page."""
    statement = (
        select(HazardRow, TicketRow.id)
        .outerjoin(TicketRow, TicketRow.hazard_id == HazardRow.id)
        .where(scope.where(HazardRow.grid.expression))
        .order_by(HazardRow.seq.desc())
        .limit(limit + 1)
    )
    if state is not None:
        statement = statement.where(HazardRow.state == state)
    if before_seq is not None:
        statement = statement.where(HazardRow.seq < before_seq)
    return [HazardAndTicket(hazard, ticket) for hazard, ticket in await session.execute(statement)]


async def count_open(session: AsyncSession) -> dict[str, int]:
    """How many hazards of each kind are there now, on the whole site; kinds that ever were have their 0."""
    is_open = func.sum(case((HazardRow.state == HazardState.OPEN, 1), else_=0))
    rows = await session.execute(select(HazardRow.kind, is_open).group_by(HazardRow.kind))
    return {kind: int(count) for kind, count in rows}


async def find(session: AsyncSession, hazard_id: str, scope: Scope) -> HazardAndTicket | None:
    statement = (
        select(HazardRow, TicketRow.id)
        .outerjoin(TicketRow, TicketRow.hazard_id == HazardRow.id)
        .where(HazardRow.id == hazard_id, scope.where(HazardRow.grid.expression))
    )
    found = (await session.execute(statement)).first()
    return HazardAndTicket(*found) if found else None
