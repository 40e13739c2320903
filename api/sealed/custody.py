"""Changing how sealed originals lie on the disk: a new key, encrypting what is from before, and the way back.

Safe beside running servers and after a crash in the middle: begun again, each goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import repository as audit
from api.audit.chain import Entry
from api.db.engine import Database
from api.sealed.keys import KeyFile
from api.sealed.models import SealedClipRow
from api.sealed.service import key_of
from api.sealed.store import SealedStore

ROTATED, ENCRYPTED, DECRYPTED = "seal.rotated", "clip.encrypted", "clip.decrypted"
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Custody:
    """How many originals lie under which key; None: not encrypted."""

    by_key: dict[str | None, int]


async def custody(database: Database) -> Custody:
    async with database.reading() as session:
        statement = select(SealedClipRow.key_id, func.count()).where(SealedClipRow.deleted_at.is_(None))
        rows = await session.execute(statement.group_by(SealedClipRow.key_id))
        return Custody({row[0]: row[1] for row in rows})


async def rotate(database: Database, keys: KeyFile, now: datetime, forget: bool) -> int:
    """A new key, and every original's own key encrypted with it. With `forget` the old ones leave the key file: then
    backups from before do not open any more. Raises `Busy`."""
    with keys.one_command():
        return await _rotate(database, keys, now, forget)


async def _rotate(database: Database, keys: KeyFile, now: datetime, forget: bool) -> int:
    added, changed = await asyncio.to_thread(keys.add, now), 0
    while True:
        async with database.writing() as session:
            newest = keys.newest() or added  # another one, where somebody else rotates too
            rows = await _with_other_key(session, newest.id)
            for row in rows:
                wrapped = key_of(row)
                assert wrapped is not None
                again = keys.wrap(keys.unwrap(wrapped, row.file_id), row.file_id, now)
                row.key_id, row.wrapped_key = again.key_id, again.text
            if not rows:
                words = f"{changed} originals now under key {newest.id}{', older keys forgotten' if forget else ''}"
                await audit.append(session, Entry(now, "system", "system", ROTATED, newest.id, words))
                break
        changed += len(rows)
    if forget:
        await asyncio.to_thread(keys.forget, {key.id for key in keys.all()} - {newest.id})
    return changed


async def _with_other_key(session: AsyncSession, key_id: str) -> Sequence[SealedClipRow]:
    statement = select(SealedClipRow).where(SealedClipRow.wrapped_key.is_not(None), SealedClipRow.key_id != key_id)
    return (await session.scalars(statement.limit(_AT_ONCE))).all()


async def encrypt_plain(database: Database, store: SealedStore, now: datetime) -> int:
    """Encrypt what lies there from before there was encryption. Raises `Busy`."""
    with store.keys.one_command():
        return await _each(database, store, now, encrypt=True)


async def decrypt_all(database: Database, store: SealedStore, now: datetime) -> int:
    """Before the schema goes back to one that knows no keys. Raises `Busy`."""
    with store.keys.one_command():
        return await _each(database, store, now, encrypt=False)


async def _each(database: Database, store: SealedStore, now: datetime, *, encrypt: bool) -> int:
    wanted = SealedClipRow.wrapped_key.is_(None) if encrypt else SealedClipRow.wrapped_key.is_not(None)
    for done in count():
        async with database.reading() as session:
            row = await session.scalar(select(SealedClipRow).where(wanted, SealedClipRow.deleted_at.is_(None)).limit(1))
        if row is None:
            return done
        key, new = key_of(row), None
        if key is None:
            new = await asyncio.to_thread(store.encrypt, row.file_id, now)
        else:
            await asyncio.to_thread(store.decrypt, row.file_id, key)
        async with database.writing() as session:
            current = await session.get(SealedClipRow, row.event_id)
            if current is None or current.deleted_at is not None:
                continue
            newest = await asyncio.to_thread(store.keys.newest)
            if new is not None and (newest is None or newest.id != new.key_id):
                continue  # a key that may be forgotten after this, as where a clip comes: it is done again
            current.key_id, current.wrapped_key = (new.key_id, new.text) if new else (None, None)
            action = ENCRYPTED if encrypt else DECRYPTED
            await audit.append(session, Entry(now, "system", "system", action, row.event_id, "by command"))
        # A server that has just read the row may still open the old file: what is open stays readable.
        await asyncio.to_thread(store.drop, row.file_id, sealed=not encrypt)
    raise AssertionError
