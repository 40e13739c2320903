"""SQL of notices, deliveries and contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import Scope
from api.notify.models import ContactRow, DeliveryRow, DeliveryState, NoticeRow


async def unplanned(session: AsyncSession, most: int) -> Sequence[NoticeRow]:
    statement = select(NoticeRow).where(NoticeRow.planned_at.is_(None)).order_by(NoticeRow.seq).limit(most)
    return (await session.scalars(statement)).all()


async def due(session: AsyncSession, now: datetime, most: int) -> Sequence[DeliveryRow]:
    """What waits, may go now and is in nobody's hands; oldest first."""
    statement = (
        select(DeliveryRow)
        .where(
            DeliveryRow.state == DeliveryState.WAITING,
            DeliveryRow.due_at <= now,
            or_(DeliveryRow.lease_until.is_(None), DeliveryRow.lease_until <= now),
        )
        .order_by(DeliveryRow.due_at, DeliveryRow.id)
        .limit(most)
    )
    return (await session.scalars(statement)).all()


async def notices(session: AsyncSession, seqs: Sequence[int]) -> Mapping[int, NoticeRow]:
    rows = await session.scalars(select(NoticeRow).where(NoticeRow.seq.in_(seqs)))
    return {row.seq: row for row in rows}


async def delivery(session: AsyncSession, scope: Scope, delivery_id: int) -> DeliveryRow | None:
    statement = (
        select(DeliveryRow)
        .join(NoticeRow, NoticeRow.seq == DeliveryRow.notice_seq)
        .where(DeliveryRow.id == delivery_id, scope.where(NoticeRow.unit.expression))
    )
    return (await session.scalars(statement)).one_or_none()


async def page(
    session: AsyncSession,
    scope: Scope,
    state: DeliveryState | None,
    channel: str | None,
    before: int | None,
    limit: int,
) -> Sequence[tuple[DeliveryRow, NoticeRow]]:
    """Newest first; one more than `limit`."""
    statement = (
        select(DeliveryRow, NoticeRow)
        .join(NoticeRow, NoticeRow.seq == DeliveryRow.notice_seq)
        .where(scope.where(NoticeRow.unit.expression))
        .order_by(DeliveryRow.id.desc())
        .limit(limit + 1)
    )
    if state is not None:
        statement = statement.where(DeliveryRow.state == state.value)
    if channel is not None:
        statement = statement.where(DeliveryRow.channel == channel)
    if before is not None:
        statement = statement.where(DeliveryRow.id < before)
    return [(row, notice) for row, notice in (await session.execute(statement)).all()]


async def counts(session: AsyncSession, scope: Scope) -> dict[str, dict[DeliveryState, int]]:
    """By channel and state."""
    statement = (
        select(DeliveryRow.channel, DeliveryRow.state, func.count())
        .join(NoticeRow, NoticeRow.seq == DeliveryRow.notice_seq)
        .where(scope.where(NoticeRow.unit.expression))
        .group_by(DeliveryRow.channel, DeliveryRow.state)
    )
    found: dict[str, dict[DeliveryState, int]] = {}
    for channel, state, count in await session.execute(statement):
        found.setdefault(channel, {})[DeliveryState(state)] = count
    return found


async def contacts(session: AsyncSession, recipients: Sequence[str], kind: str) -> dict[str, str]:
    """Recipient → address, for those who have one."""
    statement = select(ContactRow).where(ContactRow.recipient.in_(recipients), ContactRow.kind == kind)
    return {row.recipient: row.address for row in await session.scalars(statement)}


async def contacts_of(session: AsyncSession, recipient: str) -> dict[str, str]:
    rows = await session.scalars(select(ContactRow).where(ContactRow.recipient == recipient))
    return {row.kind: row.address for row in rows}


async def set_contacts(session: AsyncSession, recipient: str, addresses: Mapping[str, str]) -> None:
    await session.execute(delete(ContactRow).where(ContactRow.recipient == recipient))
    session.add_all(ContactRow(recipient=recipient, kind=kind, address=found) for kind, found in addresses.items())


async def forget_before(session: AsyncSession, before: datetime) -> None:
    """Notices and their deliveries that are older, but those that still wait, or lie dead until a person decides."""
    kept = (DeliveryState.WAITING, DeliveryState.DEAD)
    open_still = select(DeliveryRow.notice_seq).where(DeliveryRow.state.in_(kept))
    old = select(NoticeRow.seq).where(
        NoticeRow.at < before, NoticeRow.planned_at.is_not(None), NoticeRow.seq.not_in(open_still)
    )
    await session.execute(delete(DeliveryRow).where(DeliveryRow.notice_seq.in_(old)))
    await session.execute(delete(NoticeRow).where(NoticeRow.seq.in_(old)))
