"""SQL of reports and of the places with a QR code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.hazards.models import HazardRow
from api.kit.scope import Scope
from api.reports.models import ReportPointRow, ReportRow
from api.tickets.models import TicketRow
from api.whistles.called import called_to

Reported = tuple[ReportRow, HazardRow, TicketRow | None]


def _with_tickets() -> Select[ReportRow, HazardRow, TicketRow]:
    """Reports with their hazard and the ticket of its head."""
    return (
        select(ReportRow, HazardRow, TicketRow)
        .join(HazardRow, HazardRow.id == ReportRow.hazard_id)
        .outerjoin(TicketRow, TicketRow.hazard_id == func.coalesce(HazardRow.merged_into, HazardRow.id))
    )


def _seen(scope: Scope) -> Select[ReportRow, HazardRow, TicketRow]:
    """Those of the caller's places: a report is seen by whoever sees its hazard, or the one that was merged with."""
    head = aliased(HazardRow)
    seen = or_(scope.where(HazardRow.grid.expression), scope.where(head.grid.expression))
    mine = _with_tickets().outerjoin(head, head.id == HazardRow.merged_into).where(seen)
    return mine.where(called_to(scope, TicketRow.number.expression))


async def by_receipt(session: AsyncSession, sha256: str) -> Reported | None:
    row = (await session.execute(_with_tickets().where(ReportRow.receipt_sha256 == sha256))).first()
    return (row[0], row[1], row[2]) if row else None


async def page(
    session: AsyncSession, scope: Scope, since: datetime | None, before_seq: int | None, limit: int
) -> Sequence[Reported]:
    """Newest first, one more than `limit`."""
    statement = _seen(scope).order_by(ReportRow.seq.desc()).limit(limit + 1)
    if since is not None:
        statement = statement.where(ReportRow.at >= since)
    if before_seq is not None:
        statement = statement.where(ReportRow.seq < before_seq)
    return [(row[0], row[1], row[2]) for row in await session.execute(statement)]


async def find(session: AsyncSession, report_id: str, scope: Scope) -> Reported | None:
    row = (await session.execute(_seen(scope).where(ReportRow.id == report_id))).first()
    return (row[0], row[1], row[2]) if row else None


async def point(session: AsyncSession, point_id: str) -> ReportPointRow | None:
    return await session.get(ReportPointRow, point_id)


async def points(session: AsyncSession, scope: Scope, first: int, most: int) -> Sequence[ReportPointRow]:
    """The oldest first: what is made while somebody reads page after page comes last, and none ever goes."""
    statement = select(ReportPointRow).where(scope.where(ReportPointRow.grid.expression))
    ordered = statement.order_by(ReportPointRow.created_at, ReportPointRow.id)
    return (await session.scalars(ordered.offset(first).limit(most))).all()
