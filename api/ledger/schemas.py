"""Shapes of the ledger."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import BaseModel

from api.kit.moment import Moment
from api.ledger.loop import LoopRow, Speed
from api.ledger.repository import Counts, Line
from api.ledger.service import Ledger, LedgerRow, names_of
from api.town.index import Town
from api.town.units import Level


class CountsOut(BaseModel):
    """`found` leaves out what was dismissed; `cleared` counts what was closed in the week, whenever found."""

    found: int
    on_foot: int
    cleared: int
    cleared_of_found: int
    overdue: int
    refound: int
    open: int
    dismissed: int

    @classmethod
    def of(cls, counts: Counts) -> Self:
        return cls(**{name: getattr(counts, name) for name in cls.model_fields})


class LedgerRowOut(BaseModel):
    """`unit` null: what lies in no unit of the level. `enough` null: nothing is asked of it."""

    unit: str | None
    names: list[str]
    counts: CountsOut
    enough: bool | None

    @classmethod
    def of(cls, row: LedgerRow) -> Self:
        unit = row.unit.id if row.unit else None
        return cls(unit=unit, names=list(row.names), counts=CountsOut.of(row.counts), enough=row.enough)


class LedgerOut(BaseModel):
    """A week from Monday to Sunday of the site. `total` is of all rows, on whatever page they stand."""

    week: str
    monday: date
    sunday: date
    level: Level
    least_found: int
    items: list[LedgerRowOut]
    total: CountsOut
    next: str | None

    @classmethod
    def of(cls, found: Ledger, first: int, limit: int, following: str | None) -> Self:
        return cls(
            week=found.week.name,
            monday=found.week.monday,
            sunday=found.week.sunday,
            level=found.level,
            least_found=found.least,
            items=[LedgerRowOut.of(row) for row in found.rows[first : first + limit]],
            total=CountsOut.of(found.total),
            next=following,
        )


class LineOut(BaseModel):
    """One hazard of the week. Nobody is named: what counts is that it is gone."""

    number: int
    unit: str | None
    unit_name: str
    place: str
    kind: str
    source: str
    state: str
    found_at: Moment
    deadline: Moment | None
    done_at: Moment | None
    closed_at: Moment | None
    department: str | None
    refound: bool

    @classmethod
    def of(cls, line: Line, town: Town) -> Self:
        values = {name: getattr(line, name) for name in cls.model_fields if name != "unit_name"}
        return cls(**values, unit_name=names_of(town, line.unit))


class Lines(BaseModel):
    items: list[LineOut]
    next: str | None


class SpeedOut(BaseModel):
    """`decided` were answered or let pass; `share_in_time` is of these; `p50_s`, `p95_s` are seconds of open time, of
    those that were answered."""

    count: int
    decided: int
    in_time: int
    share_in_time: float | None
    p50_s: float | None
    p95_s: float | None

    @classmethod
    def of(cls, speed: Speed) -> Self:
        return cls(**{name: getattr(speed, name) for name in cls.model_fields})


class LoopRowOut(BaseModel):
    """`key` is a unit, a kind or a department; null what has none. `answers` are a department's to whistles."""

    key: str | None
    name: str
    loop: SpeedOut
    answers: SpeedOut | None

    @classmethod
    def of(cls, row: LoopRow, name: str) -> Self:
        answers = SpeedOut.of(row.answers) if row.answers else None
        return cls(key=row.key, name=name, loop=SpeedOut.of(row.loop), answers=answers)


class LoopOut(BaseModel):
    """`total` is of all rows, on whatever page they stand."""

    since: Moment
    until: Moment
    items: list[LoopRowOut]
    total: SpeedOut
    next: str | None
