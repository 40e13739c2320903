"""Taking events in: stored once each, and their effect on hazards and tickets in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.db.also import also
from api.events import repository
from api.events.at_hand import AtHand
from api.events.models import EventRow
from api.events.schemas import AnyEventIn, EventIn, EventsTaken, PlaceIn
from api.evidence import repository as evidence
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


@dataclass(frozen=True, slots=True)
class Sent:
    """What one request brought, with its stills on disk."""

    events: Sequence[AnyEventIn]
    stills: Mapping[str, tuple[str, int]]
    by: str


@dataclass(slots=True)
class Taken:
    accepted: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


async def take_events(house: House, events: Sequence[AnyEventIn], sent_by: str) -> EventsTaken:
    """Store what is new and let it take effect, all or nothing; with what other requests sent at the same time."""
    stills = await _keep_stills(house, [event for event in events if isinstance(event, EventIn)])
    sent = Sent(events, stills, sent_by)
    # What else is to become true with a request is written in its own transaction.
    taken = await (house.intake.ask(sent, partial(take_together, house)) if also.get() is None else _alone(house, sent))
    return EventsTaken(accepted=taken.accepted, duplicates=taken.duplicates)


async def _alone(house: House, sent: Sent) -> Taken:
    return (await take_together(house, [sent]))[0]


async def take_together(house: House, requests: Sequence[Sent]) -> list[Taken]:
    """One transaction for all of them."""
    try:
        taken = await _transaction(house, requests)
    except IntegrityError:
        # Another server on the same database took one of them at this very moment: now it is a duplicate.
        taken = await _transaction(house, requests)
    for effect in (effect for one in taken for effect in one.effects):
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


async def _transaction(house: House, requests: Sequence[Sent]) -> list[Taken]:
    async with house.database.writing() as session:
        events = [event for sent in requests for event in sent.events]
        at_hand = await AtHand.of(session, events)
        desk = await Desk.at(house, session)
        raised = [event for event in events if isinstance(event, EventIn) and at_hand.raises(event)]
        ahead = await rules.look_ahead(desk, [await _new(desk, _row(event, "", desk.now)) for event in raised])
        desk = replace(desk, ahead=ahead)
        taken = [await _take(desk, at_hand, sent) for sent in requests]
        await ahead.tell_all(session)
    return taken


async def _take(desk: Desk, at_hand: AtHand, sent: Sent) -> Taken:
    taken = Taken()
    for event in sent.events:
        if isinstance(event, CameraChangeIn):
            is_new, effect = await _take_trouble(desk, event, sent.by)
        elif is_new := event.event_id not in at_hand.known:
            at_hand.known.add(event.event_id)
            row = _store(desk.session, event, sent.stills.get(event.event_id), sent.by, desk.now)
            effect = await _take_effect(desk, at_hand, row)
        (taken.accepted if is_new else taken.duplicates).append(event.event_id)
        if is_new and effect:
            taken.effects.append(effect)
    return taken


async def _take_trouble(desk: Desk, change: CameraChangeIn, sent_by: str) -> tuple[bool, Effect | None]:
    is_new = await troubles.take_change(desk.session, change, sent_by, desk.now)
    camera = await site.camera(desk.session, change.camera) if is_new else None
    return is_new, Effect((("camera", camera.id),), camera.grid) if camera else None


def _store(
    session: AsyncSession, event: EventIn, still: tuple[str, int] | None, sent_by: str, now: datetime
) -> EventRow:
    row = _row(event, sent_by, now)
    if still is not None:
        row.evidence_id = evidence.record(session, event.incident_id, "still", *still, now)
    session.add(row)
    return row


def _row(event: EventIn, sent_by: str, now: datetime) -> EventRow:
    return EventRow(
        **event.model_dump(exclude={"event", "hazard", "still_jpeg"}),
        change=event.event.value,
        kind=event.hazard.value,
        sent_by=sent_by,
        received_at=now,
    )


async def _take_effect(desk: Desk, at_hand: AtHand, event: EventRow) -> Effect | None:
    incident = event.incident_id
    hazard = at_hand.hazards.get(incident)
    if event.change == Change.CLEARED:
        before = at_hand.cleared_at.get(incident, event.captured_at)
        at_hand.cleared_at[incident] = min(before, event.captured_at)
        if hazard is None:
            return None  # it has overtaken its raising, and waits for it
        head = await rules.source_cleared(desk, hazard, event.captured_at)
        await desk.session.flush()
        return Effect.on(head, await ticketing.of_head(desk.session, head.id))
    if hazard is not None:
        return None
    row = await _new(desk, event)
    at_hand.hazards[incident] = row
    arrived = await rules.arrive(desk, row)
    head = arrived.head
    if cleared_at := at_hand.cleared_at.get(incident):
        head = await rules.source_cleared(desk, arrived.row, cleared_at)
        await desk.session.flush()
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
