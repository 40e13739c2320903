"""SQL of the town."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

import api.town.account_units  # noqa: F401 (importing it keeps `account_unit` equal to the accounts)
from api.auth.models import Account
from api.auth.roles import Role
from api.kit.among import among
from api.site.models import SiteRow
from api.town.models import AccountUnit, DepartmentRow, RosterEntry, TeamMember, TownRow, UnitRow
from api.town.units import Department, Level, Source, Unit

WHOLE_SITE_UNIT = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a kept snapshot is compared by, and the settings that go with it."""

    stamp: str
    timezone: str
    settings: dict[str, Any]


async def mark(session: AsyncSession) -> Mark:
    columns = select(TownRow.stamp, SiteRow.timezone, TownRow.settings)
    statement = columns.join(SiteRow, SiteRow.id == TownRow.id).where(TownRow.id == 1)
    stamp, timezone, settings = (await session.execute(statement)).one()
    return Mark(stamp, timezone, settings)


async def ensure_town(session: AsyncSession) -> None:
    """The one row of the town table."""
    if await session.get(TownRow, 1) is None:
        session.add(TownRow(id=1, stamp=secrets.token_hex(8), settings={}))
        await session.flush()


async def touch(session: AsyncSession) -> None:
    """The town has changed: snapshots of it are old. Drawn, not counted: a rolled-back change leaves no mark."""
    row = await session.get(TownRow, 1)
    assert row is not None, "ensure_town runs before anything writes"
    row.stamp = secrets.token_hex(8)
    await session.flush()


async def save_settings(session: AsyncSession, settings: dict[str, Any]) -> None:
    row = await session.get(TownRow, 1)
    assert row is not None, "ensure_town runs before anything writes"
    row.settings = settings
    await touch(session)


async def units_and_shapes(session: AsyncSession) -> tuple[list[Unit], list[bytes]]:
    """All units in their order, and the WKB of each."""
    statement = select(
        UnitRow.id, UnitRow.level, UnitRow.name, UnitRow.path, UnitRow.source, UnitRow.calendar, UnitRow.shape_wkb
    ).order_by(UnitRow.position)
    units, shapes = [], []
    for unit_id, level, name, path, source, calendar, shape in await session.execute(statement):
        parts = tuple(path.split("/")[1:])
        units.append(Unit(unit_id, Level(level), name, parts, Source(source), calendar))
        shapes.append(shape)
    return units, shapes


async def unit_ids(session: AsyncSession, source: Source) -> set[str]:
    return set(await session.scalars(select(UnitRow.id).where(UnitRow.source == source)))


async def replace_units(session: AsyncSession, source: Source, units: Sequence[tuple[Unit, bytes]]) -> None:
    """Units of one source, with their WKB, instead of those that came from it before. Imported ones stand first."""
    await session.execute(delete(UnitRow).where(UnitRow.source == source))
    first = 0 if source is Source.IMPORT else 10_000_000
    rows = [
        {
            "id": unit.id,
            "position": first + n,
            "level": unit.level.value,
            "parent": unit.parent,
            "name": unit.name,
            "path": "/" + "/".join(unit.path),
            "source": source.value,
            "calendar": unit.calendar,
            "shape_wkb": shape,
        }
        for n, (unit, shape) in enumerate(units)
    ]
    if rows:
        await session.execute(insert(UnitRow), rows)
    await touch(session)


async def not_there(session: AsyncSession, unit_ids: Collection[str]) -> list[str]:
    """Those of the ids that no unit of the town has."""
    known = set(await session.scalars(select(UnitRow.id).where(among(UnitRow.id.expression, unit_ids))))
    return sorted(set(unit_ids) - known)


async def departments(session: AsyncSession) -> list[Department]:
    rows = await session.scalars(select(DepartmentRow).order_by(DepartmentRow.position))
    return [Department(row.id, row.name, tuple(row.units), tuple(row.kinds), row.answer_minutes) for row in rows]


async def roster_of(session: AsyncSession, unit_id: str) -> Sequence[RosterEntry]:
    return (await rosters_of(session, [unit_id]))[unit_id]


async def rosters_of(session: AsyncSession, unit_ids: Collection[str]) -> dict[str, list[RosterEntry]]:
    """By unit, each unit present."""
    found: dict[str, list[RosterEntry]] = {unit_id: [] for unit_id in unit_ids}
    statement = select(RosterEntry).where(among(RosterEntry.unit.expression, found)).order_by(RosterEntry.id)
    for entry in await session.scalars(statement):
        found[entry.unit].append(entry)
    return found


async def team_of(session: AsyncSession, unit_id: str) -> Sequence[TeamMember]:
    return (await teams_of(session, [unit_id]))[unit_id]


async def teams_of(session: AsyncSession, unit_ids: Collection[str]) -> dict[str, list[TeamMember]]:
    """By unit, each unit present."""
    found: dict[str, list[TeamMember]] = {unit_id: [] for unit_id in unit_ids}
    statement = select(TeamMember).where(among(TeamMember.unit.expression, found)).order_by(TeamMember.username)
    for member in await session.scalars(statement):
        found[member.unit].append(member)
    return found


async def named_units(session: AsyncSession) -> set[str]:
    """Every unit that an account, a team, a roster or a department names, whether it is there or not."""
    columns = (AccountUnit.unit, TeamMember.unit, RosterEntry.unit)
    found = {unit for column in columns for unit in await session.scalars(select(column).distinct())}
    return found.union(*(one.units for one in await departments(session)))


async def clear_roster(session: AsyncSession, places: Iterable[tuple[str, date | None]]) -> None:
    """Forget the entries of these units on these dates; of the date None, those of every week."""
    for unit_id, on_date in places:
        on = RosterEntry.on_date.is_(None) if on_date is None else RosterEntry.on_date == on_date
        await session.execute(delete(RosterEntry).where(RosterEntry.unit == unit_id, on))


async def clear_roster_of(session: AsyncSession, unit_id: str) -> None:
    await session.execute(delete(RosterEntry).where(RosterEntry.unit == unit_id))


async def clear_teams(session: AsyncSession, unit_ids: Collection[str]) -> None:
    await session.execute(delete(TeamMember).where(among(TeamMember.unit.expression, unit_ids)))


async def replace_departments(session: AsyncSession, rows: Sequence[DepartmentRow]) -> None:
    await session.execute(delete(DepartmentRow))
    session.add_all(rows)
    await touch(session)


async def usable(session: AsyncSession, usernames: Collection[str]) -> set[str]:
    """Those of the names that have an account which is not disabled."""
    statement = select(Account.username).where(
        among(Account.username.expression, usernames), Account.disabled_at.is_(None)
    )
    return set(await session.scalars(statement))


async def grid_workers_of(session: AsyncSession, unit_ids: Collection[str]) -> list[tuple[str, str]]:
    """Grid workers of these units, each with the unit, and those of the whole site."""
    statement = (
        select(Account.username, AccountUnit.unit)
        .join(AccountUnit, AccountUnit.username == Account.username)
        .where(
            or_(among(AccountUnit.unit.expression, unit_ids), AccountUnit.unit == WHOLE_SITE_UNIT),
            Account.role == Role.GRID_WORKER,
            Account.disabled_at.is_(None),
        )
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]
