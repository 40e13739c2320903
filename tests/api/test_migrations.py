"""The schema: the migrations make what the models say, and can be undone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from api.db.engine import Database
from api.db.migrate import alembic_config, migrate, upgrade_connection
from api.db.tables import metadata


def _on(path: Path, *steps: object) -> list[object]:
    async def run() -> list[object]:
        database = Database(f"sqlite+aiosqlite:///{path}")
        try:
            async with database.writing_engine.begin() as connection:
                return [await connection.run_sync(step) for step in steps]  # type: ignore[arg-type]
        finally:
            await database.close()

    return asyncio.run(run())


def differences(connection: Connection) -> object:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


def downgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.downgrade(config, "base")


def tables(connection: Connection) -> object:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_the_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    assert _on(tmp_path / "a.db", upgrade_connection, differences)[1] == []


def test_up_down_and_up_again(tmp_path: Path) -> None:
    found = _on(tmp_path / "a.db", upgrade_connection, tables, downgrade, tables, upgrade_connection, tables)
    assert found[1] == found[5] == set(metadata.tables)
    assert found[3] == set()


def test_two_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    async def both() -> None:
        databases = [Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}") for _ in range(2)]
        try:
            await asyncio.gather(*(migrate(database) for database in databases))
        finally:
            for database in databases:
                await database.close()

    asyncio.run(both())
    assert _on(tmp_path / "a.db", differences) == [[]]


def test_the_database_runs_as_it_should(tmp_path: Path) -> None:
    def pragmas(connection: Connection) -> object:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert _on(tmp_path / "a.db", pragmas) == [["wal", 2, 1, 10_000]]
