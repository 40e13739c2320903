"""How quick the loop was: from dispatch to somebody at work on the spot, by place, kind or department."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import Scope
from api.ledger import repository
from api.ledger.repository import Call, Turn
from api.ledger.service import usual_level
from api.tickets.kinds import rule_for
from api.town.calendar import calendar_of
from api.town.index import Town
from api.town.units import Level


class By(StrEnum):
    UNIT = "unit"
    KIND = "kind"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Speed:
    """`decided` were answered, or let pass; `share_in_time` is of these, None where there are none. `p50_s`, `p95_s`
    are seconds of open time until the answer, of those that were answered."""

    count: int
    decided: int
    in_time: int
    share_in_time: float | None
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class LoopRow:
    """`key` is a unit, a kind or a department; None what has none. `answers` are a department's to whistles."""

    key: str | None
    loop: Speed
    answers: Speed | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """Seconds of open time that passed, whether an answer ended them, and whether that was, or still is, in time."""

    seconds: float
    answered: bool
    in_time: bool


async def loop(
    session: AsyncSession,
    town: Town,
    scope: Scope,
    since: datetime,
    until: datetime,
    now: datetime,
    by: By,
    level: Level | None = None,
) -> tuple[list[LoopRow], Speed]:
    """The rows in the order of their keys, and the figures of all together."""
    chosen = level or usual_level(town)
    groups: dict[str | None, list[_Answer]] = {}
    async for turns in repository.turns(session, scope, since, until):
        for turn in turns:
            groups.setdefault(_key(town, turn, by, chosen), []).append(_of_turn(town, turn, now))
    called: dict[str | None, list[_Answer]] = {}
    if by is By.DEPARTMENT:
        for call in await repository.whistles(session, scope, since, until):
            called.setdefault(call.department, []).append(_of_call(town, call, now))
    keys = sorted({*groups, *called}, key=lambda key: (key is None, key or ""))
    rows = [
        LoopRow(key, speed(groups.get(key, ())), speed(called.get(key, ())) if by is By.DEPARTMENT else None)
        for key in keys
    ]
    return rows, speed(answer for group in groups.values() for answer in group)


def _of_turn(town: Town, turn: Turn, now: datetime) -> _Answer:
    calendar = calendar_of(town, turn.unit, turn.kind)
    ended = turn.responded_at or turn.ended_at or now
    took = calendar.worked(turn.dispatched_at, ended)
    in_time = took <= rule_for(turn.kind).respond
    return _Answer(took.total_seconds(), turn.responded_at is not None, in_time)


def _of_call(town: Town, call: Call, now: datetime) -> _Answer:
    ended = call.ended_at or now
    took = calendar_of(town, call.unit, call.kind).worked(call.called_at, ended)
    # Silence ends with the answer's own deadline: it is none that came in time.
    in_time = ended <= call.answer_by and (call.answered or call.ended_at is None)
    return _Answer(took.total_seconds(), call.answered, in_time)


def _key(town: Town, turn: Turn, by: By, level: Level) -> str | None:
    if by is By.KIND:
        return turn.kind
    if by is By.DEPARTMENT:
        return turn.department
    for above in reversed(town.path(turn.unit)):
        unit = town.unit(above)
        if unit is not None and unit.level is level:
            return above
    return None


def speed(answers: Iterable[_Answer]) -> Speed:
    """What is unanswered and still in time is not decided yet."""
    found: Sequence[_Answer] = list(answers)
    took = [one.seconds for one in found if one.answered]
    decided = [one for one in found if one.answered or not one.in_time]
    in_time = sum(one.in_time for one in decided)
    p50, p95 = (float(np.percentile(took, at)) for at in (50, 95)) if took else (None, None)
    share = in_time / len(decided) if decided else None
    return Speed(len(found), len(decided), in_time, share, p50, p95)
