"""SQL of tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.models import Account
from api.auth.roles import Role
from api.kit.scope import WHOLE_SITE, Scope
from api.tickets.models import TicketRow
from api.tickets.states import TicketState
from api.whistles.called import called_to


async def find(session: AsyncSession, ticket_id: str, scope: Scope) -> TicketRow | None:
    return await session.scalar(select(TicketRow).where(TicketRow.id == ticket_id, *seen(scope)))


def seen(scope: Scope) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What somebody sees of the tickets: those of their units, and those that their department was called to."""
    return scope.where(TicketRow.grid.expression), called_to(scope, TicketRow.number.expression)


async def of_hazard(session: AsyncSession, hazard_id: str) -> TicketRow | None:
    statement = select(TicketRow).where(TicketRow.hazard_id == hazard_id, WHOLE_SITE.where(TicketRow.grid.expression))
    return await session.scalar(statement)


async def count_by_state(session: AsyncSession, scope: Scope) -> dict[TicketState, int]:
    """How many tickets stand in each state; every state is there."""
    statement = select(TicketRow.state, func.count()).where(*seen(scope)).group_by(TicketRow.state)
    found = {TicketState(state): count for state, count in await session.execute(statement)}
    return {state: found.get(state, 0) for state in TicketState}


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[TicketRow]:
    """Tickets whose next moment has come, the longest waiting first; those that another server has at hand are left
    to it."""
    statement = (
        select(TicketRow)
        .where(TicketRow.due_at <= now, WHOLE_SITE.where(TicketRow.grid.expression))
        .order_by(TicketRow.due_at)
        .limit(limit)
        .with_for_update(of=TicketRow, skip_locked=True)
    )
    return (await session.scalars(statement)).all()


async def any_due(session: AsyncSession, now: datetime) -> bool:
    return await session.scalar(select(TicketRow.number).where(TicketRow.due_at <= now).limit(1)) is not None


async def command_centre(session: AsyncSession) -> Sequence[str]:
    """The usernames of those who sit there; administrators only where nobody does."""
    for role in (Role.COMMAND_CENTRE, Role.ADMINISTRATOR):
        statement = select(Account.username).where(Account.role == role.value, Account.disabled_at.is_(None))
        if found := (await session.scalars(statement.order_by(Account.username))).all():
            return found
    return ()
