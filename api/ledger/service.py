"""The ledger of a week: sums rolled up to the units of a level. Screen, CSV and workbook are made from this alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import Scope
from api.ledger import repository
from api.ledger.repository import Counts, Line
from api.ledger.weeks import Week
from api.town.beneath import demand_unit
from api.town.index import Town
from api.town.units import Level, Unit


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """`unit` None: what lies in no unit of the level, such as a place that only its community is known of.

    `enough`: whether the grid found the least that every grid looks for in a week; None where the rule asks nothing of
    it: above the grids, and for micro-grids that a grid answers for.
    """

    unit: Unit | None
    names: tuple[str, ...]
    counts: Counts
    enough: bool | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """`least` is the rule: so many hazards found by each grid in a week."""

    week: Week
    level: Level
    least: int
    rows: tuple[LedgerRow, ...]
    total: Counts


async def ledger(
    session: AsyncSession,
    town: Town,
    scope: Scope,
    week: Week,
    now: datetime,
    level: Level | None = None,
    under: str | None = None,
) -> Ledger:
    """The week as far as the caller may see it; `under` keeps to one unit and what lies beneath it."""
    within = narrowed(town, scope, under)
    places = await repository.counts_by_place(session, within, week.starts, week.ends, now)
    units = [unit for unit in units_of(town, level) if within.covers(unit.id)]
    sums: dict[str | None, Counts] = {unit.id: Counts() for unit in units}
    for place, counts in places:
        into = next((above for above in reversed(town.path(place)) if above in sums), None)
        sums[into] = sums.get(into, Counts()) + counts
    asked = {unit.id for unit in units_of(town, None)}
    least = town.settings.ledger.least_found
    rows = [_row(town, unit, sums[unit.id], least if unit.id in asked else None) for unit in units]
    if None in sums:
        rows.append(LedgerRow(None, (), sums[None], None))
    total = sum((row.counts for row in rows), Counts())
    return Ledger(week, level or usual_level(town), least, tuple(rows), total)


def usual_level(town: Town) -> Level:
    """Grids, or in a town that names none the lowest level that it has."""
    levels = {unit.level for unit in town.units}
    return Level.GRID if Level.GRID in levels or not levels else max(levels, key=lambda level: level.depth)


def narrowed(town: Town, scope: Scope, under: str | None) -> Scope:
    """Raises `NotFound` for a unit that the caller sees nothing of: no sums would look like no hazards."""
    demand_unit(town, scope, under)
    if under is None:
        return scope
    below = town.below([under])
    return replace(scope, grids=below if scope.grids is None else below & scope.grids)


def units_of(town: Town, level: Level | None) -> list[Unit]:
    """The units of a level. For None the grids, and each smaller unit that no grid is above of: those that answer for a
    place, and of which something is asked."""
    if level is not None:
        return [unit for unit in town.units if unit.level is level]
    depth = usual_level(town).depth
    return [unit for unit in town.units if unit.level.depth >= depth and not _answered_above(town, unit, depth)]


def _answered_above(town: Town, unit: Unit, depth: int) -> bool:
    above = town.above(unit.id)
    return above is not None and above.level.depth >= depth


def _row(town: Town, unit: Unit, counts: Counts, least: int | None) -> LedgerRow:
    names = tuple(above.label if (above := town.unit(part)) else part for part in unit.path)
    return LedgerRow(unit, names, counts, None if least is None else counts.found >= least)


def names_of(town: Town, unit_id: str | None) -> str:
    """A place in words, from the top down; the id itself for a unit that is gone."""
    path = town.path(unit_id)
    return " / ".join(found.label for part in path if (found := town.unit(part))) or (unit_id or "")


async def ledger_lines(
    session: AsyncSession, scope: Scope, week: Week, before: int | None, limit: int
) -> Sequence[Line]:
    return await repository.lines(session, scope, week.starts, week.ends, before, limit)


def every_line(session: AsyncSession, scope: Scope, week: Week) -> AsyncIterator[Sequence[Line]]:
    return repository.every_line(session, scope, week.starts, week.ends)
