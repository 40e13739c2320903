"""`sanxun town`: the levels, teams, rosters and departments of a data folder."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from api.cli.options import DataDir, Json, data_dir

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncSession

    from api.town.importing import Imported

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="The town: streets, communities, grids, micro-grids; teams and rosters.")
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)]
DatumOption = Annotated[
    str | None,
    typer.Option("--datum", help="WGS-84, CGCS2000 or GCJ-02; needed unless the file says it.", show_default=False),
]
Accept = Annotated[
    list[str] | None, typer.Option("--accept", help="Let faults of this kind pass: gap, overlap, outside.")
]


def _write(data: Path, act: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def run() -> T:
        from api.house import offline

        async with offline(data) as database, database.writing() as session:
            return await act(session)

    return _told(lambda: asyncio.run(run()))


def _told(work: Callable[[], T]) -> T:
    """Prints every fault that is found, and ends with exit status 1."""
    from api.town.faults import Faults

    try:
        return work()
    except Faults as faults:
        for line in faults.lines:
            print(line)
        print(f"{len(faults.lines)} fault(s); nothing was stored")
        raise typer.Exit(1) from None


def _read(data: Path, act: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def run() -> T:
        from api.house import offline

        async with offline(data) as database, database.reading() as session:
            return await act(session)

    return asyncio.run(run())


def _accepted(names: list[str] | None) -> list[Any]:
    from api.town.given import FaultKind
    from api.town.importing import check_accept

    try:
        kinds = [FaultKind(name) for name in names or ()]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--accept") from None
    check_accept(kinds)
    return kinds


@app.command("check")
def check(file: File, datum: DatumOption = None, as_json: Json = False) -> None:
    """Print ok, or every fault of FILE with its place and exit status 1. Nothing is stored.

    FILE is GeoJSON, CSV or XLSX: docs/town.md says what is in it.
    """
    from dataclasses import asdict

    from api.town.importing import read_units, with_names
    from api.town.settings import ALWAYS

    checked = read_units(file.read_bytes(), datum)
    # Which calendars there are is for the town that it is imported into to say.
    checked = with_names(checked, {}, {unit.calendar or ALWAYS for unit in checked.units})
    if as_json:
        print(json.dumps([asdict(fault) for fault in checked.faults], ensure_ascii=False))
    else:
        for fault in checked.faults:
            print(fault.line())
        print(f"{len(checked.faults)} fault(s)" if checked.faults else "ok", f"in {len(checked.units)} units")
    if checked.faults:
        raise typer.Exit(1)


@app.command("import")
def import_town(
    file: File, data: DataDir = None, datum: DatumOption = None, accept: Accept = None, as_json: Json = False
) -> None:
    """Make the imported units those of FILE; the `[[grid]]` of the site file stay beside them.

    Cameras find their units anew. Tickets keep naming the units that they were raised in.
    """
    from api.town.importing import import_units, read_units

    checked, kinds = read_units(file.read_bytes(), datum), _accepted(accept)

    async def act(session: AsyncSession) -> Imported:
        return await import_units(session, checked, kinds)

    found = _write(data_dir(data), act)
    for fault in found.accepted:
        print(f"accepted: {fault.line()}")
    for name in found.still_named:
        print(f"removed, but an account, team, roster or department still names it: {name}")
    counts = {"added": len(found.added), "changed": len(found.changed), "removed": len(found.removed)}
    if as_json:
        print(json.dumps(counts | {"kept": found.kept}))
    else:
        print(", ".join(f"{count} {word}" for word, count in (counts | {"unchanged": found.kept}).items()))


@app.command("list")
def show(
    data: DataDir = None,
    level: Annotated[str | None, typer.Option("--level", help="street, community, grid or micro_grid.")] = None,
    under: Annotated[str | None, typer.Option("--under", metavar="UNIT", help="Only what lies beneath it.")] = None,
    as_json: Json = False,
) -> None:
    """Print the units: id, level, path and name."""
    from api.town.given import level_of
    from api.town.index import load_town

    wanted = level_of(level) if level else None
    if level and wanted is None:
        raise typer.BadParameter("must be street, community, grid or micro_grid", param_hint="--level")
    town = _read(data_dir(data), load_town)
    within = town.below([under]) if under else None
    for unit in town.units:
        if (wanted and unit.level is not wanted) or (within is not None and unit.id not in within):
            continue
        if as_json:
            values = {"id": unit.id, "level": unit.level.value, "path": list(unit.path), "name": unit.name}
            print(json.dumps(values | {"source": unit.source.value}, ensure_ascii=False))
        else:
            print(f"{unit.id:<24} {unit.level:<11} {'/'.join(unit.path):<48} {unit.name}")


@app.command("team")
def team(file: File, data: DataDir = None) -> None:
    """Write teams from CSV or XLSX with the columns unit, username, part (officer, grid_worker, helper)."""
    from api.town import people
    from api.town.index import load_town

    lines = people.read_teams(file.read_bytes())

    async def act(session: AsyncSession) -> int:
        return await people.write_teams(session, await load_town(session), lines)

    print(f"{_write(data_dir(data), act)} members")


@app.command("roster")
def roster(file: File, data: DataDir = None) -> None:
    """Write rosters from CSV or XLSX with the columns unit, shift, username, and date or days.

    Lines stand instead of what the roster said of the same unit and date, or of the unit's week.
    """
    from api.town import people
    from api.town.index import load_town

    lines = _told(lambda: people.read_roster(file.read_bytes()))

    async def act(session: AsyncSession) -> int:
        return await people.write_roster(session, await load_town(session), lines)

    print(f"{_write(data_dir(data), act)} lines")


@app.command("duty")
def duty(
    unit: Annotated[str, typer.Argument(metavar="UNIT")],
    data: DataDir = None,
    at: Annotated[str | None, typer.Option("--at", help="2026-11-23T08:00+08:00; now, where not given.")] = None,
) -> None:
    """Print who is on duty in a unit, one username a line."""
    from api.town.duty import on_duty
    from api.town.index import load_town

    try:
        moment = datetime.fromisoformat(at) if at else datetime.now(UTC)
        if moment.tzinfo is None:
            raise ValueError("it lacks its offset from UTC, such as +08:00")
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from None

    async def act(session: AsyncSession) -> tuple[str, ...]:
        town = await load_town(session)
        if town.unit(unit) is None:
            raise typer.BadParameter(f"there is no unit {unit!r}; `sanxun town list` shows those there are")
        return await on_duty(session, town, unit, moment)

    for username in _read(data_dir(data), act):
        print(username)


@app.command("departments")
def departments(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", exists=True, dir_okay=False)] = None,
    data: DataDir = None,
) -> None:
    """Make the departments those of FILE (columns id, name, units, kinds, answer_minutes), and print them.

    `units` and `kinds` are separated by semicolons; empty: the whole town, every kind.
    """
    from api.town import people
    from api.town.index import load_town

    if file is not None:
        lines = people.read_departments(file.read_bytes())

        async def act(session: AsyncSession) -> int:
            return await people.write_departments(session, await load_town(session), lines)

        _write(data_dir(data), act)
    for one in _read(data_dir(data), load_town).departments:
        units, kinds = ";".join(one.units) or "whole town", ";".join(one.kinds) or "every kind"
        print(f"{one.id:<16} {one.answer_minutes:>5} min  {units:<24} {kinds:<28} {one.name}")


@app.command("settings")
def settings(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", exists=True, dir_okay=False)] = None,
    data: DataDir = None,
) -> None:
    """Set shifts, service calendars and rules from a JSON FILE, and print them as JSON."""
    from pydantic import ValidationError

    from api.town import repository
    from api.town.index import load_town
    from api.town.settings import TownSettings

    if file is not None:
        try:
            given = TownSettings.model_validate_json(file.read_bytes())
        except ValidationError as error:
            for fault in error.errors():
                print(f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}")
            raise typer.Exit(1) from None

        async def act(session: AsyncSession) -> None:
            await repository.save_settings(session, given.model_dump(mode="json"))

        _write(data_dir(data), act)
    print(_read(data_dir(data), load_town).settings.model_dump_json(indent=2))
