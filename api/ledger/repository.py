"""SQL of the ledger: sums by place, and the lines beneath them. No column here names a person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.hazards.kinds import PEOPLES
from api.kit.scope import Scope
from api.tickets.models import TicketRow, TicketStep
from api.tickets.repository import seen
from api.tickets.states import Command, TicketState
from api.whistles.models import WhistleRow, WhistleState

_T = TicketRow
_AT_ONCE = 500
_step, _later = aliased(TicketStep), aliased(TicketStep)
_NEVER_WAS = (TicketState.REJECTED, TicketState.VOIDED, TicketState.MERGED)


@dataclass(frozen=True, slots=True)
class Counts:
    """`found` counts what was there: not what was rejected, voided, merged into another, or judged a false alarm.

    `on_foot` of these were found by people. `cleared` were closed in the week, whenever found; `cleared_of_found` of
    those found in it. `overdue` passed their deadline in it undone. `refound` had been closed before at the same place.
    `open` were left at its end, `dismissed` found in it and not counted.
    """

    found: int = 0
    on_foot: int = 0
    cleared: int = 0
    cleared_of_found: int = 0
    overdue: int = 0
    refound: int = 0
    open: int = 0
    dismissed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Line:
    """One hazard of the ledger, without anybody's name. Times are UTC."""

    number: int
    unit: str | None
    place: str
    kind: str
    source: str
    state: str
    found_at: datetime
    deadline: datetime | None
    done_at: datetime | None
    closed_at: datetime | None
    department: str | None
    refound: bool


def _was_false() -> ColumnElement[bool]:
    """Reported as a false alarm, and not sent back as real since."""
    sent_back = select(_later.id).where(
        _later.ticket_number == _step.ticket_number, _later.command == Command.RETURN.value, _later.id > _step.id
    )
    reported = select(_step.id).where(
        _step.ticket_number == _T.number, _step.command == Command.FALSE_ALARM.value, ~sent_back.exists()
    )
    return and_(_T.state == TicketState.CLOSED.value, reported.exists())


def _real() -> ColumnElement[bool]:
    return and_(_T.state.not_in([state.value for state in _NEVER_WAS]), ~_was_false())


def _in(
    column: ColumnElement[datetime] | ColumnElement[datetime | None], start: datetime, end: datetime
) -> ColumnElement[bool]:
    return and_(column >= start, column < end)


