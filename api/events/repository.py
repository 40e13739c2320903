"""SQL of events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.models import EventRow
from vision.types import Change


async def known(session: AsyncSession, event_ids: Iterable[str]) -> set[str]:
    """Those of `event_ids` that have come before."""
    return set(await session.scalars(select(EventRow.event_id).where(EventRow.event_id.in_(list(event_ids)))))


async def first_clearings(session: AsyncSession, incident_ids: Iterable[str]) -> dict[str, datetime]:
    """When each incident was first seen free, of those whose all-clear has come."""
    statement = (
        select(EventRow.incident_id, func.min(EventRow.captured_at))
        .where(EventRow.incident_id.in_(list(incident_ids)), EventRow.change == Change.CLEARED)
        .group_by(EventRow.incident_id)
    )
    return {row[0]: row[1] for row in await session.execute(statement)}
