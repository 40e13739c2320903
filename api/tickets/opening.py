"""A ticket for a hazard, walked to where it first waits for somebody."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from api.hazards.kinds import Source
from api.hazards.models import HazardRow
from api.tickets import clocks
from api.tickets.assign import Spot, unit_of
from api.tickets.chain import dispatch
from api.tickets.desk import Desk
from api.tickets.kinds import rule_for
from api.tickets.models import TicketRow
from api.tickets.service import SYSTEM, move, note_down
from api.tickets.states import Command, TicketState


@dataclass(frozen=True, slots=True)
class Opening:
    """`waits`: somebody's word, which the command centre registers or rejects; what a machine saw needs no such look.
    `recurrence_of`: the id of the ticket that it follows."""

    hazard: HazardRow
    spot: Spot = field(default_factory=Spot)
    camera_name: str = ""
    zone_name: str = ""
    source: Source = Source.CAMERA
    by: str = SYSTEM
    note: str = ""
    recurrence_of: str | None = None
    waits: bool = False


async def open_ticket(desk: Desk, opening: Opening) -> TicketRow:
    """The hazard's ticket, added to the session: *dispatched*, held as *registered*, or *received* where it waits. The
    hazard is given the unit that the ticket goes by."""
    hazard = opening.hazard
    unit, cause = unit_of(desk, opening.spot)
    hazard.grid = unit
    ticket = _row(desk, opening, unit, cause)
    note_down(
        ticket, Command.RECEIVE, opening.by, desk.now, opening.note or f"raised by {opening.source} {hazard.camera}"
    )
    # Written once, as it is after all of its first steps.
    with desk.session.no_autoflush:
        desk.session.add_all([hazard, ticket])
        if not opening.waits:
            await register(desk, ticket)
    if ticket.number is None and desk.ahead is None:
        await desk.session.flush()
    return ticket


async def register(desk: Desk, ticket: TicketRow, by: str = SYSTEM, note: str = "") -> None:
    """received → registered, and on to whoever is on duty."""
    move(desk, ticket, Command.REGISTER, by, note)
    await dispatch(desk, ticket)


def _row(desk: Desk, opening: Opening, unit: str | None, cause: str) -> TicketRow:
    hazard, rule = opening.hazard, rule_for(opening.hazard.kind)
    ticket = TicketRow(
        id=str(uuid.uuid4()),
        hazard=hazard,
        kind=hazard.kind,
        camera=hazard.camera,
        camera_name=opening.camera_name or hazard.camera,
        zone=hazard.zone,
        zone_name=opening.zone_name or hazard.zone,
        grid=unit,
        lon=opening.spot.lon,
        lat=opening.spot.lat,
        radius_m=opening.spot.radius_m,
        state=TicketState.RECEIVED.value,
        source=opening.source.value,
        cause=cause,
        dispatched_to=[],
        escalations=0,
        respond_overdue=False,
        rectify_overdue=False,
        recurrence_of=opening.recurrence_of,
        created_at=desk.now,
        changed_at=desk.now,
        # Until it is dispatched these are only what they would be: `dispatched_at` is null, and no clock runs.
        respond_by=desk.now + rule.respond,
        rectify_by=desk.now + rule.rectify,
        history=[],
    )
    clocks.decide_anew(ticket, desk.now)
    return ticket
