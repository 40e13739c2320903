"""Bringing a database to the newest schema, from the migrations inside the package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from api.db.engine import Database

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def upgrade_connection(connection: Connection, revision: str = "head") -> None:
    config = alembic_config()
    wanted = ScriptDirectory.from_config(config).as_revision_number(revision)
    if MigrationContext.configure(connection).get_current_revision() == wanted:
        return
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def migrate(database: Database) -> None:
    """Upgrade to the newest schema in one writing transaction: two processes that start together do it once."""
    async with database.writing_engine.begin() as connection:
        await connection.run_sync(upgrade_connection)
