"""`sanxun db`: checking, keeping and changing the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataDir, data_dir

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.db.archive import Manifest
    from api.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The database: check, backup, restore, upgrade, downgrade.")


def _settings(data: Path | None) -> Settings:
    from api.settings import Settings

    return Settings(data=data_dir(data))


@app.command("check")
def check(
    data: DataDir = None,
    deep: Annotated[bool, typer.Option("--deep", help="Read every picture and sealed original to its end.")] = False,
) -> None:
    """Say whether the database and the files beside it are whole; exit status 1 where they are not."""
    if asyncio.run(_check(_settings(data), deep)):
        raise typer.Exit(1)


async def _check(settings: Settings, deep: bool) -> int:
    from api.db.check import check
    from api.db.engine import Database

    database, total = Database(settings.url), 0
    try:
        async for part, faults in check(database, settings.data, settings.seal_keys, deep):
            print(f"{'FAULTY' if faults else 'ok':<7}{part}")
            for fault in faults:
                print(f"       {fault}")
            total += len(faults)
    finally:
        await database.close()
    return total


@app.command("backup")
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The tar to write; it must not exist yet.")],
    data: DataDir = None,
) -> None:
    """Write all rows and evidence into one file, also while servers run.

    Keys and settings are not in it: keep a copy of those files somewhere else. The last line names them.
    """
    settings = _settings(data)
    manifest = asyncio.run(_backup(settings, target))
    left = ", ".join(map(str, _left_out(settings)))
    print(
        f"{target}: {sum(manifest.tables.values())} rows of {len(manifest.tables)} tables and {manifest.files} files, "
        f"schema {manifest.schema}. Not in it: {left}"
    )


def _left_out(settings: Settings) -> list[Path]:
    """The keys, wherever they are or will be, and those settings that there are."""
    from api.auth.vault import KEY_NAME
    from api.config_file import config_path
    from api.notify.settings import FILE_NAME

    sign_in, notify = settings.sign_in_key_file or settings.data / KEY_NAME, settings.data / FILE_NAME
    config = config_path(settings.data)
    return [settings.seal_keys, sign_in, *([config] if config else []), *([notify] if notify.is_file() else [])]


async def _backup(settings: Settings, target: Path) -> Manifest:
    from datetime import UTC, datetime

    from api.db.archive import back_up
    from api.db.engine import Database

    database = Database(settings.url)
    try:
        return await back_up(database, settings.data, target, datetime.now(UTC))
    finally:
        await database.close()


@app.command("restore")
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="What `sanxun db backup` wrote.")],
    data: DataDir = None,
) -> None:
    """Put a backup into an empty database, whichever kind it came from, and bring it up to date."""
    manifest = asyncio.run(_restore(_settings(data), source))
    print(
        f"{sum(manifest.tables.values())} rows and {manifest.files} files are back, as of {manifest.made_at}. Check "
        "them: sanxun db check --deep"
    )


async def _restore(settings: Settings, source: Path) -> Manifest:
    from api.db.engine import Database
    from api.db.restore import restore

    database = Database(settings.url)
    try:
        return await restore(database, settings.data, source)
    finally:
        await database.close()


@app.command("upgrade")
def upgrade(
    data: DataDir = None,
    revision: Annotated[str, typer.Argument(help="Up to this one; default: the newest.")] = "head",
) -> None:
    """Bring the schema up to date; `sanxun serve` does it by itself unless migrate_on_start is off."""
    from api.db.migrate import upgrade_connection

    _change(_settings(data), lambda connection: upgrade_connection(connection, revision))


@app.command("downgrade")
def downgrade(
    revision: Annotated[str, typer.Argument(help="Down to this one, such as 0004.")],
    data: DataDir = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the schema back, before an older Sanxun is installed again. What only the newer one knows is lost."""
    from api.db.migrate import downgrade_connection, known_revisions

    if revision not in ("base", *known_revisions()):
        raise typer.BadParameter(f"expected one of {', '.join(known_revisions())}", param_hint="REVISION")
    if not yes:
        typer.confirm("Stop all servers first, and make a backup. Go back and lose what is newer?", abort=True)
    _change(_settings(data), lambda connection: downgrade_connection(connection, revision))


def _change(settings: Settings, step: Callable[[Connection], None]) -> None:
    from api.db.engine import Database
    from api.db.migrate import current_revision
    from api.errors import ApiError

    class CannotGoBack(ApiError):
        pass

    async def run() -> tuple[str | None, str | None]:
        database = Database(settings.url)
        try:
            async with database.altering() as connection:
                before = await connection.run_sync(current_revision)
                await connection.run_sync(step)
                return before, await connection.run_sync(current_revision)
        finally:
            await database.close()

    try:
        before, after = asyncio.run(run())
    except ValueError as error:  # a migration that refuses to lose something says so this way
        raise CannotGoBack(str(error)) from None
    print(f"schema {before or 'none'} → {after or 'none'}")
