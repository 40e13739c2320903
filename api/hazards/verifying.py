"""After "done": asking cameras to look again, taking their looks, and a colleague's word where no camera can look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.service import Principal
from api.cameras.sight import seen_live
from api.errors import NotAllowed, WrongState
from api.evidence import repository as evidence
from api.hazards import looks as rules
from api.hazards import repository, service, ticketing
from api.hazards.kinds import PASSING, SEEN_GONE, WATCHING, Kind
from api.hazards.looks import Look, Outcome, Sees
from api.hazards.models import HazardRow, HazardState, LookRow
from api.house import House
from api.kit.moment import Moment
from api.tickets import chain
from api.tickets import service as tickets
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.tickets.states import Command, TicketState


class LookAsked(BaseModel):
    """A hazard that is said to be gone: look at its place, and say by its incident what is seen. `xyxy` is px of
    `source_wh`; `picture`: bring one where it is there still."""

    incident_id: str
    camera: str
    zone: str
    hazard: Kind
    xyxy: tuple[float, float, float, float]
    source_wh: tuple[int, int]
    since: Moment
    picture: bool


@dataclass(frozen=True, slots=True)
class LookTaken:
    """A worker's look. `still`: sha256 and size of its picture, kept already."""

    incident_id: str
    captured_at: datetime
    sees: Sees
    still: tuple[str, int] | None


async def asked(session: AsyncSession, now: datetime) -> list[LookAsked]:
    """What cameras are asked to look at now, and drones and cars when they next come by."""
    found = []
    watching, passing = now - rules.ASKED_FOR, now - rules.PASSING_ASKED_FOR
    for row, ticket in await repository.being_verified(session, watching, passing):
        if ticket.rectified_at is None or tickets.waits_for_a_judgement(ticket):
            continue
        found.append(
            LookAsked(
                incident_id=row.id,
                camera=row.camera,
                zone=row.zone,
                hazard=Kind(row.kind),
                xyxy=_four(row.xyxy),
                source_wh=(row.source_wh[0], row.source_wh[1]),
                since=ticket.rectified_at,
                picture=rules.wants_picture(ticket.rectified_at, now, rules.RULES[Kind(row.kind)]),
            )
        )
    return found


def _four(values: Sequence[float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = values
    return left, top, right, bottom


async def take_look(desk: Desk, look: LookTaken) -> TicketRow | None:
    """Write a look down and let it count; the ticket that it changed, None where it changed none."""
    row = await repository.by_incident(desk.session, look.incident_id)
    ticket = await _verified(desk.session, row) if row is not None else None
    if row is None or ticket is None or ticket.rectified_at is None or look.captured_at < ticket.rectified_at:
        return None
    seen = await repository.looks_since(desk.session, row.id, ticket.rectified_at)
    if any(one.captured_at >= look.captured_at for one in seen):
        return None  # sent again, or overtaken
    picture = None
    if look.still is not None:
        picture = evidence.record(desk.session, row.id, "look", *look.still, desk.now)
    written = LookRow(
        hazard_id=row.id,
        camera=row.camera,
        captured_at=look.captured_at,
        sees=look.sees.value,
        evidence_id=picture,
        received_at=desk.now,
    )
    desk.session.add(written)
    return await _decide(desk, row, ticket, [*seen, written])


async def _decide(desk: Desk, row: HazardRow, ticket: TicketRow, seen: Sequence[LookRow]) -> TicketRow | None:
    assert ticket.rectified_at is not None, "only what is said to be done is verified"
    found = [Look(one.captured_at, Sees(one.sees)) for one in seen]
    outcome = rules.decide(found, ticket.rectified_at, rules.RULES[Kind(row.kind)])
    if outcome is Outcome.GONE:
        head = await service.source_cleared(desk, row, found[-1].captured_at)
        return ticket if head.state == HazardState.CLEARED else None
    if outcome is Outcome.THERE:
        if picture := next((one.evidence_id for one in reversed(seen) if one.evidence_id), None):
            ticket.hazard.evidence_id = picture
        times = sum(1 for one in found if one.sees is Sees.THERE)
        words = f"there still: seen in {times} looks since it was said to be done"
        await chain.give_back(desk, ticket, ticketing.origin(row), words)
        return ticket
    return None


async def _verified(session: AsyncSession, row: HazardRow) -> TicketRow | None:
    """The ticket of a hazard's head, while its verification waits for what cameras see."""
    ticket = await ticketing.of_head(session, row.merged_into or row.id)
    if ticket is None or ticket.state != TicketState.VERIFYING or tickets.waits_for_a_judgement(ticket):
        return None
    return ticket


async def has_eyes(house: House, session: AsyncSession, ticket: TicketRow) -> bool:
    """Whether a camera that is live, or a drone or car that comes by, is to tell by looking whether it is gone. What
    has not told in two hours is not waited for: none may have come by, or seen it from where it can tell."""
    late = ticket.rectified_at is None or house.clock.now() - ticket.rectified_at > rules.ASKED_FOR
    if late or Kind(ticket.kind) not in SEEN_GONE:
        return False
    members = (await repository.sightings(session, [ticket.hazard_id]))[ticket.hazard_id]
    live = await seen_live(house, session)
    return any(
        row.source in PASSING or (row.source in WATCHING and row.camera in live) for row in (ticket.hazard, *members)
    )


async def colleague_says(house: House, who: Principal, hazard_id: str, *, gone: bool, note: str) -> None:
    """A second person's word, where no camera can look: gone closes the ticket, there sends it back.

    Raises `NotFound`, `WrongState`, and `NotAllowed` for whoever said that it was done.
    """
    async with house.database.writing() as session:
        desk = await Desk.at(house, session)
        head = await service.find_head(session, hazard_id, who.scope)
        ticket = await _verified(session, head)
        if ticket is None:
            raise WrongState("nothing is to be confirmed: nobody has said that it is done, or the centre judges it")
        if await has_eyes(house, session, ticket):
            raise WrongState("a camera looks again by itself, or a patrol that comes by: for two hours it has the word")
        closers = [step.by for step in ticket.history if step.command == Command.CLOSE]
        if closers and closers[-1] == who.username:
            raise NotAllowed("whoever says that it is done cannot also confirm it: ask a colleague")
        if gone:
            words = f"a colleague sees that it is gone{': ' + note if note else ''}"
            tickets.close_by_evidence(ticket, who.username, desk.now, words)
            head.state, head.cleared_at = HazardState.CLEARED, desk.now
            head.source_cleared_at = head.source_cleared_at or desk.now
        else:
            await chain.give_back(desk, ticket, who.username, f"there still{': ' + note if note else ''}")
    house.bus.publish("hazard", head.id, head.grid)
    house.bus.publish("ticket", ticket.id, ticket.grid)
