"""SQL of mute and maintenance windows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.hazards.models import HazardRow, HazardState
from api.kit.among import among
from api.kit.scope import WHOLE_SITE, Scope
from api.mutes.models import MuteRow
from api.site.models import CameraRow


async def find(session: AsyncSession, mute_id: str, scope: Scope) -> MuteRow | None:
    return await session.scalar(select(MuteRow).where(MuteRow.id == mute_id, _seen_by(scope)))


async def page(
    session: AsyncSession,
    scope: Scope,
    above: Collection[str],
    holds_at: datetime | None,
    before_seq: int | None,
    limit: int,
) -> Sequence[MuteRow]:
    """Newest first, one more than `limit`; with `holds_at`, those that hold then or will. `above`: units that hold the
    caller's, whose mutes silence the caller's too."""
    seen = or_(_seen_by(scope), among(MuteRow.unit.expression, above))
    statement = select(MuteRow).where(seen).order_by(MuteRow.seq.desc()).limit(limit + 1)
    if holds_at is not None:
        statement = statement.where(MuteRow.ends_at > holds_at, MuteRow.ended_at.is_(None))
    if before_seq is not None:
        statement = statement.where(MuteRow.seq < before_seq)
    return (await session.scalars(statement)).all()


def _seen_by(scope: Scope) -> ColumnElement[bool]:
    """Of the caller's units, and of the cameras in them."""
    if scope.grids is None:
        return WHOLE_SITE.where(MuteRow.unit.expression)
    cameras = select(CameraRow.id).where(scope.where(CameraRow.grid.expression))
    return or_(scope.where(MuteRow.unit.expression), MuteRow.camera.in_(cameras))


async def live(session: AsyncSession, at: datetime) -> Sequence[MuteRow]:
    """Those that hold at a time, the longest first."""
    statement = (
        select(MuteRow)
        .where(MuteRow.starts_at <= at, MuteRow.ends_at > at, MuteRow.ended_at.is_(None))
        .order_by(MuteRow.ends_at.desc())
    )
    return (await session.scalars(statement)).all()


async def waiting(session: AsyncSession, now: datetime, limit: int) -> Sequence[HazardRow]:
    """Hazards, there still, that a mute held back which holds no more: the oldest first. Those whose mute holds are
    left out here, so that many of them keep nothing else waiting."""
    holds = and_(MuteRow.starts_at <= now, MuteRow.ends_at > now, MuteRow.ended_at.is_(None))
    statement = (
        select(HazardRow)
        .outerjoin(MuteRow, and_(MuteRow.id == HazardRow.muted_by, holds))
        .where(HazardRow.muted_by.is_not(None), HazardRow.state == HazardState.OPEN, HazardRow.merged_into.is_(None))
        .where(MuteRow.seq.is_(None), WHOLE_SITE.where(HazardRow.grid.expression))
        .order_by(HazardRow.seq)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def by_ids(session: AsyncSession, ids: Iterable[str]) -> dict[str, MuteRow]:
    rows = await session.scalars(select(MuteRow).where(MuteRow.id.in_(sorted(set(ids)))))
    return {row.id: row for row in rows}


async def held_back(session: AsyncSession, mute_ids: Iterable[str]) -> dict[str, int]:
    """How many hazards each of these holds back now."""
    statement = (
        select(HazardRow.muted_by, func.count())
        .where(HazardRow.muted_by.in_(sorted(mute_ids)), HazardRow.state == HazardState.OPEN)
        .where(HazardRow.merged_into.is_(None))
        .group_by(HazardRow.muted_by)
    )
    return {str(mute_id): count for mute_id, count in await session.execute(statement)}
