"""The steps that send a ticket somewhere: dispatching and holding, handing up, suspending, merging."""

from __future__ import annotations

from api.errors import Unprocessable
from api.notify import causes
from api.notify.notices import NoticeTopic
from api.tickets import clocks
from api.tickets.assign import (
    CENTRE_UNIT,
    Goes,
    answering,
    cause_of,
    levels_above,
    look_again_at,
    next_above,
    whoever_is_on_duty,
)
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.tickets.service import SYSTEM, Given, move, note_down
from api.tickets.states import IN_HAND, Command
from api.tickets.telling import tell_centre, tell_of


async def dispatch(desk: Desk, ticket: TicketRow, by: str = SYSTEM, note: str = "", cause: str = "") -> None:
    """registered → dispatched, to whoever is on duty where it lies or at the nearest level above; held where nobody is,
    until the next look."""
    at = answering(ticket)
    if at == CENTRE_UNIT:  # what went up stays up
        goes = Goes(CENTRE_UNIT, (), cause or "with the command centre")
    else:
        goes = await whoever_is_on_duty(desk, at, cause or cause_of(desk, ticket))
    if goes.held:
        return await _hold(desk, ticket, goes)
    _send(ticket, goes)
    move(desk, ticket, Command.DISPATCH, by, note or goes.cause)
    await _tell_level(desk, ticket, NoticeTopic.DISPATCHED, goes)
    return None


async def _hold(desk: Desk, ticket: TicketRow, goes: Goes) -> None:
    """No clock starts, no level is passed over: the command centre is told once, and it goes out with the shift."""
    first = ticket.cause != goes.cause
    ticket.cause, ticket.dispatched_to = goes.cause, []
    ticket.escalate_at = look_again_at(desk)
    if ticket.decide_by is None:
        clocks.decide_anew(ticket, desk.now)
    ticket.due_at = clocks.next_due(ticket)
    if first:
        note_down(ticket, Command.DISPATCH, SYSTEM, desk.now, goes.cause)
        await tell_centre(desk, ticket, NoticeTopic.OVERDUE)


async def send_to(desk: Desk, ticket: TicketRow, unit: str | None, by: str, note: str) -> None:
    """The command centre says where it goes; None: anew to whoever is on duty where it lies. A unit that the place was
    not thought to lie in is where it lies from now on: its people must see what is sent to them."""
    if unit is not None:
        _require_unit(desk, unit)
        if ticket.grid is None or unit not in desk.town.path(ticket.grid):
            ticket.grid = ticket.hazard.grid = unit
    goes = await whoever_is_on_duty(desk, unit or ticket.grid, "by the command centre")
    if unit is not None:
        goes = Goes(unit, goes.people if goes.unit == unit else (), "by the command centre")
    _send(ticket, goes)
    move(desk, ticket, Command.DISPATCH, by, note or goes.cause)
    await tell_of(desk, ticket, NoticeTopic.DISPATCHED, goes.people)


async def hand_up(desk: Desk, ticket: TicketRow, unit: str | None, by: str, note: str) -> None:
    """A person hands it to the level above, or to a chosen one above it."""
    if unit is None:
        goes = await next_above(desk, ticket) or Goes(CENTRE_UNIT, (), "nobody is on duty above")
    else:
        _require_above(desk, ticket, unit)
        there = await whoever_is_on_duty(desk, unit, "handed up")
        goes = Goes(unit, there.people if there.unit == unit else (), "handed up")
    _send(ticket, goes)
    ticket.escalations += 1
    move(desk, ticket, Command.ESCALATE, by, note)
    await _tell_level(desk, ticket, NoticeTopic.ESCALATED, goes)


async def refuse(desk: Desk, ticket: TicketRow, by: str, why: str) -> None:
    """A department does not come: the level above has it, as something to be taken up anew. It never comes back down by
    itself to whoever whistled."""
    goes = await next_above(desk, ticket) or Goes(CENTRE_UNIT, (), "to the command centre: nobody is on duty above")
    in_hand = ticket.state in IN_HAND
    assignee = ticket.assignee
    _send(ticket, goes)
    ticket.cause = f"{why}; {goes.cause}"
    ticket.assignee = None if in_hand else assignee
    ticket.escalations += 1
    move(desk, ticket, Command.REFUSE, by, ticket.cause)
    await _tell_level(desk, ticket, NoticeTopic.ESCALATED, goes)


