"""Whether the database and the files beside it are whole. Looks only."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import Connection, MetaData, and_, func, inspect, select, text

from api.audit import repository as audit
from api.db.engine import Database
from api.db.migrate import current_revision, newest_revision
from api.evidence.models import EvidenceRow
from api.evidence.store import EvidenceStore
from api.sealed.keys import KeyFile, NoKey
from api.sealed.models import SealedClipRow
from api.sealed.service import key_of
from api.sealed.store import Damaged, SealedStore


async def check(database: Database, data: Path, keys: Path, deep: bool) -> AsyncIterator[tuple[str, list[str]]]:
    """Each part's name with what is right about it, and its faults. `deep` reads every file to its end."""
    async with database.engine.connect() as connection:
        found = await connection.run_sync(current_revision)
        if found != newest_revision():
            yield f"schema {found}", [f"this program needs {newest_revision()}: sanxun db upgrade"]
            return
        yield f"schema {found}, the newest", []
        yield await connection.run_sync(_storage)
        yield await connection.run_sync(_references)
    async with database.reading() as session:
        verdict = await audit.verify(session)
    yield f"audit trail of {verdict.count} entries, head {verdict.count}:{verdict.head}", list(verdict.faults)
    yield await _pictures(database, EvidenceStore(data / "evidence"), deep)
    yield await _originals(database, SealedStore(data / "sealed", KeyFile(keys)), deep)


def _storage(connection: Connection) -> tuple[str, list[str]]:
    if connection.dialect.name == "sqlite":
        answers = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
        return "SQLite's own check of its pages", [] if answers == ["ok"] else answers
    bad = connection.scalars(
        text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid OR NOT indisready")
    ).all()
    version = connection.scalar(text("SHOW server_version"))
    return f"PostgreSQL {version}, its indexes", [f"the index {name} is not valid: REINDEX it" for name in bad]


def _references(connection: Connection) -> tuple[str, list[str]]:
    """Rows that refer to others which are not there. No database lets them in; a damaged one may have them."""
    metadata, faults, count = MetaData(), [], 0
    metadata.reflect(connection)
    schema = inspect(connection)
    for table in metadata.sorted_tables:
        for key in schema.get_foreign_keys(table.name):
            other = metadata.tables[key["referred_table"]].alias()
            pairs = list(zip(key["constrained_columns"], key["referred_columns"], strict=True))
            joined = table.outerjoin(other, and_(*[table.c[a] == other.c[b] for a, b in pairs]))
            lost = select(func.count()).select_from(joined)
            lost = lost.where(other.c[pairs[0][1]].is_(None), *[table.c[a].is_not(None) for a, _ in pairs])
            count += 1
            if number := connection.scalar(lost):
                faults.append(f"{number} rows of {table.name} refer to a {key['referred_table']} that is not there")
    return f"{len(metadata.tables)} tables, {count} kinds of reference", faults


async def _pictures(database: Database, store: EvidenceStore, deep: bool) -> tuple[str, list[str]]:
    faults, count = [], 0
    async with database.reading() as session:
        rows = await session.stream_scalars(
            select(EvidenceRow).order_by(EvidenceRow.id), execution_options={"yield_per": 500}
        )
        async for row in rows:
            count += 1
            path = store.path_of(row.sha256)
            if not path.is_file():
                faults.append(f"picture {row.id}: its file is missing")
            elif deep and hashlib.sha256(path.read_bytes()).hexdigest() != row.sha256:
                faults.append(f"picture {row.id}: its file is another one than was kept")
    return f"{count} pictures", faults


async def _originals(database: Database, store: SealedStore, deep: bool) -> tuple[str, list[str]]:
    faults, count, plain = [], 0, 0
    async with database.reading() as session:
        statement = select(SealedClipRow).where(SealedClipRow.deleted_at.is_(None)).order_by(SealedClipRow.event_id)
        rows = await session.stream_scalars(statement, execution_options={"yield_per": 500})
        async for row in rows:
            count, plain = count + 1, plain + (row.wrapped_key is None)
            if fault := _original(store, row, deep):
                faults.append(f"original of event {row.event_id}: {fault}")
    return f"{count} sealed originals, {count - plain} of them encrypted", faults


def _original(store: SealedStore, row: SealedClipRow, deep: bool) -> str | None:
    key = key_of(row)
    if not store.has(row.file_id, key):
        return "its file is missing"
    try:
        if not deep:
            if key is not None:
                store.keys.unwrap(key, row.file_id)
            return None
        digest = hashlib.sha256()
        for piece in store.read(row.file_id, key):
            digest.update(piece)
    except (Damaged, NoKey, OSError) as error:
        return str(error)
    return None if digest.hexdigest() == row.sha256 else "its content is another one than was kept"
