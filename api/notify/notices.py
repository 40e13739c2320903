"""The one door to notifications for the rest of the API: `tell`, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from api.notify.causes import Cause
from api.notify.models import NoticeRow

Fact = float | str | list[Cause] | None


class NoticeTopic(StrEnum):
    DISPATCHED = "dispatched"  # a ticket is somebody's to answer
    RETURNED = "returned"  # not done: it came back
    OVERDUE = "overdue"  # a clock has run out
    ESCALATED = "escalated"  # it went to the level above
    WHISTLED = "whistled"  # a department is called
    FORECAST = "forecast"  # a patrol or a shift is due
    TROUBLE = "trouble"  # a camera, a worker or the server needs somebody


# All that may leave: numbers, ids, times, names of places, and causes as codes. What a person typed, a reason or a
# remark, may name somebody; it stays on the ticket, where `url` leads.
FACTS = frozenset(
    {
        "number",
        "kind",
        "state",
        "place",
        "unit",
        "level",
        "department",
        "cause",
        "clock",
        "due_at",
        "respond_by",
        "rectify_by",
        "answer_by",
        "camera",
        "name",
    }
)


@dataclass(frozen=True, slots=True)
class Notice:
    """`recipients` are usernames, or ``department:ID``. `facts` are of `FACTS`: no pictures, no names of persons and
    nobody's own words. Raises ValueError for another."""

    topic: NoticeTopic
    at: datetime
    recipients: tuple[str, ...]
    ticket_id: str | None = None
    unit: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if others := sorted(set(self.facts) - FACTS):
            raise ValueError(
                f"a notice tells of {', '.join(sorted(FACTS))}; got {others[0]!r}: is it a person's words?"
            )


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
