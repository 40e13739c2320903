"""Restoring a backup into an empty database, in one transaction, and its files into a folder."""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, bindparam, func, select, text, update

from api.db.archive import FOLDERS, BackupFailed, Manifest, read_manifest, stored_rows
from api.db.base import Base
from api.db.engine import Database
from api.db.migrate import current_revision, known_revisions, upgrade_connection
from api.db.revisions import EVERYWHERE, PlaceRevision
from api.evidence.store import sync_folder

_AT_ONCE = 500
# A server makes the one row of each by itself: a database that has only these has never been used.
_ONES_OWN = ("alembic_version", "site", "town")


async def restore(database: Database, data: Path, source: Path) -> Manifest:
    """The backup's rows and files. Raises `BackupFailed` where the database is not empty, or the backup not whole;
    nothing of the rows stays then."""
    try:
        with tarfile.open(source) as tar:
            manifest = read_manifest(tar)
            if manifest.schema not in known_revisions():
                raise BackupFailed(f"this backup has schema {manifest.schema}, which this program does not know")
            # Looked at before the files are written: a used folder would get back what its retention has deleted.
            async with database.engine.connect() as connection:
                await connection.run_sync(_require_empty)
            # Files first: rows never name a file that is not there.
            _restore_files(tar, data)
            async with database.altering() as connection:
                await connection.run_sync(_restore_rows, tar, manifest)
                await connection.run_sync(upgrade_connection)
                await connection.run_sync(_begin_anew)
    except (OSError, tarfile.TarError) as error:
        raise BackupFailed(f"{source} cannot be restored: {error}") from None
    return manifest


def _restore_rows(connection: Connection, tar: tarfile.TarFile, manifest: Manifest) -> None:
    _require_empty(connection)
    _empty(connection)
    upgrade_connection(connection, manifest.schema)
    metadata = MetaData()
    metadata.reflect(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    for table in metadata.sorted_tables:
        if table.name in manifest.tables:
            connection.execute(table.delete())  # what a migration has put in: the backup has it too
            count = _fill(connection, table, tar)
            if count != manifest.tables[table.name]:
                raise BackupFailed(f"the backup has {count} rows of {table.name}, and should have had more")
    if missing := sorted(set(manifest.tables) - set(metadata.tables)):
        raise BackupFailed(f"the backup has a table {missing[0]} that schema {manifest.schema} has not")


def _begin_anew(connection: Connection) -> None:
    """Polls count changes, and those who asked before counted further: no number of theirs may come again."""
    table = Base.metadata.tables[PlaceRevision.__tablename__]
    connection.execute(table.delete().where(table.c.place == EVERYWHERE))
    connection.execute(table.insert(), {"place": EVERYWHERE, "revision": secrets.randbits(48)})


def _require_empty(connection: Connection) -> None:
    if current_revision(connection) is None:
        return
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        if table.name not in _ONES_OWN and connection.scalar(select(func.count()).select_from(table)):
            raise BackupFailed(
                f"the database is in use: it has rows of {table.name}. Restore into an empty folder (--data NEW) or an "
                "empty PostgreSQL database, look at it, and then let the server use that one"
            )


def _empty(connection: Connection) -> None:
    metadata = MetaData()
    metadata.reflect(connection)
    for table in reversed(metadata.sorted_tables):
        table.drop(connection)


def _fill(connection: Connection, table: Table, tar: tarfile.TarFile) -> int:
    """Rows that refer to others of their own table get that afterwards: PostgreSQL asks for it at once."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    later: list[dict[str, Any]] = []
    rows, count = stored_rows(tar, table.name), 0
    [key] = table.primary_key.columns if own else [None]
    while batch := [_for(connection, row) for row in islice(rows, _AT_ONCE)]:
        for row in batch:
            if any(row.get(name) is not None for name in own):
                assert key is not None
                later.append({"its_key": row[key.name], **{name: row[name] for name in own}})
                row.update(dict.fromkeys(own))
        connection.execute(table.insert(), batch)
        count += len(batch)
    if later:
        assert key is not None
        statement = update(table).where(key == bindparam("its_key")).values({name: bindparam(name) for name in own})
        connection.execute(statement, later)
    _count_on(connection, table)
    return count


def _for(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    if connection.dialect.name != "sqlite":
        return row
    return {
        name: value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL counts new numbers by itself, and does not look at those that were put in."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": f'"{table.name}"', "column": column.name}
        )
        if sequence:
            highest = connection.scalar(select(func.max(column)))
            connection.execute(
                text("SELECT setval(:sequence, :value, :called)"),
                {"sequence": sequence, "value": highest or 1, "called": highest is not None},
            )


def _restore_files(tar: tarfile.TarFile, data: Path) -> None:
    touched: set[Path] = set()
    for member in tar:
        parts = Path(member.name).parts
        if not member.isreg() or len(parts) != 3 or parts[0] not in FOLDERS or ".." in parts:
            continue
        path = data.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = tar.extractfile(member)
        assert content is not None
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            shutil.copyfileobj(content, file)
            os.fsync(file.fileno())
        touched.add(path.parent)
    for folder in touched:
        sync_folder(folder)
