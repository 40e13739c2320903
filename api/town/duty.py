"""Who is on duty in a unit at a moment: by roster, else by team, else by the grids of accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api.town import repository
from api.town.index import Town
from api.town.models import RosterEntry, TeamMember
from api.town.repository import WHOLE_SITE_UNIT
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
    return (await all_on_duty(session, town, [unit_id], at))[unit_id]


async def all_on_duty(
    session: AsyncSession, town: Town, unit_ids: Collection[str | None], at: datetime
) -> dict[str | None, tuple[str, ...]]:
    """`on_duty` of several units, with a few statements for all of them."""
    answering = {unit_id: _answering(town, unit_id) for unit_id in unit_ids}
    asked = {own for each in answering.values() for own in each}
    rosters = await repository.rosters_of(session, asked) if asked else {}
    teams = await repository.teams_of(session, asked) if asked else {}
    named: dict[str | None, list[str]] = {}
    for unit_id, owns in answering.items():
        if roster := next((rosters[own] for own in owns if rosters[own]), None):
            named[unit_id] = on_shift(roster, town.settings.shifts, town.timezone, at)
        elif team := next((teams[own] for own in owns if teams[own]), None):
            named[unit_id] = [member.username for member in sorted(team, key=_in_order)]
    everybody = {name for names in named.values() for name in names}
    known = await repository.usable(session, everybody) if everybody else set()
    found = {unit_id: tuple(name for name in names if name in known) for unit_id, names in named.items()}
    paths = {one: town.path(one) or ((one,) if one else ()) for one in answering if one not in named}
    if paths:
        workers = await repository.grid_workers_of(session, {unit for path in paths.values() for unit in path})
        for unit_id, path in paths.items():
            found[unit_id] = tuple(sorted({name for name, unit in workers if unit in (*path, WHOLE_SITE_UNIT)}))
    return found


def _in_order(member: TeamMember) -> tuple[int, str]:
    return list(Part).index(Part(member.part)), member.username


def _answering(town: Town, unit_id: str | None) -> tuple[str, ...]:
    """The unit, and for a micro-grid the grid that it is a part of: teams are per grid."""
    unit = town.unit(unit_id)
    if unit is None:
        return ()
    above = town.above(unit.id) if unit.level is Level.MICRO_GRID else None
    return (unit.id, above.id) if above else (unit.id,)


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
