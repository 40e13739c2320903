"""SQL of events."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.models import EventRow
from vision.types import Change


async def known(session: AsyncSession, event_ids: Iterable[str]) -> set[str]:
    """Those of `event_ids` that have come before."""
    return set(await session.scalars(select(EventRow.event_id).where(EventRow.event_id.in_(list(event_ids)))))


async def first_clearing(session: AsyncSession, incident_id: str) -> EventRow | None:
    """The all-clear of an incident, if it has come already."""
    return await session.scalar(
        select(EventRow)
        .where(EventRow.incident_id == incident_id, EventRow.change == Change.CLEARED)
        .order_by(EventRow.captured_at)
        .limit(1)
    )
