"""The rules of sealed clips: taken in once, opened on record, deleted in time."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.roles import SEAL_OPENERS, SEAL_WATCHERS
from api.auth.service import Principal
from api.errors import NotFound, Unavailable, Unprocessable
from api.events.models import EventRow
from api.hazards.kinds import Kind
from api.house import House
from api.sealed import repository
from api.sealed.keys import NoKey, WrappedKey
from api.sealed.models import SealedClipRow
from api.sealed.schemas import SealedClip, SealedClips
from api.sealed.store import Damaged, SealedFile
from api.settings import Settings

log = logging.getLogger("sanxun.api")

SEALED, OPENED, DELETED = "clip.sealed", "clip.opened", "clip.deleted"
# Two servers that add to the trail in the same moment: one of them does its work again.
_TRIES = 5


class Rotated(Unavailable):
    """A clip that came while the key changed."""


async def take_clip(house: House, event_id: str, chunks: AsyncIterator[bytes], sent_by: Principal) -> None:
    """Seal an event's clip; the same event's clip given again is let go. Raises `NotFound`, `Unavailable`,
    `Unprocessable`."""
    async with house.database.reading() as session:
        event = await repository.event(session, event_id)
        known = await repository.of_event(session, event_id)
    refusal = NotFound("no such event: a clip comes after its event") if event is None else _no_room(house)
    if event is None or known is not None or refusal is not None:
        # Read to its end, or the sender would see a broken connection in place of the answer.
        async for _ in chunks:
            pass
        if refusal is not None and known is None:
            raise refusal
        return
    try:
        kept = await house.sealed.put(chunks, house.clock.now())
    except ValueError as error:
        fault = {"at": "body", "expected": "a whole MP4 with video", "got": str(error)}
        raise Unprocessable(str(error), [fault]) from None
    try:
        taken = await _sealed(house, event, kept, sent_by)
    except Rotated:
        house.sealed.delete(kept.file_id)
        raise
    if not taken:
        house.sealed.delete(kept.file_id)
    house.bus.publish("hazard", event.incident_id, None)


def _no_room(house: House) -> Unavailable | None:
    """Events come before evidence here too: the database is on this disk."""
    free = shutil.disk_usage(house.settings.data).free
    if free >= house.settings.clips_keep_free_gb * 1e9:
        return None
    log.warning("no clip is taken: %.1f GB of the disk are free", free / 1e9)
    return Unavailable("the server's disk is nearly full; clips wait at their workers, send it again later")


async def _sealed(house: House, event: EventRow, kept: SealedFile, sent_by: Principal) -> bool:
    """False where another delivery of the same clip was faster."""
    for _ in range(_TRIES):
        now = house.clock.now()
        try:
            async with house.database.writing() as session:
                if await repository.of_event(session, event.event_id) is not None:
                    return False
                # Where the key was changed during the upload, the old one may be forgotten after this: a rotation
                # puts rows under the new key in transactions like this one, and no row may come after the last.
                newest = await asyncio.to_thread(house.sealed.keys.newest)
                if newest is None or newest.id != kept.key.key_id:
                    raise Rotated("the key of sealed clips was changed during the upload; send it again")
                session.add(_row(event, kept, now))
                await audit.append(session, _entry(sent_by, SEALED, event.event_id, f"sha256 {kept.sha256}", now))
            return True
        except IntegrityError:
            continue
    return False


def _row(event: EventRow, kept: SealedFile, now: datetime) -> SealedClipRow:
    return SealedClipRow(
        event_id=event.event_id,
        file_id=kept.file_id,
        hazard_id=event.incident_id,
        kind=event.kind,
        sha256=kept.sha256,
        size_bytes=kept.size_bytes,
        duration_s=round(kept.mp4.duration_s, 3),
        began_at=kept.mp4.began_at or event.captured_at,
        received_at=now,
        deleted_at=None,
        key_id=kept.key.key_id,
        wrapped_key=kept.key.text,
    )


@dataclass(frozen=True, slots=True)
class OpenedClip:
    """The clip, in pieces that are read and decrypted as they are asked for."""

    size_bytes: int
    pieces: Iterator[bytes]


async def open_clip(house: House, who: Principal, event_id: str, reason: str) -> OpenedClip:
    """The clip, once the opening has been written down. Raises `NotFound`, `Unavailable`."""
    async with house.database.reading() as session:
        row = await repository.find(session, event_id, who.scope)
    if row is None:
        raise NotFound("no sealed clip of this event, or it lies outside your grids")
    if row.deleted_at is not None or not house.sealed.has(row.file_id, key_of(row)):
        raise NotFound("this clip was deleted when its retention ended")
    for attempt in range(_TRIES):
        try:
            async with house.database.writing() as session:
                await audit.append(session, _entry(who, OPENED, event_id, reason, house.clock.now()))
            break
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    try:
        pieces = await asyncio.to_thread(house.sealed.read, row.file_id, key_of(row))
    except (Damaged, NoKey, OSError) as error:
        log.error("the sealed clip of event %s does not open: %s", event_id, error)
        raise Unavailable("the original does not open; the server's log says why, its operator can help") from None
    return OpenedClip(row.size_bytes, pieces)


def key_of(row: SealedClipRow) -> WrappedKey | None:
    """None: the file is not encrypted."""
    return WrappedKey(row.key_id, row.wrapped_key) if row.key_id and row.wrapped_key else None


async def clips_of(house: House, who: Principal, hazard_id: str) -> SealedClips:
    async with house.database.reading() as session:
        rows = await repository.of_hazard(session, hazard_id, who.scope)
        items = [await _shown(session, row, house.settings) for row in rows]
    return SealedClips(may_open=who.role in SEAL_OPENERS, may_list=who.role in SEAL_WATCHERS, items=items)


async def _shown(session: AsyncSession, row: SealedClipRow, settings: Settings) -> SealedClip:
    return SealedClip(
        event_id=row.event_id,
        began_at=row.began_at,
        duration_s=row.duration_s,
        size_bytes=row.size_bytes,
        delete_by=row.received_at + kept_for(row.kind, settings),
        deleted_at=row.deleted_at,
        openings=await audit.count_of_subject(session, row.event_id, OPENED),
    )


def kept_for(kind: str, settings: Settings) -> timedelta:
    """How long evidence of this kind of hazard is kept."""
    return timedelta(days=settings.retention_days_by_hazard.get(Kind(kind), settings.retention_days))


def _entry(who: Principal, action: str, subject: str, reason: str, now: datetime) -> Entry:
    return Entry(at=now, actor=who.username, role=who.role.value, action=action, subject=subject, reason=reason)
