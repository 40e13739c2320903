"""SQL of sealed clips."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.models import EventRow
from api.hazards.models import HazardRow
from api.hazards.seen import seen_within
from api.kit.scope import Scope
from api.sealed.models import SealedClipRow


async def of_event(session: AsyncSession, event_id: str) -> SealedClipRow | None:
    return await session.get(SealedClipRow, event_id)


async def event(session: AsyncSession, event_id: str) -> EventRow | None:
    return await session.get(EventRow, event_id)


async def find(session: AsyncSession, event_id: str, scope: Scope) -> SealedClipRow | None:
    """The clip, where the caller sees its hazard."""
    statement = select(SealedClipRow).join(HazardRow, HazardRow.id == SealedClipRow.hazard_id)
    return await session.scalar(statement.where(SealedClipRow.event_id == event_id, seen_within(scope)))


async def of_hazard(session: AsyncSession, hazard_id: str, scope: Scope) -> Sequence[SealedClipRow]:
    """A hazard's clips, the oldest first, where the caller sees it."""
    statement = select(SealedClipRow).join(HazardRow, HazardRow.id == SealedClipRow.hazard_id)
    mine = statement.where(SealedClipRow.hazard_id == hazard_id, seen_within(scope))
    return (await session.scalars(mine.order_by(SealedClipRow.began_at))).all()


async def overdue(session: AsyncSession, kind: str, before: datetime, limit: int) -> Sequence[SealedClipRow]:
    """Clips of one kind of hazard that were received before a time and still have their file."""
    statement = select(SealedClipRow).where(
        SealedClipRow.kind == kind, SealedClipRow.received_at < before, SealedClipRow.deleted_at.is_(None)
    )
    return (await session.scalars(statement.order_by(SealedClipRow.received_at).limit(limit))).all()


async def file_ids(session: AsyncSession) -> set[str]:
    """Those of all files that should be there."""
    return set(await session.scalars(select(SealedClipRow.file_id).where(SealedClipRow.deleted_at.is_(None))))
