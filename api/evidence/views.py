"""Who was given which picture: written down before it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.service import Principal
from api.evidence.models import EvidenceViewRow
from api.house import House


async def record_view(house: House, who: Principal, evidence_id: str) -> None:
    # On nothing that anybody else changes: views are written beside each other.
    async with house.database.writing(on=()) as session:
        session.add(
            EvidenceViewRow(at=house.clock.now(), evidence_id=evidence_id, actor=who.username, role=who.role.value)
        )


async def views_of(
    session: AsyncSession, evidence_id: str, before_seq: int | None, most: int
) -> Sequence[EvidenceViewRow]:
    """The newest first."""
    statement = select(EvidenceViewRow).where(EvidenceViewRow.evidence_id == evidence_id)
    if before_seq is not None:
        statement = statement.where(EvidenceViewRow.seq < before_seq)
    return (await session.scalars(statement.order_by(EvidenceViewRow.seq.desc()).limit(most))).all()


async def forget_views(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(EvidenceViewRow).where(EvidenceViewRow.at < before))
