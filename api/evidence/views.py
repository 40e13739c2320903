"""Who was given which picture: written down before it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.service import Principal
from api.evidence.models import EvidenceViewRow
from api.house import House

_MOST_LISTED = 200


async def record_view(house: House, who: Principal, evidence_id: str) -> None:
    # On nothing that anybody else changes: views are written beside each other.
    async with house.database.writing(on=()) as session:
        session.add(
            EvidenceViewRow(at=house.clock.now(), evidence_id=evidence_id, actor=who.username, role=who.role.value)
        )


async def views_of(session: AsyncSession, evidence_id: str) -> Sequence[EvidenceViewRow]:
    """The newest first."""
    statement = select(EvidenceViewRow).where(EvidenceViewRow.evidence_id == evidence_id)
    return (await session.scalars(statement.order_by(EvidenceViewRow.seq.desc()).limit(_MOST_LISTED))).all()


async def forget_views(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(EvidenceViewRow).where(EvidenceViewRow.at < before))
