"""SQL of pictures."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.evidence.models import EvidenceRow
from api.hazards.models import HazardRow
from api.kit.scope import Scope


def record(session: AsyncSession, hazard_id: str, purpose: str, sha256: str, size_bytes: int, now: datetime) -> str:
    """A new picture's id: random, so that it tells nothing and cannot be guessed."""
    evidence_id = secrets.token_hex(16)
    row = EvidenceRow(
        id=evidence_id,
        hazard_id=hazard_id,
        purpose=purpose,
        sha256=sha256,
        size_bytes=size_bytes,
        created_at=now,
    )
    session.add(row)
    return evidence_id


async def find(session: AsyncSession, evidence_id: str, scope: Scope) -> EvidenceRow | None:
    """The picture, where its hazard lies within the caller's scope."""
    return await session.scalar(
        select(EvidenceRow)
        .join(HazardRow, HazardRow.id == EvidenceRow.hazard_id)
        .where(EvidenceRow.id == evidence_id, scope.where(HazardRow.grid.expression))
    )
