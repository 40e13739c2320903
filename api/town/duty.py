"""Who is on duty in a unit at a moment: by roster, else by team, else by the grids of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api.town import repository
from api.town.index import Town
from api.town.models import RosterEntry
from api.town.settings import Shift
from api.town.units import Level
from streams.settings.hours import span


class Part(StrEnum):
    """A team is 1+1+N, in the order in which its members are named."""

    GRID_WORKER = "grid_worker"
    OFFICER = "officer"
    HELPER = "helper"


async def on_duty(session: AsyncSession, town: Town, unit_id: str | None, at: datetime) -> tuple[str, ...]:
    """Usernames on duty, of accounts that are not disabled.

    A micro-grid without a roster has its grid's, and so for teams. Where there is a roster nobody else is on duty: its
    answer may be empty. Without a roster all of the team is on duty; without a team, every grid worker whose grids
    hold the unit or one above it.
    """
    answering = _answering(town, unit_id)
    rosters = await repository.rosters_of(session, answering) if answering else {}
    for own in answering:
        if roster := rosters[own]:
            return await _usable(session, on_shift(roster, town.settings.shifts, town.timezone, at))
    teams = await repository.teams_of(session, answering) if answering else {}
    for own in answering:
        if team := teams[own]:
            order = list(Part)
            ordered = sorted(team, key=lambda member: (order.index(Part(member.part)), member.username))
            return await _usable(session, [member.username for member in ordered])
    path = town.path(unit_id) or ((unit_id,) if unit_id else ())
    return tuple(await repository.grid_workers_of(session, path))


def _answering(town: Town, unit_id: str | None) -> tuple[str, ...]:
    """The unit, and for a micro-grid the grid that it is a part of: teams are per grid."""
    unit = town.unit(unit_id)
    if unit is None:
        return ()
    above = town.above(unit.id) if unit.level is Level.MICRO_GRID else None
    return (unit.id, above.id) if above else (unit.id,)


async def _usable(session: AsyncSession, usernames: Sequence[str]) -> tuple[str, ...]:
    known = await repository.usable(session, usernames)
    return tuple(name for name in usernames if name in known)


def on_shift(roster: Sequence[RosterEntry], shifts: Sequence[Shift], timezone: str, at: datetime) -> list[str]:
    """The usernames that a unit's roster names for a moment, sorted. A shift over midnight belongs to the date on which
    it starts."""
    found: set[str] = set()
    for shift in shifts:
        for day in _days_of(shift, at, timezone):
            entries = [entry for entry in roster if entry.shift == shift.name]
            dated = [entry for entry in entries if entry.on_date == day]
            weekly = [entry for entry in entries if entry.on_date is None and day.weekday() in span(entry.days).days]
            found |= {entry.username for entry in dated or weekly if entry.username}
    return sorted(found)


def _days_of(shift: Shift, at: datetime, timezone: str) -> list[date]:
    """The dates whose turn of this shift covers the moment: today's, or yesterday's over midnight."""
    local = at.astimezone(ZoneInfo(timezone))
    clock = local.strftime("%H:%M")
    today = local.date()
    if shift.starts < shift.ends:
        return [today] if shift.starts <= clock < shift.ends else []
    found = [today] if clock >= shift.starts else []
    return found + ([today - timedelta(days=1)] if clock < shift.ends else [])
