"""The one door to notifications for the rest of the API: `tell`, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from api.notify.models import NoticeRow


class NoticeTopic(StrEnum):
    DISPATCHED = "dispatched"  # a ticket is somebody's to answer
    RETURNED = "returned"  # not done: it came back
    OVERDUE = "overdue"  # a clock has run out
    ESCALATED = "escalated"  # it went to the level above
    WHISTLED = "whistled"  # a department is called
    FORECAST = "forecast"  # a patrol or a shift is due
    TROUBLE = "trouble"  # a camera, a worker or the server needs somebody


@dataclass(frozen=True, slots=True)
class Notice:
    """`recipients` are usernames, or ``department:ID``. No pictures and no names of persons in `facts`."""

    topic: NoticeTopic
    at: datetime
    recipients: tuple[str, ...]
    ticket_id: str | None = None
    unit: str | None = None
    facts: Mapping[str, float | str | None] = field(default_factory=dict)


async def tell(session: AsyncSession, notice: Notice) -> NoticeRow:
    """Write the notice down for delivery: it leaves if, and only if, the caller's transaction is committed."""
    row = NoticeRow(
        at=notice.at,
        topic=notice.topic.value,
        ticket_id=notice.ticket_id,
        unit=notice.unit,
        recipients=list(notice.recipients),
        facts=dict(notice.facts),
        planned_at=None,
    )
    session.add(row)
    return row
