"""Who was given which picture: written down before it leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.service import Principal
from api.evidence.models import EvidenceViewRow, Way
from api.house import House

OF_PICTURES = (Way.PICTURE, Way.EXPORT)
OF_CAMERAS = (Way.LIVE, Way.SUGGESTION)


async def record_views(house: House, who: Principal, way: Way, ids: Iterable[str]) -> None:
    """`ids` are of pictures, or of cameras that were looked at: see `Way`."""
    # On nothing that anybody else changes: views are written beside each other.
    async with house.database.writing(on=()) as session:
        add_views(session, house, who, way, ids)


def add_views(session: AsyncSession, house: House, who: Principal, way: Way, ids: Iterable[str]) -> None:
    """The same in the caller's transaction."""
    now, role = house.clock.now(), who.role.value
    session.add_all(
        EvidenceViewRow(at=now, way=way.value, evidence_id=one, actor=who.username, role=role) for one in ids
    )


async def views_of(
    session: AsyncSession, viewed: str, ways: Collection[Way], before_seq: int | None, most: int
) -> Sequence[EvidenceViewRow]:
    """Of a picture or a camera, the newest first."""
    statement = select(EvidenceViewRow).where(EvidenceViewRow.evidence_id == viewed, EvidenceViewRow.way.in_(ways))
    if before_seq is not None:
        statement = statement.where(EvidenceViewRow.seq < before_seq)
    return (await session.scalars(statement.order_by(EvidenceViewRow.seq.desc()).limit(most))).all()


async def forget_views(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(EvidenceViewRow).where(EvidenceViewRow.at < before))
