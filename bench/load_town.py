"""A large town in PostgreSQL for benches: units, workers with sessions, cameras, and many tickets from the past."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import shapely
from shapely.geometry import MultiPolygon, box
from sqlalchemy import JSON, Column, Table, func, select, text

from api.auth.models import Account, SignIn
from api.auth.passwords import new_secret, secret_hash
from api.auth.roles import Role
from api.auth.service import SESSION_PREFIX
from api.db.base import UtcDateTime
from api.db.engine import Database
from api.hazards.models import HazardRow
from api.house import offline
from api.settings import Settings
from api.site.offline import write_site
from api.tickets.models import TicketRow, TicketStep
from api.town.models import TownRow, UnitRow
from streams.site import parse_site

_LEVELS = ("street", "community", "grid", "micro_grid")
_STEP_DEG = 0.002  # a micro-grid is about 200 m wide
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Worker:
    """A grid worker who is signed in: the session's secret, and the micro-grids that they look after."""

    username: str
    secret: str
    grids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadTown:
    workers: tuple[Worker, ...]
    camera_of: dict[str, str]  # camera id → micro-grid id


def build(data: Path, micro_grids: int, workers: int, tickets: int, cameras: int) -> LoadTown:
    """Fills the database that the folder's settings name, where it is not filled yet; everybody is signed in anew."""
    ids = [f"m{n:05d}" for n in range(micro_grids)]
    asyncio.run(_units(data, ids))
    camera_of = _cameras(data, ids, cameras)
    people = asyncio.run(_people(data, ids, workers))
    asyncio.run(_tickets(data, tickets, micro_grids))
    return LoadTown(tuple(people), camera_of)


def _cell(number: int) -> tuple[float, float]:
    row, column = divmod(number, 200)
    return 113.0 + column * _STEP_DEG, 27.0 + row * _STEP_DEG


def _wkb(cells: range, count: int) -> bytes:
    boxes = [box(x, y, x + _STEP_DEG, y + _STEP_DEG) for x, y in map(_cell, range(cells.start, min(cells.stop, count)))]
    merged = shapely.union_all(boxes)
    return bytes(shapely.to_wkb(merged if merged.geom_type == "MultiPolygon" else MultiPolygon([merged])))


async def _units(data: Path, ids: list[str]) -> None:
    rows: list[UnitRow] = []
    sizes = {"street": 1000, "community": 100, "grid": 10, "micro_grid": 1}
    for level in _LEVELS:
        size = sizes[level]
        for first in range(0, len(ids), size):
            names = [
                f"{_LEVELS[depth][0]}{first // sizes[_LEVELS[depth]]:05d}" for depth in range(_LEVELS.index(level) + 1)
            ]
            rows.append(
                UnitRow(
                    id=names[-1],
                    position=len(rows),
                    level=level,
                    parent=names[-2] if len(names) > 1 else None,
                    name=names[-1],
                    path="/" + "/".join(names),
                    source="import",
                    calendar=None,
                    shape_wkb=_wkb(range(first, first + size), len(ids)),
                )
            )
    async with offline(data) as database, database.writing() as session:
        if standing := await session.scalar(select(func.count()).where(UnitRow.level == "micro_grid")):
            assert standing == len(ids), f"the kept town has {standing} micro-grids"
            return
        town = await session.get(TownRow, 1)
        if town is None:
            session.add(TownRow(id=1, stamp="load", settings={}))
        else:
            town.stamp = "load"
        session.add_all(rows)


def _cameras(data: Path, ids: list[str], count: int) -> dict[str, str]:
    lines = ['[site]\nname = "Load"\n']
    camera_of: dict[str, str] = {}
    for n in range(count):
        number = n * len(ids) // count
        x, y = _cell(number)
        camera_of[f"cam-{n}"] = ids[number]
        lines.append(
            f'[[camera]]\nid = "cam-{n}"\nurl = "rtsp://192.0.2.1/{n}"\nlon = {x + _STEP_DEG / 2:.6f}\n'
            f'lat = {y + _STEP_DEG / 2:.6f}\n[[camera.zone]]\nid = "aisle"\nhazards = ["illegal_parking"]\n'
            "polygon = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]\n"
        )
    write_site(data, parse_site("".join(lines)))
    return camera_of


