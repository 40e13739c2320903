"""Putting a better still in the place of an event's first one."""

from __future__ import annotations

import asyncio

from api.db.revisions import NOWHERE, touch
from api.errors import NotFound, TooLarge, Unprocessable
from api.events.models import EventRow
from api.events.schemas import MOST_STILL_BYTES
from api.evidence import repository
from api.evidence.models import EvidenceRow
from api.evidence.photos import picture_wh
from api.hazards import repository as hazards
from api.house import House


async def replace_still(house: House, event_id: str, jpeg: bytes) -> None:
    """Raises `NotFound`, `TooLarge`, `Unprocessable`. The picture that was there before is deleted."""
    _check(jpeg)
    async with house.database.reading() as session:
        if await session.get(EventRow, event_id) is None:
            raise NotFound("no such event: a picture comes with its event or after it")
    sha256 = await house.evidence.put(jpeg)
    async with house.database.writing() as session:
        event = await session.get(EventRow, event_id)
        if event is None:
            return
        old = await session.get(EvidenceRow, event.evidence_id) if event.evidence_id else None
        if old is not None and old.sha256 == sha256:
            return
        new_id = repository.record(session, event.incident_id, "still", sha256, len(jpeg), house.clock.now())
        hazard = await hazards.by_incident(session, event.incident_id)
        if hazard is not None and hazard.evidence_id == event.evidence_id:
            hazard.evidence_id = new_id
            for head in (await hazards.by_ids(session, [hazard.merged_into or hazard.id])).values():
                touch(session, head.grid or NOWHERE)
        event.evidence_id = new_id
        unused = old is not None and not await repository.shared(session, old)
        if old is not None:
            await session.delete(old)
    if old is not None and unused:
        await asyncio.to_thread(house.evidence.delete, old.sha256)
    if hazard is not None:
        house.bus.publish("hazard", hazard.id, hazard.grid)


def _check(jpeg: bytes) -> None:
    if len(jpeg) > MOST_STILL_BYTES:
        raise TooLarge(f"a still should have at most {MOST_STILL_BYTES} bytes; this has {len(jpeg)}")
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise Unprocessable(
            "a still should be a JPEG; this does not begin like one",
            [{"at": "body", "expected": "a JPEG", "got": f"{len(jpeg)} other bytes"}],
        )
    picture_wh(jpeg)
