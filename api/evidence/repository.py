"""SQL of pictures."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.db.revisions import COUNTED, NOWHERE, touch
from api.events.models import EventRow
from api.evidence.models import EvidenceRow
from api.hazards.models import HazardRow, HazardState, LookRow
from api.hazards.seen import seen_within
from api.kit.among import among
from api.kit.scope import WHOLE_SITE, Scope
from api.tickets.models import TicketRow
from api.tickets.states import ENDED


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
    """The picture, where the caller sees its hazard."""
    return await session.scalar(
        select(EvidenceRow)
        .join(HazardRow, HazardRow.id == EvidenceRow.hazard_id)
        .where(EvidenceRow.id == evidence_id, seen_within(scope))
    )


async def overdue(session: AsyncSession, kind: str, before: datetime, limit: int) -> Sequence[EvidenceRow]:
    """Pictures of one kind of hazard from before a time, a sighting's too, whose ticket has ended; or of what had no
    ticket, under a mute, and is gone."""
    ended = TicketRow.state.in_(ENDED)
    never_rang = and_(TicketRow.number.is_(None), HazardRow.state == HazardState.CLEARED)
    statement = (
        select(EvidenceRow)
        .join(HazardRow, HazardRow.id == EvidenceRow.hazard_id)
        .outerjoin(TicketRow, TicketRow.hazard_id == func.coalesce(HazardRow.merged_into, HazardRow.id))
        .where(HazardRow.kind == kind, or_(ended, never_rang), EvidenceRow.created_at < before)
        .where(WHOLE_SITE.where(HazardRow.grid.expression))
        .order_by(EvidenceRow.created_at)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def shared(session: AsyncSession, row: EvidenceRow) -> bool:
    """Whether another row names the same file."""
    statement = select(func.count()).where(EvidenceRow.sha256 == row.sha256, EvidenceRow.id != row.id)
    return bool(await session.scalar(statement))


async def named(session: AsyncSession, sha256s: Collection[str]) -> set[str]:
    """Those of these files that a picture names."""
    statement = select(EvidenceRow.sha256).where(among(EvidenceRow.sha256.expression, sha256s))
    return set(await session.scalars(statement))


async def forget(session: AsyncSession, evidence_id: str) -> None:
    """Take a picture out of everything that refers to it."""
    shown = (HazardRow.grid, HazardRow.evidence_id), (TicketRow.grid, TicketRow.closing_photo_id)
    for grid, picture in shown:
        for place in await session.scalars(select(grid).where(picture == evidence_id).distinct()):
            touch(session, place or NOWHERE)
    head = aliased(HazardRow)
    heads = select(head.grid).join(HazardRow, HazardRow.merged_into == head.id)
    for place in await session.scalars(heads.where(HazardRow.evidence_id == evidence_id)):
        touch(session, place or NOWHERE)
    counted = {COUNTED: True}
    await session.execute(
        update(HazardRow).where(HazardRow.evidence_id == evidence_id).values(evidence_id=None),
        execution_options=counted,
    )
    await session.execute(update(EventRow).where(EventRow.evidence_id == evidence_id).values(evidence_id=None))
    await session.execute(update(LookRow).where(LookRow.evidence_id == evidence_id).values(evidence_id=None))
    changed = {"closing_photo_id": None, "version": TicketRow.version + 1}
    await session.execute(
        update(TicketRow).where(TicketRow.closing_photo_id == evidence_id).values(changed), execution_options=counted
    )
    await session.execute(delete(EvidenceRow).where(EvidenceRow.id == evidence_id))
