"""Restoring a backup into an empty database, in one transaction, and its files into a folder."""

from __future__ import annotations

import os
import shutil
import tarfile
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, bindparam, func, select, text, update

from api.db.archive import FOLDERS, BackupFailed, Manifest, read_manifest, stored_rows
from api.db.engine import Database
from api.db.migrate import current_revision, known_revisions, upgrade_connection
from api.evidence.store import sync_folder

_AT_ONCE = 500


async def restore(database: Database, data: Path, source: Path) -> Manifest:
    """The backup's rows and files. Raises `BackupFailed` where the database is not empty, or the backup not whole;
    nothing of the rows stays then."""
    try:
        with tarfile.open(source) as tar:
            manifest = read_manifest(tar)
            if manifest.schema not in known_revisions():
                raise BackupFailed(f"this backup has schema {manifest.schema}, which this program does not know")
            # Files first: rows never name a file that is not there.
            _restore_files(tar, data)
            async with database.altering() as connection:
                await connection.run_sync(_restore_rows, tar, manifest)
                await connection.run_sync(upgrade_connection)
    except (OSError, tarfile.TarError) as error:
        raise BackupFailed(f"{source} cannot be restored: {error}") from None
    return manifest


def _restore_rows(connection: Connection, tar: tarfile.TarFile, manifest: Manifest) -> None:
    _require_empty(connection)
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


def _require_empty(connection: Connection) -> None:
    if current_revision(connection) is None:
        return
    metadata = MetaData()
    metadata.reflect(connection)
    # A server makes the row of the site by itself: a database that has only that has never been used.
    for table in metadata.sorted_tables:
        if table.name not in ("alembic_version", "site") and connection.scalar(select(func.count()).select_from(table)):
            raise BackupFailed(
                f"the database is in use: it has rows of {table.name}. Restore into an empty folder (--data NEW) or an "
                "empty PostgreSQL database, look at it, and then let the server use that one"
            )
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
