"""Hours of the day and days of the week in a place's own time: when a rule holds, and since when."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Span:
    """`from_min` to `to_min`, minutes after local midnight, on `days` (0 Monday to 6 Sunday). One that ends at or
    before its beginning runs into the next day; `to_min` may be 1440."""

    days: frozenset[int]
    from_min: int
    to_min: int


@dataclass(frozen=True, slots=True)
class Phase:
    """Whether the hours hold, since when and until when; capture times in s, infinite where they never change."""

    on: bool
    since_s: float
    until_s: float


class Timetable:
    """Spans of a week in one time zone. `phase` answers for a capture time; it is worked out anew only when the phase
    that it is in has ended."""

    def __init__(self, spans: Sequence[Span], zone: tzinfo) -> None:
        self._spans, self._zone = tuple(spans), zone
        self._now = Phase(False, math.inf, -math.inf)

    def phase(self, at_s: float) -> Phase:
        """`at_s`: seconds since 1970 UTC."""
        if not self._now.since_s <= at_s < self._now.until_s:
            self._now = self._worked_out(at_s)
        return self._now

    def _worked_out(self, at_s: float) -> Phase:
        # Nine days back and on: a week's span of any length lies within, and so does its neighbour.
        today = datetime.fromtimestamp(at_s, self._zone).date()
        on: list[tuple[float, float]] = []
        for day in (today + timedelta(days=n) for n in range(-9, 10)):
            on += [self._run(span, day) for span in self._spans if day.weekday() in span.days]
        since_s, until_s = -math.inf, math.inf
        for first_s, last_s in _joined(on):
            if first_s <= at_s < last_s:
                return Phase(True, _edge(first_s, at_s), _edge(last_s, at_s))
            if last_s <= at_s:
                since_s = last_s
            else:
                until_s = min(until_s, first_s)
        return Phase(False, since_s, until_s)

    def _run(self, span: Span, day: date) -> tuple[float, float]:
        last = day if span.to_min > span.from_min else day + timedelta(days=1)
        return self._moment_s(day, span.from_min), self._moment_s(last, span.to_min)

    def _moment_s(self, day: date, minutes: int) -> float:
        if minutes >= 1440:
            day, minutes = day + timedelta(days=1), minutes - 1440
        # By the clock on the wall, so that 07:00 is 07:00 on the days when clocks are changed too.
        local = datetime.combine(day, time(minutes // 60, minutes % 60), self._zone)
        return local.astimezone(UTC).timestamp()


def _joined(runs: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for first_s, last_s in sorted(runs):
        if joined and first_s <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last_s)
        else:
            joined.append((first_s, last_s))
    return joined


def _edge(moment_s: float, at_s: float) -> float:
    """A phase that runs through all days looked at never ends."""
    return moment_s if abs(moment_s - at_s) < 8 * 86_400 else math.copysign(math.inf, moment_s - at_s)
