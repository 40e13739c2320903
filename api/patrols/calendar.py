"""When scheduled patrols come, and which of them cannot both be flown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from drone.beside import Airspace
from drone.fleet import SWAP_S

# On the ground around each flight: battery, checklist, packing.
AROUND = timedelta(minutes=10)
# From one home, where nothing is packed, as plans for several batteries have it.
SWAP = timedelta(seconds=SWAP_S)
_MINUTES = 1440
_NUMBERS = 2**31


@dataclass(frozen=True, slots=True)
class Recurring:
    """A schedule's own figures; `seq` is its number in the order of their making."""

    id: str
    seq: int
    plan_id: str
    vehicle: int
    operator: str
    weekdays: frozenset[int]
    minute: int
    first: date
    last: date | None
    skipped: frozenset[date]
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Slot:
    """One occurrence, UTC; `place` is where it comes among all occurrences, in the order of their local times."""

    place: int
    schedule: Recurring
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two occurrences that cannot both be flown, the earlier first; `why`: vehicle, operator, airspace."""

    one: Slot
    other: Slot
    why: tuple[str, ...]


def slots(schedules: Iterable[Recurring], day: date, zone: ZoneInfo) -> list[Slot]:
    """Their occurrences on a local day, in order. A local time that a clock change skips is the hour after."""
    found = []
    for one in schedules:
        inside = one.first <= day and (one.last is None or day <= one.last)
        if not inside or day.weekday() not in one.weekdays or day in one.skipped:
            continue
        local = datetime.combine(day, time(one.minute // 60, one.minute % 60), zone)
        begins = local.astimezone(UTC)
        place = (day.toordinal() * _MINUTES + one.minute) * _NUMBERS + one.seq
        found.append(Slot(place, one, begins, begins + one.lasts))
    return sorted(found, key=lambda slot: slot.place)


def page(
    schedules: Sequence[Recurring], start: date, days: int, zone: ZoneInfo, after: int | None, most: int | None
) -> list[Slot]:
    """The first `most` occurrences, or all, of `days` local days from `start`, beyond the place `after`."""
    found: list[Slot] = []
    begin = start.toordinal()
    first = begin if after is None else max(begin, after // _NUMBERS // _MINUTES)
    for day in _days(first, begin + days):
        found += [slot for slot in slots(schedules, day, zone) if after is None or slot.place > after]
        if most is not None and len(found) >= most:
            return found[:most]
    return found


def around(schedules: Sequence[Recurring], shown: Sequence[Slot], zone: ZoneInfo) -> list[Slot]:
    """`shown`, and what comes on the days of it and on those before and after: no flight lasts for a day."""
    if not shown:
        return []
    first, last = (slot.place // _NUMBERS // _MINUTES for slot in (shown[0], shown[-1]))
    return [slot for day in _days(first - 1, last + 2) for slot in slots(schedules, day, zone)]


def _days(first: int, end: int) -> Iterator[date]:
    """The days with these ordinals, `end` left out; only such as have a moment in UTC in every zone."""
    return (date.fromordinal(n) for n in range(max(first, 2), min(end, date.max.toordinal())))


def conflicts(found: Iterable[Slot], airspace: Airspace, among: Collection[int] | None = None) -> list[Conflict]:
    """All pairs of different schedules that overlap with their time on the ground, in order of time. With `among` those
    pairs of which one's place is among these."""
    ordered = sorted(found, key=lambda slot: (slot.starts_at, slot.place))
    clashes = []
    for n, one in enumerate(ordered):
        for other in (ordered[m] for m in range(n + 1, len(ordered))):
            if other.starts_at - AROUND >= one.ends_at:
                break
            if one.schedule.id == other.schedule.id:
                continue
            if among is not None and one.place not in among and other.place not in among:
                continue
            if why := _why(one, other, airspace):
                clashes.append(Conflict(one, other, why))
    return clashes


def _why(one: Slot, other: Slot, airspace: Airspace) -> tuple[str, ...]:
    """Why two that come within their time on the ground cannot both be flown; `other` takes off no sooner."""
    plans = one.schedule.plan_id, other.schedule.plan_id
    why = [name for name in ("vehicle", "operator") if getattr(one.schedule, name) == getattr(other.schedule, name)]
    if why and other.starts_at - SWAP >= one.ends_at and airspace.same_home(*plans):
        why = []
    later_s = (other.starts_at - one.starts_at).total_seconds()
    if other.starts_at < one.ends_at and airspace.in_the_way(*plans, later_s):
        why.append("airspace")
    return tuple(why)
