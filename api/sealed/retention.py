"""Deletion for real: clips and pictures go when their retention ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from api.audit import repository as audit
from api.audit.chain import Entry
from api.evidence import repository as pictures
from api.evidence.views import forget_views
from api.hazards.kinds import Kind
from api.house import House
from api.sealed import repository
from api.sealed.models import SealedClipRow
from api.sealed.service import DELETED, kept_for
from api.suggestions.service import forget_overdue

log = logging.getLogger("sanxun.api")

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Deleted:
    clips: int
    pictures: int
    strays: int


@asynccontextmanager
async def retention(house: House) -> AsyncIterator[None]:
    """Delete what is overdue at once and every `retention_every_s` seconds, for as long as the block lasts."""
    task = asyncio.create_task(_keep_deleting(house))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_deleting(house: House) -> None:
    while True:
        try:
            await delete_overdue(house)
        except Exception:  # the next round tries again; the server goes on
            log.exception("evidence whose retention has ended could not all be deleted")
        await asyncio.sleep(house.settings.retention_every_s)


async def delete_overdue(house: House) -> Deleted:
    """One round. A file goes first and its row after it: what a crash leaves is taken up by the next round."""
    now = house.clock.now()
    clips = shown = 0
    for kind in Kind:
        before = now - kept_for(kind, house.settings)
        while found := await _delete_clips(house, kind, before, now):
            clips += found
        while found := await _delete_pictures(house, kind, before):
            shown += found
    await forget_overdue(house)
    async with house.database.writing(on=()) as session:
        await forget_views(session, now - timedelta(days=house.settings.view_record_days))
    deleted = Deleted(clips, shown, await _sweep(house) + await _sweep_pictures(house))
    if any((deleted.clips, deleted.pictures, deleted.strays)):
        log.info(
            "retention ended: %d clips and %d pictures deleted, and %d files that nothing named",
            deleted.clips,
            deleted.pictures,
            deleted.strays,
        )
    return deleted


async def _delete_clips(house: House, kind: Kind, before: datetime, now: datetime) -> int:
    async with house.database.reading() as session:
        rows = await repository.overdue(session, kind, before, _AT_ONCE)
    for row in rows:
        await asyncio.to_thread(house.sealed.delete, row.file_id)
    if rows:
        await _write_down(house, [row.event_id for row in rows], now)
    return len(rows)


async def _write_down(house: House, event_ids: list[str], now: datetime) -> None:
    with suppress(IntegrityError):  # another server writes the trail too: the next round finds them again
        async with house.database.writing() as session:
            for event_id in event_ids:
                row = await session.get(SealedClipRow, event_id)
                if row is None or row.deleted_at is not None:
                    continue
                # Its key goes too: what a disk may keep of the file's blocks opens for nobody.
                row.deleted_at, row.wrapped_key = now, None
                await audit.append(session, Entry(now, "system", "system", DELETED, event_id, "retention ended"))


async def _delete_pictures(house: House, kind: Kind, before: datetime) -> int:
    """Stills and closing photos, of tickets that are closed: one that is open needs its picture still."""
    async with house.database.reading() as session:
        rows = await pictures.overdue(session, kind, before, _AT_ONCE)
    if not rows:
        return 0
    async with house.database.writing() as session:
        for row in rows:
            if not await pictures.shared(session, row):
                await asyncio.to_thread(house.evidence.delete, row.sha256)
            await pictures.forget(session, row.id)
    return len(rows)


async def _sweep(house: House) -> int:
    async with house.database.reading() as session:
        known = await repository.file_ids(session)
    strays = await asyncio.to_thread(house.sealed.strays, known)
    for path in strays:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return len(strays)


async def _sweep_pictures(house: House) -> int:
    """Pictures are on the disk before the transaction that names them: of a look that nobody asked any more, or after a
    crash, none ever does."""
    swept, folders = 0, house.evidence.old_files()
    while (found := await asyncio.to_thread(next, folders, None)) is not None:
        async with house.database.reading() as session:
            known = await pictures.named(session, found)
        for sha256 in found.keys() - known:
            swept += await asyncio.to_thread(house.evidence.sweep, found[sha256])
    return swept
