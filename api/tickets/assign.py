"""Where a ticket goes: to whoever is on duty where its place lies, or to the level above, and always why.

Two things are kept apart: the unit that the place lies in, and the unit that answers for it now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.town import repository as town_repository
from api.town.duty import all_on_duty, on_duty
from api.town.units import Level, Unit

# Above the highest unit, in `escalated_to`; no unit can have this id.
CENTRE_UNIT = "*"
_ROSTERS_CHANGE = timedelta(minutes=10)
_HELD = "held: nobody is on duty here, nor at any level above"


@dataclass(frozen=True, slots=True)
class Spot:
    """WGS-84; the thing lies within `radius_m` of the point. `grid`: the unit, where it is known beforehand.
    `nowhere` says why there is no point."""

    lon: float | None = None
    lat: float | None = None
    radius_m: float = 0.0
    grid: str | None = None
    nowhere: str = "its place is not known"


@dataclass(frozen=True, slots=True)
class Goes:
    """`unit` answers for it (null: the whole site), `people` are on duty there. `held`: shifts are planned and nobody
    is on duty, so that it waits."""

    unit: str | None
    people: tuple[str, ...]
    cause: str
    held: bool = False


def unit_of(desk: Desk, spot: Spot) -> tuple[str | None, str]:
    """The smallest unit that surely holds the place, and why it is that one."""
    if spot.lon is None or spot.lat is None:
        if spot.grid:
            return spot.grid, f"to {_named(desk, spot.grid)}"
        return None, f"to the whole site: {spot.nowhere}"
    if spot.radius_m > 0 and len(near := desk.town.near(spot.lon, spot.lat, spot.radius_m)) > 1:
        shared = _shared(near)
        may = ", ".join(unit.id for unit in near[:4]) + (" and others" if len(near) > 4 else "")
        return shared, f"to {_named(desk, shared)}: the place is known to {spot.radius_m:.0f} m and may lie in {may}"
    found = desk.town.at(spot.lon, spot.lat)
    unit = spot.grid or (found.id if found else None)
    return (unit, f"to {_named(desk, unit)}") if unit else (None, "to the whole site: the place lies in no grid")


async def ask_ahead(desk: Desk, units: Iterable[str | None]) -> None:
    """Read at once what `next_above` and `whoever_is_on_duty` will ask about each of these units."""
    wanted = {each for unit in units for each in (unit, *levels_above(desk, unit))}
    desk.duty.people.update(await all_on_duty(desk.session, desk.town, wanted, desk.now))
    with_shifts = {unit: _with_shifts(desk, unit) for unit in wanted}
    rosters = await town_repository.rosters_of(desk.session, {one for each in with_shifts.values() for one in each})
    desk.duty.planned.update({unit: any(rosters[one] for one in each) for unit, each in with_shifts.items()})


async def _on_duty(desk: Desk, unit: str | None) -> tuple[str, ...]:
    if unit not in desk.duty.people:
        desk.duty.people[unit] = await on_duty(desk.session, desk.town, unit, desk.now)
    return desk.duty.people[unit]


async def whoever_is_on_duty(desk: Desk, unit: str | None, cause: str) -> Goes:
    """The unit itself, or the nearest above it where somebody is on duty."""
    if people := await _on_duty(desk, unit):
        return Goes(unit, people, cause)
    planned = await _shifts_are_planned(desk, unit)
    passed = [unit]
    for above in levels_above(desk, unit):
        if people := await _on_duty(desk, above):
            nobody = ", ".join(_named(desk, one) for one in passed)
            return Goes(above, people, f"to {_named(desk, above)}: nobody is on duty in {nobody}")
        planned = planned or await _shifts_are_planned(desk, above)
        passed.append(above)
    if planned:
        return Goes(unit, (), _HELD, held=True)
    return Goes(unit, (), f"{cause}; no shifts are planned here and no grid worker has an account")


def cause_of(desk: Desk, ticket: TicketRow) -> str:
    """Why it went where it goes now. Of one that was held until now: only where, for somebody is on duty."""
    return f"to {_named(desk, answering(ticket))}" if ticket.cause == _HELD else ticket.cause


def levels_above(desk: Desk, unit: str | None) -> list[str]:
    """The units above, from the nearest to the top; none above the command centre, nor above a unit that has gone."""
    return list(reversed(desk.town.path(unit)[:-1]))


class Placed(Protocol):
    """Has the unit that its place lies in, and the one above that answers for it."""

    @property
    def grid(self) -> str | None: ...
    @property
    def escalated_to(self) -> str | None: ...


def answering(ticket: Placed) -> str | None:
    """The unit that answers for the ticket now; null: the whole site."""
    return ticket.escalated_to or ticket.grid


async def next_above(desk: Desk, ticket: TicketRow) -> Goes | None:
    """The next level that has somebody else on duty, at last the command centre. None: shifts are planned above, and
    nobody is on duty yet."""
    now_at = answering(ticket)
    if now_at is None or now_at == CENTRE_UNIT:
        return Goes(CENTRE_UNIT, (), "with the command centre")
    planned = False
    passed: list[str] = []
    for above in levels_above(desk, now_at):
        people = await _on_duty(desk, above)
        if people and set(people) <= set(ticket.dispatched_to):
            continue  # a micro-grid and its grid have one team: telling it again is not going up
        if people:
            skipped = f"; nobody is on duty in {', '.join(passed)}" if passed else ""
            return Goes(above, people, f"to {_named(desk, above)}{skipped}")
        planned = planned or await _shifts_are_planned(desk, above)
        passed.append(_named(desk, above))
    return None if planned else Goes(CENTRE_UNIT, (), "to the command centre")


def look_again_at(desk: Desk) -> datetime:
    """When somebody may be on duty: with the next shift, and no later than the rosters may have been changed."""
    zone = ZoneInfo(desk.town.timezone)
    local = desk.now.astimezone(zone)
    hours = [time.fromisoformat(shift.starts) for shift in desk.town.settings.shifts]
    days = (local.date(), local.date() + timedelta(days=1))
    starts = [datetime.combine(day, hour, zone).astimezone(UTC) for day in days for hour in hours]
    return min([desk.now + _ROSTERS_CHANGE, *(start for start in starts if start > desk.now)])


async def _shifts_are_planned(desk: Desk, unit: str | None) -> bool:
    """Whether somebody comes on duty there."""
    if unit not in desk.duty.planned:
        rosters = await town_repository.rosters_of(desk.session, _with_shifts(desk, unit))
        desk.duty.planned[unit] = any(rosters.values())
    return desk.duty.planned[unit]


def _with_shifts(desk: Desk, unit: str | None) -> tuple[str, ...]:
    """The units whose rosters speak for this one: itself, and the grid that a micro-grid is a part of."""
    found = desk.town.unit(unit)
    return () if found is None else found.path[-2:] if found.level is Level.MICRO_GRID else found.path[-1:]


def _shared(units: Sequence[Unit]) -> str | None:
    """The lowest unit that all of these are part of."""
    shared = None
    for at_level in zip(*(unit.path for unit in units), strict=False):
        if len(set(at_level)) > 1:
            break
        shared = at_level[0]
    return shared


def _named(desk: Desk, unit_id: str | None) -> str:
    unit = desk.town.unit(unit_id)
    if unit_id is None:
        return "the whole site"
    return f"{unit.level.value.replace('_', '-')} {unit.id}" if unit else f"micro-grid {unit_id}"
