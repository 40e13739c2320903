"""SQL of what GeoReport v2 shows: tickets, with their hazards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import Scope
from api.open311.reading import Wanted
from api.tickets.models import TicketRow
from api.tickets.repository import seen
from api.tickets.states import ENDED


async def requests(session: AsyncSession, scope: Scope, wanted: Wanted) -> Sequence[TicketRow]:
    """Newest first."""
    statement = (
        select(TicketRow)
        .where(*seen(scope), *_span(wanted.since, wanted.until))
        .order_by(TicketRow.number.desc())
        .limit(wanted.page_size)
        .offset((wanted.page - 1) * wanted.page_size)
    )
    if wanted.ids:
        statement = statement.where(TicketRow.id.in_(wanted.ids))
    if wanted.kinds:
        statement = statement.where(TicketRow.kind.in_(wanted.kinds))
    if wanted.is_open is not None:
        ended = TicketRow.state.in_(ENDED)
        statement = statement.where(~ended if wanted.is_open else ended)
    return (await session.scalars(statement)).all()


def _span(since: datetime, until: datetime):  # type: ignore[no-untyped-def]
    return TicketRow.created_at >= since, TicketRow.created_at <= until