def _touches(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Tickets that were there at some time of the week."""
    return and_(_T.created_at < end, or_(_T.closed_at.is_(None), _T.closed_at >= start))


async def counts_by_place(
    session: AsyncSession, scope: Scope, start: datetime, end: datetime, now: datetime
) -> list[tuple[str | None, Counts]]:
    """Sums for each unit that tickets name; null for those of the whole site."""
    found = and_(_in(_T.created_at.expression, start, end), _real())
    closed = and_(_T.state == TicketState.CLOSED.value, ~_was_false())
    done_at = func.coalesce(_T.rectified_at, _T.closed_at)
    late = and_(
        _T.dispatched_at.is_not(None),
        _T.rectify_left_s.is_(None),
        _in(_T.rectify_by.expression, start, min(end, now)),
        or_(done_at.is_(None), done_at > _T.rectify_by),
        _real(),
    )
    conditions: dict[str, ColumnElement[bool]] = {
        "found": found,
        "on_foot": and_(found, _T.source.in_([source.value for source in PEOPLES])),
        "cleared": and_(closed, _in(_T.closed_at.expression, start, end)),
        "cleared_of_found": and_(found, closed, _T.closed_at < end),
        "overdue": late,
        "refound": and_(found, _T.recurrence_of.is_not(None)),
        "open": and_(or_(_T.closed_at.is_(None), _T.closed_at >= end), _T.state != TicketState.MERGED.value),
        "dismissed": and_(_in(_T.created_at.expression, start, end), ~_real()),
    }
    sums = [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in conditions.items()]
    statement = select(_T.grid, *sums).where(_touches(start, end), *seen(scope)).group_by(_T.grid)
    return [(grid, Counts(*(int(n) for n in found))) for grid, *found in await session.execute(statement)]


def _lines_of(scope: Scope, start: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    """The hazards that were there in the week, the newest first."""
    return (
        select(
            _T.number,
            _T.grid,
            _T.camera_name,
            _T.zone_name,
            _T.kind,
            _T.source,
            _T.state,
            _T.created_at,
            _T.rectify_by,
            _T.dispatched_at,
            _T.rectified_at,
            _T.closed_at,
            _T.department,
            _T.recurrence_of,
        )
        .where(_touches(start, end), _real(), *seen(scope))
        .order_by(_T.number.desc())
    )


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    return Line(
        number=row.number,
        unit=row.grid,
        place=" / ".join(dict.fromkeys(part for part in (row.camera_name, row.zone_name) if part)),
        kind=row.kind,
        source=row.source,
        state=row.state,
        found_at=row.created_at,
        deadline=row.rectify_by if row.dispatched_at is not None else None,
        done_at=row.rectified_at,
        closed_at=row.closed_at,
        department=row.department,
        refound=row.recurrence_of is not None,
    )


async def lines(
    session: AsyncSession, scope: Scope, start: datetime, end: datetime, before: int | None, limit: int
) -> list[Line]:
    statement = _lines_of(scope, start, end).limit(limit)
    if before is not None:
        statement = statement.where(_T.number < before)
    return [_line(row) for row in await session.execute(statement)]


async def every_line(
    session: AsyncSession, scope: Scope, start: datetime, end: datetime
) -> AsyncIterator[Sequence[Line]]:
    """All of them, so many at a time: a city's are too many to be in memory at once."""
    async for rows in (await session.stream(_lines_of(scope, start, end))).partitions(_AT_ONCE):
        yield [_line(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Turn:
    """A ticket as the loop sees it: from its dispatch to somebody at work on the spot."""

    unit: str | None
    kind: str
    department: str | None
    dispatched_at: datetime
    responded_at: datetime | None
    ended_at: datetime | None


async def turns(session: AsyncSession, scope: Scope, since: datetime, until: datetime) -> AsyncIterator[Sequence[Turn]]:
    """Of tickets that were dispatched in the time, those merged into others left out; so many at a time, so that others
    are served between."""
    statement = select(_T.grid, _T.kind, _T.department, _T.dispatched_at, _T.responded_at, _T.closed_at).where(
        _in(_T.dispatched_at.expression, since, until),
        _T.state != TicketState.MERGED.value,
        *seen(scope),
    )
    async for rows in (await session.stream(statement)).partitions(_AT_ONCE):
        yield [
            Turn(grid, kind, department, dispatched_at, responded_at, closed_at)
            for grid, kind, department, dispatched_at, responded_at, closed_at in rows
            if dispatched_at is not None
        ]


@dataclass(frozen=True, slots=True)
class Call:
    """A whistle as the loop sees it. `ended_at` is when it was answered, or when its answer was not waited for any
    more; `answered` which of these."""

    unit: str | None
    kind: str
    department: str
    called_at: datetime
    answer_by: datetime
    ended_at: datetime | None
    answered: bool


async def whistles(session: AsyncSession, scope: Scope, since: datetime, until: datetime) -> Sequence[Call]:
    """Of the time, those that were not taken back."""
    statement = (
        select(
            TicketRow.grid,
            TicketRow.kind,
            WhistleRow.department,
            WhistleRow.called_at,
            WhistleRow.answer_by,
            WhistleRow.answered_at,
            WhistleRow.state,
        )
        .join(TicketRow, TicketRow.number == WhistleRow.ticket_number)
        .where(
            _in(WhistleRow.called_at.expression, since, until),
            WhistleRow.state != WhistleState.WITHDRAWN.value,
            *seen(scope),
        )
    )
    answers = (WhistleState.REPORTED, WhistleState.REFUSED)
    return [Call(*row[:6], answered=row[6] in answers) for row in await session.execute(statement)]
