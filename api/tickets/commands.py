"""One command of a person on one ticket, in one transaction."""

from __future__ import annotations

import asyncio

from api.auth.service import Principal
from api.errors import NotAllowed
from api.evidence import repository as evidence
from api.hazards import service as hazards
from api.house import House
from api.tickets import chain, opening, service
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.tickets.schemas import Ticket
from api.tickets.service import Given
from api.tickets.states import Command

_LAST_WORDS = (Command.CONFIRM, Command.REJECT, Command.VOID)


async def run_command(house: House, who: Principal, ticket_id: str, given: Given) -> Ticket:
    """The ticket after the command. Given again, it answers the ticket as it is. Raises the errors of `service`."""
    # Looked at first without the writer's lock: cleaning a photo takes a while, a refusal needs none.
    async with house.database.reading() as session:
        ticket = await service.find(session, ticket_id, who.scope)
        if service.is_repeat(ticket, given.command, who):
            return Ticket.of(ticket, who)
        service.check_command(ticket, given, who, house.clock.now())
    kept = await _keep(house, given.photo)
    async with house.database.writing() as session:
        desk = await Desk.at(house, session)
        ticket = await service.find(session, ticket_id, who.scope)
        if service.is_repeat(ticket, given.command, who):
            return Ticket.of(ticket, who)
        service.check_command(ticket, given, who, desk.now)
        if kept is not None:
            sha256, size = kept
            ticket.closing_photo_id = evidence.record(session, ticket.hazard_id, "closing", sha256, size, desk.now)
        await give(desk, ticket, given, who)
        await session.flush()
        answer = Ticket.of(ticket, who)
    house.bus.publish("ticket", ticket.id, ticket.grid)
    return answer


async def give(desk: Desk, ticket: TicketRow, given: Given, who: Principal) -> None:
    """Carry out a command that `service.check_command` let pass."""
    by, note = who.username, given.note
    match given.command:
        case Command.REGISTER:
            await opening.register(desk, ticket, by, note)
        case Command.DISPATCH:
            if given.unit is not None and not who.scope.covers(given.unit):
                raise NotAllowed(f"{given.unit} lies outside your units: hand the ticket up, and they send it there")
            await chain.send_to(desk, ticket, given.unit, by, note)
        case Command.ESCALATE:
            await chain.hand_up(desk, ticket, given.unit, by, note)
        case Command.RETURN:
            await chain.give_back(desk, ticket, by, note)
        case Command.RESUME:
            await chain.resume(desk, ticket, by, note)
        case Command.SUSPEND:
            chain.suspend(desk, ticket, given, by)
        case _:
            service.move(desk, ticket, given.command, by, note)
    if given.command is Command.ACCEPT or (given.command is Command.FALSE_ALARM and ticket.assignee is None):
        ticket.assignee = by
    if given.command is Command.CLOSE:
        service.take_done(ticket, desk.now)
    if given.command in _LAST_WORDS:
        await hazards.people_decided(desk, ticket.hazard)


async def _keep(house: House, photo: bytes | None) -> tuple[str, int] | None:
    """The photo cleaned and on disk: its sha256 and size."""
    if photo is None:
        return None
    jpeg = await asyncio.to_thread(house.photos.clean, photo)
    return await house.evidence.put_clean(jpeg), len(jpeg)
