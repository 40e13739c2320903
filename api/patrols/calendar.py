"""When scheduled patrols come, and which of them cannot both be flown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

# On the ground around each flight: battery, checklist, packing.
AROUND = timedelta(minutes=10)
# Paths nearer than this are in each other's way.
APART_M = 50.0


@dataclass(frozen=True, slots=True)
class Recurring:
    """A schedule's own figures; `path` is (lon, lat) of the whole flight, home at both ends."""

    id: str
    vehicle: int
    operator: str
    weekdays: frozenset[int]
    minute: int
    first: date
    last: date | None
    skipped: frozenset[date]
    lasts: timedelta
    path: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One occurrence, UTC."""

    schedule: Recurring
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two occurrences that cannot both be flown, and why: ``vehicle``, ``operator`` or ``airspace``."""

    one: Slot
    other: Slot
    why: tuple[str, ...]


def slots(schedule: Recurring, start: date, days: int, zone: ZoneInfo) -> list[Slot]:
    """Its occurrences on `days` local days from `start`. A local time that a clock change skips is the hour after."""
    found = []
    for number in range(days):
        day = start + timedelta(days=number)
        inside = schedule.first <= day and (schedule.last is None or day <= schedule.last)
        if not inside or day.weekday() not in schedule.weekdays or day in schedule.skipped:
            continue
        local = datetime.combine(day, time(schedule.minute // 60, schedule.minute % 60), zone)
        begins = local.astimezone(UTC)
        found.append(Slot(schedule, begins, begins + schedule.lasts))
    return found


def conflicts(found: Iterable[Slot]) -> list[Conflict]:
    """All pairs of different schedules that overlap with their time on the ground, in order of time."""
    ordered = sorted(found, key=lambda slot: (slot.starts_at, slot.schedule.id))
    clashes = []
    for one, other in combinations(ordered, 2):
        if one.schedule.id == other.schedule.id:
            continue
        together = one.starts_at < other.ends_at and other.starts_at < one.ends_at
        near = one.starts_at - AROUND < other.ends_at and other.starts_at - AROUND < one.ends_at
        why = [
            *(["vehicle"] if near and one.schedule.vehicle == other.schedule.vehicle else []),
            *(["operator"] if near and one.schedule.operator == other.schedule.operator else []),
            *(["airspace"] if together and _meet(one.schedule.path, other.schedule.path) else []),
        ]
        if why:
            clashes.append(Conflict(one, other, tuple(why)))
    return clashes


def _meet(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> bool:
    import numpy as np
    from shapely.geometry import LineString

    from drone.plane import LocalPlane

    plane = LocalPlane(one[0])
    lines = [LineString(plane.to_metres(np.array(path))) for path in (one, other)]
    return bool(lines[0].distance(lines[1]) < APART_M)
