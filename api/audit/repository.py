"""SQL of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.chain import Checker, Entry, Verdict, linked
from api.audit.models import AuditRow
from api.db.postgresql import in_order

_AT_ONCE = 1000


async def append(session: AsyncSession, entry: Entry) -> None:
    """Add an entry in the caller's transaction: what it tells of and the entry become true together.

    Servers on one PostgreSQL wait for each other here until the commit. Should two ever follow the same entry, the
    database takes one: IntegrityError at the flush.
    """
    await in_order(session, "audit")
    last = await session.scalar(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1))
    session.add(linked(entry, last))
    await session.flush()


async def of_subject(
    session: AsyncSession, subject: str, action: str, before_seq: int | None, most: int
) -> Sequence[AuditRow]:
    """The entries of one action on one thing, the newest first."""
    statement = select(AuditRow).where(AuditRow.subject == subject, AuditRow.action == action)
    if before_seq is not None:
        statement = statement.where(AuditRow.seq < before_seq)
    return (await session.scalars(statement.order_by(AuditRow.seq.desc()).limit(most))).all()


async def count_of_subject(session: AsyncSession, subject: str, action: str) -> int:
    statement = select(func.count()).where(AuditRow.subject == subject, AuditRow.action == action)
    return int(await session.scalar(statement) or 0)


async def newest(session: AsyncSession, limit: int) -> Sequence[AuditRow]:
    return (await session.scalars(select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit))).all()


async def verify(session: AsyncSession) -> Verdict:
    """Check the whole trail; memory stays small however long it is."""
    stream = await session.stream_scalars(
        select(AuditRow).order_by(AuditRow.seq), execution_options={"yield_per": _AT_ONCE}
    )
    checker = Checker()
    async for row in stream:
        checker.feed(row)
    return checker.verdict
