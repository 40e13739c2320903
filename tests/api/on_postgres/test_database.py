"""What only a real PostgreSQL shows: the same data on either kind of database, and a database that goes away."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect, text
from typer.testing import CliRunner

from api.auth.roles import Role
from api.cli import db
from api.db.archive import back_up
from api.db.engine import Database, driver_url
from api.db.faults import is_passing
from api.db.migrate import downgrade_connection, known_revisions, upgrade_connection
from api.db.restore import restore
from api.db.tables import metadata
from tests.api.house import PATIENCE_S, FakeTime, Served, event, serving
from tests.api.postgres import Postgres, url_of
from tests.api.stored import copied, name_database

runner = CliRunner()


def on(url: str, *steps: Callable[[Connection], Any]) -> list[Any]:
    async def run() -> list[Any]:
        database = Database(url)
        try:
            async with database.altering() as connection:
                return [await connection.run_sync(step) for step in steps]
        finally:
            await database.close()

    return asyncio.run(run())


def differences(connection: Connection) -> object:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


def counts(connection: Connection) -> dict[str, int]:
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    return {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in sorted(names)}


def content(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, times as UTC without saying so, as SQLite keeps them."""
    found = MetaData()
    found.reflect(connection)
    naive = lambda value: value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value  # noqa: E731
    return {
        table.name: [tuple(map(naive, row)) for row in connection.execute(table.select().order_by(*table.primary_key))]
        for table in found.sorted_tables
        if table.name != "place_revision"  # counts on from elsewhere after a restore
    }


def test_the_migrations_make_what_the_models_say(filled: Served) -> None:
    assert on(url_of(filled), differences) == [[]]


def test_down_and_up_again_with_data_on_both(filled: Served, postgres: Postgres, tmp_path: Path) -> None:
    """The same rows on either kind of database go down to the first release's schema and come up again."""
    tar = tmp_path / "all.tar"
    asyncio.run(_back_up(filled, tar))
    for url in (f"sqlite:///{tmp_path / 'a.db'}", postgres.url(postgres.new_database())):
        data = tmp_path / url.split(":")[0]
        asyncio.run(_restore(url, data, tar))
        asyncio.run(_plain(url))
        before, *_, after, schema = on(
            url,
            counts,
            lambda c: downgrade_connection(c, known_revisions()[0]),
            upgrade_connection,
            counts,
            differences,
        )
        assert schema == []
        assert before["ticket"] == after["ticket"] > 0
        assert {name: after[name] for name in ("account", "event", "hazard", "camera")} == {
            name: before[name] for name in ("account", "event", "hazard", "camera")
        }


async def _plain(url: str) -> None:
    """As `sanxun seal decrypt` leaves it: what is encrypted cannot go down."""
    database = Database(url)
    async with database.writing() as session:
        await session.execute(text("UPDATE sealed_clip SET wrapped_key = NULL, key_id = NULL"))
    await database.close()


async def _back_up(served: Served, tar: Path) -> None:
    database = Database(url_of(served))
    await back_up(database, served.data, tar, served.time.at)
    await database.close()


async def _restore(url: str, data: Path, tar: Path) -> None:
    database = Database(url)
    await restore(database, data, tar)
    await database.close()


