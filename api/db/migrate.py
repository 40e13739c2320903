"""Bringing a database to the newest schema, from the migrations inside the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from api.db.engine import Database
from api.errors import ApiError

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


class NewerDatabase(ApiError):
    """A newer program has been at this database."""


class OlderDatabase(ApiError):
    """A database that was not brought up to date, where that is somebody's own task."""


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _scripts() -> ScriptDirectory:
    """Read once: each reading runs every migration's module anew, which was a third of a command's start."""
    return ScriptDirectory.from_config(alembic_config())


def upgrade_connection(connection: Connection, revision: str = "head") -> None:
    """Raises `NewerDatabase`."""
    config = alembic_config()
    wanted = _scripts().as_revision_number(revision)
    if current_revision(connection) == wanted:
        return
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def downgrade_connection(connection: Connection, revision: str) -> None:
    """Raises `NewerDatabase`."""
    config = alembic_config()
    current_revision(connection)
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


def current_revision(connection: Connection) -> str | None:
    """None for an empty database. Raises `NewerDatabase` where this program does not know it."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in known_revisions():
        raise NewerDatabase(
            f"the database is at revision {found}, which this program does not know (its newest is {newest_revision()})"
            f": a newer Sanxun wrote it. Install that one again, or let it go back first: sanxun db downgrade "
            f"{newest_revision()}"
        )
    return found


def known_revisions() -> list[str]:
    """The oldest first."""
    return [script.revision for script in _scripts().walk_revisions()][::-1]


def newest_revision() -> str:
    return known_revisions()[-1]


async def migrate(database: Database) -> None:
    """Upgrade to the newest schema in one writing transaction: two processes that start together do it once."""
    async with database.altering() as connection:
        await connection.run_sync(upgrade_connection)


async def require_newest(database: Database) -> None:
    """Raises `OlderDatabase`, `NewerDatabase`."""
    async with database.engine.connect() as connection:
        found = await connection.run_sync(current_revision)
    if found != newest_revision():
        raise OlderDatabase(
            f"the database is at revision {found}, this program needs {newest_revision()}, and migrate_on_start is off:"
            " make a backup (sanxun db backup) and then upgrade it (sanxun db upgrade)"
        )
