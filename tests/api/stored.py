"""What stands in a data folder's database, read and changed behind the server's back: SQLite's or PostgreSQL's."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import inspect, make_url, text

from api.db.engine import Database
from api.settings import Settings
from tests.api.postgres import Postgres

_NAMED = 'database_url = "{url}"\n'


@asynccontextmanager
async def _database(data: Path) -> AsyncIterator[Database]:
    database = Database(Settings(data=data).url)
    try:
        yield database
    finally:
        await database.close()


def rows(data: Path, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    async def ask() -> list[tuple[Any, ...]]:
        async with _database(data) as database, database.reading() as session:
            return [tuple(row) for row in await session.execute(text(statement), values)]

    return asyncio.run(ask())


def change(data: Path, *statements: str, **values: Any) -> None:
    """All in one transaction."""

    async def do() -> None:
        async with _database(data) as database, database.altering() as connection:
            for statement in statements:
                await connection.execute(text(statement), values)

    asyncio.run(do())


def dump(data: Path) -> str:
    """Every value of every table."""

    async def ask() -> str:
        async with _database(data) as database, database.reading() as session:
            tables = await (await session.connection()).run_sync(lambda sync: inspect(sync).get_table_names())
            found = [await session.execute(text(f'SELECT * FROM "{table}"')) for table in tables]
            return "\n".join(repr(tuple(row)) for one in found for row in one)

    return asyncio.run(ask())


def name_database(data: Path, url: str) -> None:
    """By the configuration file, which commands on the folder follow too."""
    (data / "sanxun.toml").write_text(_NAMED.format(url=url))


def copied(template: Path, data: Path) -> str:
    """A data folder as `template`'s, its database beside it or, where it names a PostgreSQL one, a copy there, whose
    name this is."""
    shutil.copytree(template, data, dirs_exist_ok=True)
    named = data / "sanxun.toml"
    if not named.exists():
        return ""
    url = make_url(named.read_text().split('"')[1])
    server, name = Postgres(Path(str(url.query["host"]))), f"town_{uuid4().hex}"
    server.run(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"')
    name_database(data, server.url(name))
    return name
