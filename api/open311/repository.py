"""SQL of what GeoReport v2 shows: tickets, with their hazards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import Scope
from api.open311.reading import MOST, Wanted
from api.tickets.models import TicketRow
from api.tickets.states import ENDED
from api.whistles.called import called_to


async def requests(session: AsyncSession, scope: Scope, wanted: Wanted) -> Sequence[TicketRow]:
    """Newest first."""
    statement = (
        select(TicketRow)
        .where(*_seen(scope), *_span(wanted.since, wanted.until))
        .order_by(TicketRow.number.desc())
        .limit(MOST)
    )
    if wanted.ids:
        statement = statement.where(TicketRow.id.in_(wanted.ids))
    if wanted.kinds:
        statement = statement.where(TicketRow.kind.in_(wanted.kinds))
    if wanted.is_open is not None:
        ended = TicketRow.state.in_(ENDED)
        statement = statement.where(~ended if wanted.is_open else ended)
    return (await session.scalars(statement)).all()


def _seen(scope: Scope) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return scope.where(TicketRow.grid.expression), called_to(scope, TicketRow.number.expression)


def _span(since: datetime, until: datetime):  # type: ignore[no-untyped-def]
    return TicketRow.created_at >= since, TicketRow.created_at <= until


async def find(session: AsyncSession, scope: Scope, ticket_id: str) -> TicketRow | None:
    statement = select(TicketRow).where(TicketRow.id == ticket_id, *_seen(scope))
    return await session.scalar(statement)