async def escalate(desk: Desk, ticket: TicketRow, why: str) -> None:
    """A clock ran out, or a department did not come: the level above answers for it, and whoever is at work goes on.
    Where shifts are planned above and nobody is on duty yet no level is passed over."""
    goes = await next_above(desk, ticket)
    if goes is None:
        ticket.escalate_at = look_again_at(desk)
        waits = "nobody is on duty above: it goes up when somebody is"
        if waits not in ticket.cause:
            ticket.cause = f"{why}; {waits}"
            note_down(ticket, Command.OVERDUE, SYSTEM, desk.now, ticket.cause)
            await tell_centre(desk, ticket, NoticeTopic.OVERDUE)
        ticket.due_at = clocks.next_due(ticket)
        return
    before = tuple(ticket.dispatched_to)
    assignee = ticket.assignee
    _send(ticket, goes)
    ticket.assignee, ticket.cause = assignee, f"{why}: {goes.cause}"
    ticket.dispatched_to = list(goes.people or before)
    ticket.escalations += 1
    clocks.escalate_again(desk, ticket)
    move(desk, ticket, Command.OVERDUE, SYSTEM, ticket.cause)
    await tell_of(desk, ticket, NoticeTopic.OVERDUE, (*before, *((assignee,) if assignee else ())))
    await _tell_level(desk, ticket, NoticeTopic.ESCALATED, goes)


def suspend(desk: Desk, ticket: TicketRow, given: Given, by: str) -> None:
    """Both clocks stand still until `given.until`."""
    move(desk, ticket, Command.SUSPEND, by, given.note)
    ticket.suspended_until = given.until
    ticket.due_at = clocks.next_due(ticket)


async def resume(desk: Desk, ticket: TicketRow, by: str, note: str) -> None:
    move(desk, ticket, Command.RESUME, by, note)
    ticket.assignee = None
    await dispatch(desk, ticket, cause="resumed")


async def expire(desk: Desk, ticket: TicketRow) -> None:
    """It was accepted, and nothing was heard since: whoever is on duty gets it again."""
    held_by = ticket.assignee
    move(desk, ticket, Command.EXPIRE, SYSTEM, "accepted, and nothing heard since")
    ticket.assignee = None
    if held_by:
        cause = causes.read("the acknowledgement has expired")
        await tell_of(desk, ticket, NoticeTopic.RETURNED, (held_by,), cause=cause)
    await dispatch(desk, ticket, cause="the acknowledgement expired")


async def give_back(desk: Desk, ticket: TicketRow, by: str, note: str) -> None:
    """verifying → returned: not done. Whoever said so is told, and else those who were on duty."""
    move(desk, ticket, Command.RETURN, by, note)
    ticket.cause = note
    to = (ticket.assignee,) if ticket.assignee else tuple(ticket.dispatched_to)
    await tell_of(desk, ticket, NoticeTopic.RETURNED, to)


def merge(desk: Desk, ticket: TicketRow, into: TicketRow, by: str, note: str) -> None:
    """The ticket becomes part of `into`, its clocks stop and it never escalates. `unmerge` takes it back."""
    move(desk, ticket, Command.MERGE, by, note)
    ticket.merged_into, ticket.closed_at = into.id, desk.now


def take_out(desk: Desk, ticket: TicketRow, by: str, note: str) -> None:
    """merged → registered; the caller takes it on from there."""
    move(desk, ticket, Command.UNMERGE, by, note)
    ticket.merged_into, ticket.closed_at, ticket.assignee = None, None, None


async def unmerge(desk: Desk, ticket: TicketRow, by: str, note: str) -> None:
    take_out(desk, ticket, by, note)
    await dispatch(desk, ticket, cause="taken out of the merge")


def _send(ticket: TicketRow, goes: Goes) -> None:
    ticket.escalated_to = None if goes.unit == ticket.grid else goes.unit
    ticket.dispatched_to, ticket.cause, ticket.assignee = list(goes.people), goes.cause, None


async def _tell_level(desk: Desk, ticket: TicketRow, topic: NoticeTopic, goes: Goes) -> None:
    if goes.unit == CENTRE_UNIT:
        await tell_centre(desk, ticket, topic)
    else:
        await tell_of(desk, ticket, topic, goes.people)


def _require_unit(desk: Desk, unit: str) -> None:
    if desk.town.unit(unit) is None:
        raise Unprocessable(f"there is no unit {unit}", [{"at": "unit", "expected": "a unit of the town", "got": unit}])


def _require_above(desk: Desk, ticket: TicketRow, unit: str) -> None:
    if unit not in levels_above(desk, answering(ticket)):
        fault = {"at": "unit", "expected": "a unit above the one that has it", "got": unit}
        raise Unprocessable(f"{unit} is not above the unit that has the ticket", [fault])
