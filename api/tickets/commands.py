"""One command of a person on one ticket, in one transaction."""

from __future__ import annotations

import asyncio

from api.auth.service import Principal
from api.evidence import repository as evidence
from api.house import House
from api.tickets import service
from api.tickets.models import TicketRow
from api.tickets.schemas import Ticket
from api.tickets.states import Command


async def run_command(
    house: House,
    who: Principal,
    ticket_id: str,
    command: Command,
    note: str,
    if_match: str | None,
    photo: bytes | None = None,
) -> Ticket:
    """The ticket after the command. Given again, it answers the ticket as it is. Raises the errors of `service`."""
    # Looked at first without the writer's lock: cleaning a photo takes a while, a refusal needs none.
    async with house.database.reading() as session:
        ticket = await service.find(session, ticket_id, who.scope)
        if service.is_repeat(ticket, command, who):
            return Ticket.of(ticket, who)
        _check(ticket, command, who, note, if_match, photo)
    kept = await _keep(house, photo)
    async with house.database.writing() as session:
        ticket = await service.find(session, ticket_id, who.scope)
        if service.is_repeat(ticket, command, who):
            return Ticket.of(ticket, who)
        _check(ticket, command, who, note, if_match, photo)
        now = house.clock.now()
        if kept is not None:
            sha256, size = kept
            ticket.closing_photo_id = evidence.record(session, ticket.hazard_id, "closing", sha256, size, now)
        service.give_command(ticket, command, who, now, note)
        await session.flush()
        answer = Ticket.of(ticket, who)
    house.bus.publish("ticket", ticket.id, ticket.grid)
    return answer


def _check(
    ticket: TicketRow, command: Command, who: Principal, note: str, if_match: str | None, photo: bytes | None
) -> None:
    service.check_command(ticket, command, who, note, if_match)
    if command is Command.CLOSE:
        service.check_photo(ticket, photo is not None)


async def _keep(house: House, photo: bytes | None) -> tuple[str, int] | None:
    """The photo cleaned and on disk: its sha256 and size."""
    if photo is None:
        return None
    jpeg = await asyncio.to_thread(house.photos.clean, photo)
    return await house.evidence.put(jpeg), len(jpeg)
