"""Backups: one tar with the rows as JSON lines and the files of evidence, whichever database they came from.

A backup of SQLite can be restored into PostgreSQL and the other way round, and one of an older schema into a newer
program: the rows go into the schema they came from, which is then brought up to date. In the tar:

    manifest.json           what made it, schema, tables with their counts of rows; last, so that a torn one shows
    rows/TABLE.jsonl.gz     one JSON object a row, in order of the primary key
    evidence/…, sealed/…    the files; sealed originals as they lie there, encrypted, without their keys
"""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, MetaData, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.db.engine import Database
from api.db.migrate import current_revision
from api.errors import ApiError

FORMAT = 1
FOLDERS = ("evidence", "sealed")
_VERSION_TABLE = "alembic_version"
_ROWS_AT_ONCE = 1000


class BackupFailed(ApiError):
    """A backup that cannot be made, read or restored; the detail says what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    format: int
    made_at: str
    schema: str
    tables: dict[str, int]
    files: int


async def back_up(database: Database, data: Path, target: Path, now: datetime) -> Manifest:
    """Write a backup beside a running server: rows of one moment, then the files that they name, which outlive it.

    Raises `BackupFailed` where `target` exists or cannot be written.
    """
    part = _part_of(target)
    try:
        # For the server's user alone: accounts, addresses of cameras and pictures are in it.
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            async with database.engine.connect() as connection:
                schema = await connection.run_sync(current_revision)
                tables = await connection.run_sync(_tables)
                counts = {table.name: await _add_rows(tar, connection, table) for table in tables}
            files = sum(_add_folder(tar, data, name) for name in FOLDERS)
            manifest = Manifest(FORMAT, now.astimezone(UTC).isoformat(), schema or "", counts, files)
            _add_bytes(tar, "manifest.json", json.dumps(asdict(manifest), indent=1).encode())
        part.replace(target)
    except OSError as error:
        raise BackupFailed(f"the backup cannot be written to {target}: {error}") from None
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _part_of(target: Path) -> Path:
    if target.exists():
        raise BackupFailed(f"{target} exists already; name another file")
    return target.with_name(target.name + ".part")


def _tables(connection: Connection) -> list[Table]:
    """As the database has them, not as this program's models say; those that others refer to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _VERSION_TABLE]


async def _add_rows(tar: tarfile.TarFile, connection: AsyncConnection, table: Table) -> int:
    count = 0
    with tempfile.TemporaryFile() as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=5) as packed:
            async for row in _rows(connection, table):
                packed.write(json.dumps(row, ensure_ascii=False, default=_plain).encode() + b"\n")
                count += 1
        _add_file(tar, f"rows/{table.name}.jsonl.gz", file)
    return count


async def _rows(connection: AsyncConnection, table: Table) -> AsyncIterator[dict[str, Any]]:
    statement = select(table).order_by(*table.primary_key.columns)
    async with connection.stream(statement, execution_options={"yield_per": _ROWS_AT_ONCE}) as found:
        async for row in found:
            yield dict(row._mapping)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        # SQLite keeps UTC without saying so.
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return {"$at": moment.isoformat()}
    if isinstance(value, bytes):
        return {"$hex": value.hex()}
    raise BackupFailed(f"a column holds a {type(value).__name__}, which a backup cannot hold")


def _add_folder(tar: tarfile.TarFile, data: Path, name: str) -> int:
    count = 0
    for path in sorted((data / name).glob("*/*")):
        if path.suffix == ".part":
            continue
        try:
            with path.open("rb") as file:
                _add_file(tar, str(path.relative_to(data)), file)
        except FileNotFoundError:  # its retention ended while we came to it
            continue
        count += 1
    return count


def _add_file(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = file.seek(0, io.SEEK_END), 0o600
    file.seek(0)
    tar.addfile(info, file)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    _add_file(tar, name, io.BytesIO(content))


def read_manifest(tar: tarfile.TarFile) -> Manifest:
    """Raises `BackupFailed` for what is no whole backup, or one of a newer program."""
    try:
        member = tar.extractfile("manifest.json")
        content = json.load(member) if member else {}
        manifest = Manifest(**content)
    except (KeyError, TypeError, ValueError, tarfile.TarError):
        raise BackupFailed("this is no whole backup: it has no manifest; was it cut short?") from None
    if manifest.format != FORMAT:
        raise BackupFailed(f"this backup has format {manifest.format}, this program reads {FORMAT}: use a newer one")
    return manifest


def stored_rows(tar: tarfile.TarFile, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a table as they were. Raises `BackupFailed`."""
    try:
        member = tar.extractfile(f"rows/{table}.jsonl.gz")
        assert member is not None
        with gzip.GzipFile(fileobj=member) as unpacked:
            for line in unpacked:
                yield json.loads(line, object_hook=_lively)
    except (KeyError, AssertionError, OSError, EOFError, ValueError) as error:
        raise BackupFailed(f"the rows of {table} in the backup are damaged: {error}") from None


def _lively(found: dict[str, Any]) -> Any:
    if set(found) == {"$at"}:
        return datetime.fromisoformat(found["$at"])
    return bytes.fromhex(found["$hex"]) if set(found) == {"$hex"} else found
