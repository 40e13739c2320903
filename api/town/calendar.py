"""Service calendars: on which time the clocks of tickets run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from api.town.settings import ALWAYS, CalendarSpec
from streams.settings.hours import span
from vision.timetable import Span
from vision.types import HazardKind

if TYPE_CHECKING:
    from api.town.index import Town

_DAY = timedelta(days=1)
# A calendar that opens once a week and is shut for a month of holidays still opens within this.
_HORIZON_DAYS = 800


@dataclass(frozen=True, slots=True)
class ServiceCalendar:
    """`week` empty: always open. Everything given and answered is an aware datetime; answers are UTC."""

    name: str = ALWAYS
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    week: tuple[Span, ...] = ()
    holidays: frozenset[date] = frozenset()
    workdays: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def open_at(self, at: datetime) -> bool:
        if not self.week:
            return True
        return next((begin <= at for begin, _ in self._open_from(at)), False)

    def due(self, start: datetime, worked: timedelta) -> datetime:
        """When `worked` of open time has passed since `start`. Raises ValueError where it never opens for so long."""
        # In UTC: within one zone Python counts by the clock on the wall, also over the night when clocks change.
        start, left = start.astimezone(UTC), max(worked, timedelta())
        if not self.week:
            return start + left
        for begin, end in self._open_from(start):
            begin = max(begin, start)
            if left <= end - begin:
                return begin + left
            left -= end - begin
        raise ValueError(f"the service calendar {self.name!r} opens for less than {worked} in {_HORIZON_DAYS} days")

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The open time between two moments; zero where `end` is not after `start`."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end <= start:
            return timedelta()
        if not self.week:
            return end - start
        total = timedelta()
        for begin, until in self._open_from(start):
            if begin >= end:
                break
            total += min(until, end) - max(begin, start)
        return total

    def _open_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open stretches in UTC that end after `at`, in order, none touching the next."""
        first = at.astimezone(self.zone).date() - _DAY
        held: tuple[datetime, datetime] | None = None
        for n in range(_HORIZON_DAYS):
            for begin, end in self._of_day(first + n * _DAY):
                if held and begin <= held[1]:
                    held = (held[0], max(held[1], end))
                    continue
                if held and held[1] > at:
                    yield held
                held = (begin, end)
        if held and held[1] > at:
            yield held

    def _of_day(self, day: date) -> Sequence[tuple[datetime, datetime]]:
        """The stretches that begin on a date of the zone, sorted."""
        if day in self.workdays:
            spans: Sequence[Span] = self.workdays[day]
        elif day in self.holidays:
            spans = ()
        else:
            spans = [one for one in self.week if day.weekday() in one.days]
        return sorted(self._stretch(day, one) for one in spans)

    def _stretch(self, day: date, one: Span) -> tuple[datetime, datetime]:
        over = one.to_min <= one.from_min
        return self._moment(day, one.from_min), self._moment(day + _DAY if over else day, one.to_min)

    def _moment(self, day: date, minutes: int) -> datetime:
        extra, rest = divmod(minutes, 1440)
        local = datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=self.zone)
        return (local + extra * _DAY).astimezone(UTC)


ALWAYS_OPEN = ServiceCalendar()
# Whoever blocks a fire lane at night blocks it when it is needed.
_ROUND_THE_CLOCK = frozenset({HazardKind.FIRE_LANE.value})


def service_calendar(name: str, spec: CalendarSpec, timezone: str) -> ServiceCalendar:
    return ServiceCalendar(
        name,
        ZoneInfo(timezone),
        tuple(span(text) for text in spec.hours),
        frozenset(spec.holidays),
        {day: tuple(span(text) for text in hours) for day, hours in spec.workdays.items()},
    )


def calendar_of(town: Town, unit_id: str | None, kind: str) -> ServiceCalendar:
    """The calendar of a kind of hazard in a unit: its own, else that of the nearest above which has one."""
    if kind in _ROUND_THE_CLOCK:
        return ALWAYS_OPEN
    for above in reversed(town.path(unit_id)):
        unit = town.unit(above)
        if unit and unit.calendar is not None:
            return town.calendars.get(unit.calendar, ALWAYS_OPEN)
    return town.calendars.get(town.settings.calendar, ALWAYS_OPEN)
