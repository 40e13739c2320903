"""SQL of tickets."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import WHOLE_SITE, Scope
from api.tickets.models import TicketRow
from api.tickets.states import TicketState


async def find(session: AsyncSession, ticket_id: str, scope: Scope) -> TicketRow | None:
    return await session.scalar(
        select(TicketRow).where(TicketRow.id == ticket_id, scope.where(TicketRow.grid.expression))
    )


async def of_hazard(session: AsyncSession, hazard_id: str) -> TicketRow | None:
    statement = select(TicketRow).where(TicketRow.hazard_id == hazard_id, WHOLE_SITE.where(TicketRow.grid.expression))
    return await session.scalar(statement)


async def page(
    session: AsyncSession, scope: Scope, states: Sequence[TicketState], before_number: int | None, limit: int
) -> Sequence[TicketRow]:
    """Newest first; one more than `limit`, so that the caller knows whether there is a next page."""
    statement = (
        select(TicketRow)
        .where(scope.where(TicketRow.grid.expression))
        .order_by(TicketRow.number.desc())
        .limit(limit + 1)
    )
    if states:
        statement = statement.where(TicketRow.state.in_(states))
    if before_number is not None:
        statement = statement.where(TicketRow.number < before_number)
    return (await session.scalars(statement)).all()


async def count_by_state(session: AsyncSession, scope: Scope) -> dict[TicketState, int]:
    """How many tickets stand in each state; every state is there."""
    statement = (
        select(TicketRow.state, func.count()).where(scope.where(TicketRow.grid.expression)).group_by(TicketRow.state)
    )
    found = {TicketState(state): count for state, count in await session.execute(statement)}
    return {state: found.get(state, 0) for state in TicketState}