def test_a_backup_comes_back_whole_in_either_database(filled: Served, postgres: Postgres, tmp_path: Path) -> None:
    tar, new = tmp_path / "all.tar", tmp_path / "sqlite"
    made = runner.invoke(db.app, ["backup", str(tar), "--data", str(filled.data)])
    assert made.exit_code == 0, made.output
    assert runner.invoke(db.app, ["restore", str(tar), "--data", str(new)]).exit_code == 0
    [before], [after] = on(url_of(filled), content), on(f"sqlite:///{new / 'sanxun.db'}", content)
    assert after.keys() == before.keys()
    for table in before:
        assert after[table] == before[table], table
    back = tmp_path / "again.tar"
    asyncio.run(_from_sqlite(new, back))
    url = postgres.url(postgres.new_database())
    asyncio.run(_restore(url, tmp_path / "third", back))
    assert on(url, content) == [before]
    shutil.copy(filled.data / "seal.keys", new / "seal.keys")
    checked = runner.invoke(db.app, ["check", "--deep", "--data", str(new)])
    assert checked.exit_code == 0, checked.output
    name_database(tmp_path / "third", url)
    shutil.copy(filled.data / "seal.keys", tmp_path / "third" / "seal.keys")
    with serving(tmp_path / "third", FakeTime()) as address:
        house = Served(address, tmp_path / "third", FakeTime())
        number = max(ticket["number"] for ticket in house.tickets())
        house.post(event("after"))
        assert max(ticket["number"] for ticket in house.tickets()) == number + 1
        house.close()


async def _from_sqlite(data: Path, tar: Path) -> None:
    database = Database(f"sqlite:///{data / 'sanxun.db'}")
    await back_up(database, data, tar, FakeTime().at)
    await database.close()


def test_a_backup_that_was_cut_short_is_refused_and_leaves_nothing(filled: Served, tmp_path: Path) -> None:
    tar, new = tmp_path / "all.tar", tmp_path / "new"
    asyncio.run(_back_up(filled, tar))
    tar.write_bytes(tar.read_bytes()[: tar.stat().st_size // 2])
    answer = runner.invoke(db.app, ["restore", str(tar), "--data", str(new)])
    assert answer.exit_code == 1
    assert "whole backup" in str(answer.exception)
    again = runner.invoke(db.app, ["restore", str(tar), "--data", str(filled.data)])
    assert again.exit_code == 1


def test_a_database_in_use_is_not_restored_over(filled: Served, tmp_path: Path) -> None:
    tar = tmp_path / "all.tar"
    asyncio.run(_back_up(filled, tar))
    answer = runner.invoke(db.app, ["restore", str(tar), "--data", str(filled.data)])
    assert (answer.exit_code, "in use" in str(answer.exception)) == (1, True)


def test_what_is_encrypted_keeps_the_schema_from_going_back(filled: Served) -> None:
    answer = runner.invoke(db.app, ["downgrade", "0008", "--yes", "--data", str(filled.data)])
    assert (answer.exit_code, "seal decrypt" in str(answer.exception)) == (1, True)


def test_a_database_that_goes_away_is_said_and_comes_back(
    postgres: Postgres, applied_site: Path, tmp_path: Path
) -> None:
    """Refused connections stand for a server that is down: the other tests need the server itself."""
    name = copied(applied_site, tmp_path)
    with serving(tmp_path, FakeTime()) as url:
        house = Served(url, tmp_path, FakeTime())
        house.post(event())
        assert httpx.get(f"{url}/readyz", trust_env=False, timeout=PATIENCE_S).status_code == 200
        postgres.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        ready = httpx.get(f"{url}/readyz", trust_env=False, timeout=60)
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "does not answer")
        assert httpx.get(f"{url}/healthz", trust_env=False, timeout=PATIENCE_S).status_code == 200
        client = house.client(Role.WORKER)
        lost = client.post("/events", json={"events": [event("i-2")]})
        assert (lost.status_code, lost.headers.get("retry-after")) == (503, "2"), lost.text
        postgres.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert client.post("/events", json={"events": [event("i-2")]}).json()["accepted"] == ["i-2-raised"]
        house.close()


@pytest.mark.parametrize("given", ["postgres://h/x", "postgresql://h/x", "postgresql+asyncpg://h/x"])
def test_a_plain_url_is_enough(given: str) -> None:
    assert driver_url(given) == "postgresql+asyncpg://h/x"


def test_a_refused_connection_passes_and_a_fault_of_ours_does_not() -> None:
    assert is_passing(ConnectionRefusedError())
    assert not is_passing(ValueError())