async def _people(data: Path, ids: list[str], count: int) -> list[Worker]:
    """Each has a session; nobody signs in by password here, which alone would take minutes."""
    now, share = datetime.now(UTC), max(1, len(ids) // count)
    people = [
        Worker(
            f"w{n:05d}of{count}",
            new_secret(SESSION_PREFIX),
            tuple(ids[(n * share + k) % len(ids)] for k in range(share)),
        )
        for n in range(count)
    ]
    async with offline(data) as database, database.writing() as session:
        known = dict((await session.execute(select(Account.username, Account.id))).tuples().all())
        accounts = [_account(worker, now) for worker in people if worker.username not in known]
        session.add_all(accounts)
        await session.flush()
        known |= {account.username: account.id for account in accounts}
        session.add_all(
            SignIn(
                secret_sha256=secret_hash(worker.secret),
                account_id=known[worker.username],
                created_at=now,
                expires_at=now + timedelta(days=1),
            )
            for worker in people
        )
    return people


def _account(worker: Worker, now: datetime) -> Account:
    return Account(
        username=worker.username,
        name=worker.username,
        role=Role.GRID_WORKER.value,
        grids=list(worker.grids),
        password_hash="",
        created_at=now,
    )


# The past, made by the database itself: `n` counts the tickets. One in fifty is still open, as chance has it: by number
# all of them would lie in a few grids.
_OPEN = "abs(hashint4(n)) % 50 = 0"
_AT = "now() - (n % 90) * interval '1 day' - interval '1 hour'"
_GRID = "'m' || lpad((n % {grids})::text, 5, '0')"
_HAZARD = {
    "seq": "n",
    "id": "'past-' || n",
    "kind": "'illegal_parking'",
    "camera": "'past'",
    "zone": "'aisle'",
    "grid": _GRID,
    "state": f"CASE WHEN {_OPEN} THEN 'open' ELSE 'cleared' END",
    "cleared_at": f"CASE WHEN {_OPEN} THEN NULL ELSE {_AT} END",
    "xyxy": "'[1, 2, 3, 4]'",
    "source_wh": "'[960, 540]'",
    "why": "'{\"dwell_s\": 10.0}'",
}
_TICKET = {
    "number": "n",
    "id": "'ticket-' || n",
    "hazard_id": "'past-' || n",
    "kind": "'illegal_parking'",
    "camera": "'past'",
    "camera_name": "'A camera of the past'",
    "zone": "'aisle'",
    "zone_name": "'aisle'",
    "grid": _GRID,
    "state": f"CASE WHEN {_OPEN} THEN 'dispatched' ELSE 'closed' END",
    "closed_at": f"CASE WHEN {_OPEN} THEN NULL ELSE {_AT} END",
    "dispatched_at": _AT,
    "respond_by": "now() + interval '1 day'",
    "rectify_by": "now() + interval '1 day'",
    "cause": "'to micro-grid'",
    "version": "1",
}
_STEP = {
    "ticket_number": "n",
    "by": "'system'",
    "command": "(ARRAY['receive', 'register', 'dispatch'])[k]",
    "to_state": "(ARRAY['received', 'registered', 'dispatched'])[k]",
    "note": "''",
}


async def _tickets(data: Path, count: int, grids: int) -> None:
    database = Database(Settings(data=data).url)
    try:
        async with database.writing() as session:
            filled = await session.scalar(select(func.max(TicketRow.number))) or 0
        if filled >= count:
            return await _settle_the_rest(database, count)
        for first in range(filled + 1, count + 1, 100_000):
            series = f"generate_series({first}, {min(first + 99_999, count)}) AS n"
            async with database.altering() as connection:
                for model, values, source in (
                    (HazardRow, _HAZARD, series),
                    (TicketRow, _TICKET, series),
                    (TicketStep, _STEP, f"{series}, generate_series(1, 3) AS k"),
                ):
                    await connection.execute(text(_insert(model.__table__, values, source, grids)))
        async with database.altering() as connection:
            # Something has happened everywhere: the planner is to know how many places there are.
            places = f"SELECT {_GRID}, 1 FROM generate_series(0, {{grids}} - 1) AS n".replace("{grids}", str(grids))
            await connection.execute(text(f"INSERT INTO place_revision {places}"))
            for table, column in (("hazard", "seq"), ("ticket", "number")):
                await connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), {count})"))
        async with database.writing_engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.execute(text("VACUUM ANALYZE"))
    finally:
        await database.close()


async def _settle_the_rest(database: Database, count: int) -> None:
    """What the runs before raised is over: its clocks would run out in the next one's time."""
    async with database.altering() as connection:
        for statement in (
            "UPDATE ticket SET state = 'closed', due_at = NULL, closed_at = now() WHERE number > :count",
            "UPDATE hazard SET state = 'cleared', cleared_at = now() WHERE seq > :count",
        ):
            await connection.execute(text(statement), {"count": count})


def _insert(table: object, values: dict[str, str], source: str, grids: int) -> str:
    """What is not named gets its column's own default, or, where it must have a value, an empty one of its type."""
    assert isinstance(table, Table)
    columns = {c.name: values.get(c.name) or _empty(c) for c in table.columns if c.name in values or _must(c)}
    names = ", ".join(f'"{name}"' for name in columns)
    chosen = ", ".join(columns.values()).replace("{grids}", str(grids))
    return f"INSERT INTO {table.name} ({names}) SELECT {chosen} FROM {source}"


def _must(column: Column[object]) -> bool:
    return not column.nullable and not (column.primary_key and column.autoincrement is not False)


def _empty(column: Column[object]) -> str:
    if isinstance(column.type, JSON):
        return "'[]'"
    default = column.default.arg if column.default is not None and column.default.is_scalar else None
    if isinstance(default, str):
        return f"'{default}'"
    kind = datetime if isinstance(column.type, UtcDateTime) else column.type.python_type
    return {str: "''", int: "0", float: "0", bool: "false", datetime: _AT}[kind]
