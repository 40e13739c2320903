"""What happens to tickets by itself when a moment comes: escalating, expiring, resuming, sending out what was held."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm.exc import StaleDataError

from api.house import House
from api.notify.notices import NoticeTopic
from api.tickets import chain, clocks, repository
from api.tickets.assign import answering, ask_ahead
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.tickets.service import SYSTEM, move
from api.tickets.states import Command, TicketState
from api.tickets.telling import tell_centre

log = logging.getLogger("sanxun.api")
_AT_ONCE = 50
_SOON, _LATER = timedelta(minutes=1), timedelta(minutes=10)


async def look_at_clocks(house: House) -> None:
    """The round: every ticket whose moment has come takes its step. Servers beside each other share them."""
    while await _some(house) == _AT_ONCE:
        pass


async def _some(house: House) -> int:
    async with house.database.reading() as session:
        if not await repository.any_due(session, house.clock.now()):
            return 0
    try:
        async with house.database.writing() as session:
            desk = await Desk.at(house, session)
            found = await repository.due(session, desk.now, _AT_ONCE)
            await step_each(desk, found)
    except StaleDataError:
        return 0  # a person was quicker: nothing of this is kept, and the next round looks again
    for ticket in found:
        house.bus.publish("ticket", ticket.id, ticket.grid)
    return len(found)


async def step_each(desk: Desk, tickets: Sequence[TicketRow]) -> None:
    """Each ticket's step; where one fails, all are done again on their own."""
    try:
        async with desk.session.begin_nested():
            await step_together(desk, tickets)
    except StaleDataError:
        raise
    except Exception:
        log.exception("the clocks of %d tickets failed together; each is tried on its own", len(tickets))
        for ticket in tickets:
            await desk.session.refresh(ticket)
        for ticket in tickets:
            await step_apart(desk, ticket)


async def step_together(desk: Desk, tickets: Sequence[TicketRow]) -> None:
    """What each needs to know is read once for all, and what they become is written at once: nobody else writes
    meanwhile, and a shift that begins makes thousands due."""
    await ask_ahead(desk, {answering(ticket) for ticket in tickets})
    with desk.session.no_autoflush:
        for ticket in tickets:
            await step(desk, ticket)
    await desk.session.flush()


async def step_apart(desk: Desk, ticket: TicketRow) -> None:
    """One ticket's step. What fails in it costs no other ticket its clock; it is tried again after a while."""
    number = ticket.number
    try:
        async with desk.session.begin_nested():
            await step(desk, ticket)
    except StaleDataError:
        raise
    except Exception:
        log.exception("the clocks of ticket %d failed; they are tried again in %s", number, _LATER)
        await desk.session.refresh(ticket)
        ticket.due_at = desk.now + _LATER


async def step(desk: Desk, ticket: TicketRow) -> None:
    """One step, even where several deadlines passed while the server was down: nobody is passed over for that."""
    match TicketState(ticket.state):
        case TicketState.SUSPENDED:
            await chain.resume(desk, ticket, SYSTEM, "the suspension has ended")
        case TicketState.REGISTERED:
            await _held(desk, ticket)
        case TicketState.RECEIVED | TicketState.VERIFYING:
            await _remind_centre(desk, ticket)
        case TicketState.WORKING if ticket.ack_until is not None and ticket.ack_until <= desk.now:
            await chain.expire(desk, ticket)
        case TicketState.WORKING | TicketState.DISPATCHED | TicketState.RETURNED:
            await _overdue(desk, ticket)
        case _:
            ticket.due_at = None
    if ticket.due_at is not None and ticket.due_at <= desk.now:
        # Never seen; without this one such ticket would keep all others waiting.
        log.error("ticket %s (%s) has nothing to wait for; it is looked at again soon", ticket.number, ticket.state)
        ticket.due_at = desk.now + _SOON


async def _held(desk: Desk, ticket: TicketRow) -> None:
    await chain.dispatch(desk, ticket)
    late = ticket.decide_by is not None and ticket.decide_by <= desk.now
    if late and TicketState(ticket.state) is TicketState.REGISTERED:
        await _remind_centre(desk, ticket)


async def _remind_centre(desk: Desk, ticket: TicketRow) -> None:
    clocks.decide_anew(ticket, desk.now)
    move(desk, ticket, Command.OVERDUE, SYSTEM, "it waits for the command centre")
    await tell_centre(desk, ticket, NoticeTopic.OVERDUE)


async def _overdue(desk: Desk, ticket: TicketRow) -> None:
    """Respond and rectify each escalate when they run out; then it goes up again, in growing steps."""
    working = TicketState(ticket.state) is TicketState.WORKING
    if not ticket.rectify_overdue and ticket.rectify_by <= desk.now:
        ticket.rectify_overdue, why = True, "not settled in time"
    elif not working and ticket.escalate_at is None:
        ticket.respond_overdue, why = True, "nobody has come in time"
    else:
        why = "not settled yet" if working else "nobody has come yet"
    await chain.escalate(desk, ticket, why)
