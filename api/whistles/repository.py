"""SQL of whistles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import WHOLE_SITE, Scope
from api.tickets.models import TicketRow
from api.tickets.states import ENDED
from api.whistles.models import WhistleRow, WhistleState


async def find(session: AsyncSession, whistle_id: str, scope: Scope) -> WhistleRow | None:
    statement = select(WhistleRow).join(TicketRow, TicketRow.number == WhistleRow.ticket_number)
    return await session.scalar(statement.where(WhistleRow.id == whistle_id, scope.where(TicketRow.grid.expression)))


async def of_ticket(session: AsyncSession, ticket_number: int) -> Sequence[WhistleRow]:
    """In the order in which they were blown. The caller has been let see the ticket."""
    statement = (
        select(WhistleRow)
        .join(TicketRow, TicketRow.number == WhistleRow.ticket_number)
        .where(WhistleRow.ticket_number == ticket_number, WHOLE_SITE.where(TicketRow.grid.expression))
    )
    return (await session.scalars(statement.order_by(WhistleRow.number))).all()


async def page(
    session: AsyncSession,
    scope: Scope,
    department: str | None,
    states: Sequence[WhistleState],
    ticket_id: str | None,
    ticket_open: bool | None,
    before_number: int | None,
    limit: int,
) -> Sequence[WhistleRow]:
    """Newest first; one more than `limit`, so that the caller knows whether there is a next page. `ticket_open` None:
    whether or not their ticket has ended."""
    statement = (
        select(WhistleRow)
        .join(TicketRow, TicketRow.number == WhistleRow.ticket_number)
        .where(scope.where(TicketRow.grid.expression))
        .order_by(WhistleRow.number.desc())
        .limit(limit + 1)
    )
    if department is not None:
        statement = statement.where(WhistleRow.department == department)
    if states:
        statement = statement.where(WhistleRow.state.in_(states))
    if ticket_id is not None:
        statement = statement.where(TicketRow.id == ticket_id)
    if ticket_open is not None:
        ended = TicketRow.state.in_(ENDED)
        statement = statement.where(~ended if ticket_open else ended)
    if before_number is not None:
        statement = statement.where(WhistleRow.number < before_number)
    return (await session.scalars(statement)).all()


async def any_due(session: AsyncSession, now: datetime) -> bool:
    """Whether anything is to be done: asked without the writer's lock."""
    found = await session.scalar(select(WhistleRow.number).where(WhistleRow.due_at <= now).limit(1))
    return found is not None


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[WhistleRow]:
    """Those whose answer clock has run out; what another server has at hand is left to it."""
    statement = (
        select(WhistleRow)
        .join(TicketRow, TicketRow.number == WhistleRow.ticket_number)
        .where(WhistleRow.due_at <= now, WHOLE_SITE.where(TicketRow.grid.expression))
        .order_by(WhistleRow.due_at)
        .limit(limit)
        .with_for_update(of=WhistleRow, skip_locked=True)
    )
    return (await session.scalars(statement)).all()
