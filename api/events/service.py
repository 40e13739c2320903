"""Taking events in: stored once each, and their effect on hazards and tickets in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.events import repository
from api.events.models import EventRow
from api.events.schemas import AnyEventIn, EventIn, EventsTaken, PlaceIn
from api.evidence import repository as evidence
from api.hazards import repository as hazards
from api.hazards import service as rules
from api.hazards import ticketing
from api.hazards.models import HazardRow, HazardState
from api.hazards.places import spot_of_camera, spot_on_ground
from api.house import House
from api.site import repository as site
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.troubles import service as troubles
from api.troubles.schemas import CameraChangeIn
from api.wall.bus import Topic
from vision.types import Change


@dataclass(frozen=True, slots=True)
class Effect:
    """What a transaction changed, by topic and id, and the grid it lies in: to be told once it has been committed."""

    told: tuple[tuple[Topic, str], ...]
    grid: str | None

    @classmethod
    def on(cls, hazard: HazardRow, ticket: TicketRow | None) -> Effect:
        if ticket is None:
            return cls((("hazard", hazard.id),), hazard.grid)
        return cls((("hazard", hazard.id), ("ticket", ticket.id)), ticket.grid)


async def take_events(house: House, events: Sequence[AnyEventIn], sent_by: str) -> EventsTaken:
    """Store what is new and let it take effect, all or nothing."""
    stills = await _keep_stills(house, [event for event in events if isinstance(event, EventIn)])
    try:
        taken, effects = await _transaction(house, events, stills, sent_by)
    except IntegrityError:
        # Another server on the same database took one of them at this very moment: now it is a duplicate.
        taken, effects = await _transaction(house, events, stills, sent_by)
    for effect in effects:
        for topic, changed in effect.told:
            house.bus.publish(topic, changed, effect.grid)
    return taken


async def _keep_stills(house: House, events: Sequence[EventIn]) -> dict[str, tuple[str, int]]:
    """Each event's still on disk, before the transaction that refers to it: event id → (sha256, size)."""
    bearing = [event for event in events if event.still_jpeg is not None]
    if not bearing:
        return {}
    async with house.database.reading() as session:
        known = await repository.known(session, [e.event_id for e in bearing])
    return {
        event.event_id: (await house.evidence.put(event.still_jpeg), len(event.still_jpeg))
        for event in bearing
        if event.still_jpeg is not None and event.event_id not in known
    }


async def _transaction(
    house: House, events: Sequence[AnyEventIn], stills: Mapping[str, tuple[str, int]], sent_by: str
) -> tuple[EventsTaken, list[Effect]]:
    accepted: list[str] = []
    duplicates: list[str] = []
    effects: list[Effect] = []
    now = house.clock.now()
    async with house.database.writing() as session:
        known = await repository.known(session, [e.event_id for e in events])
        desk = await Desk.at(house, session)
        for event in events:
            if isinstance(event, CameraChangeIn):
                is_new = await troubles.take_change(session, event, sent_by, now)
                (accepted if is_new else duplicates).append(event.event_id)
                if is_new and (camera := await site.camera(session, event.camera)):
                    effects.append(Effect((("camera", camera.id),), camera.grid))
                continue
            if event.event_id in known:
                duplicates.append(event.event_id)
                continue
            known.add(event.event_id)
            accepted.append(event.event_id)
            row = _store(session, event, stills.get(event.event_id), sent_by, now)
            if effect := await _take_effect(desk, row):
                effects.append(effect)
    return EventsTaken(accepted=accepted, duplicates=duplicates), effects


def _store(
    session: AsyncSession, event: EventIn, still: tuple[str, int] | None, sent_by: str, now: datetime
) -> EventRow:
    evidence_id = None
    if still is not None:
        evidence_id = evidence.record(session, event.incident_id, "still", *still, now)
    row = EventRow(
        **event.model_dump(exclude={"event", "hazard", "still_jpeg"}),
        change=event.event.value,
        kind=event.hazard.value,
        evidence_id=evidence_id,
        sent_by=sent_by,
        received_at=now,
    )
    session.add(row)
    return row


async def _take_effect(desk: Desk, event: EventRow) -> Effect | None:
    hazard = await hazards.by_incident(desk.session, event.incident_id)
    if event.change == Change.CLEARED:
        if hazard is None:
            return None  # it has overtaken its raising, and waits for it
        head = await rules.source_cleared(desk, hazard, event.captured_at)
        return Effect.on(head, await ticketing.of_head(desk.session, head.id))
    if hazard is not None:
        return None
    arrived = await rules.arrive(desk, await _new(desk, event))
    head = arrived.head
    if clearing := await repository.first_clearing(desk.session, event.incident_id):
        head = await rules.source_cleared(desk, arrived.row, clearing.captured_at)
    return Effect.on(head, arrived.ticket)


async def _new(desk: Desk, event: EventRow) -> HazardRow:
    camera = await site.camera(desk.session, event.camera)
    zone = await site.zone(desk.session, event.camera, event.zone)
    if event.place is not None:
        spot = spot_on_ground(PlaceIn.model_validate(event.place), desk.town)
    else:
        spot = spot_of_camera(camera, zone, desk.town)
    return HazardRow(
        id=event.incident_id,
        kind=event.kind,
        source=event.source,
        camera=event.camera,
        zone=event.zone,
        grid=spot.grid,
        lon=spot.lon,
        lat=spot.lat,
        uncertainty_m=spot.uncertainty_m,
        place=spot.place,
        state=HazardState.OPEN,
        raised_at=event.captured_at,
        began_at=event.began_at,
        cleared_at=None,
        xyxy=event.xyxy,
        source_wh=event.source_wh,
        confidence=event.confidence,
        why=event.why,
        evidence_id=event.evidence_id,
    )
