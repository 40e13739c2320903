"""The clocks of a ticket: what each step does to them, and when something happens by itself next.

Both run on the service calendar of the place. They are shown side by side and neither hides the other: what is due next
is the earlier of all that run.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from api.tickets.desk import Desk
from api.tickets.kinds import rule_for
from api.tickets.models import TicketRow
from api.tickets.states import ENDED, WITH_THE_GRID, Clocks, TicketState

_MOST_PAUSE = timedelta(days=1)


def turn(desk: Desk, ticket: TicketRow, effect: Clocks) -> None:
    """Carry out what a step does to the clocks. `ticket.state` is still the one before the step."""
    match effect:
        case Clocks.DECIDE:
            decide_anew(ticket, desk.now)
        case Clocks.START:
            _start(desk, ticket)
        case Clocks.RESPOND_ANEW:
            _respond_anew(desk, ticket)
        case Clocks.RESPOND_MET:
            _respond_met(desk, ticket)
        case Clocks.KEEP:
            _acknowledge(desk, ticket)
        case Clocks.RECTIFY_MET:
            _rectify_met(desk, ticket)
        case Clocks.STOP:
            _stop(desk, ticket)
        case Clocks.END:
            end(ticket, desk.now)
        case Clocks.RUN_ON:
            pass


def end(ticket: TicketRow, now: datetime) -> None:
    """No clock runs any more. A deadline that passed since the last look counts as missed."""
    _count_missed(ticket, now)
    _forget(ticket)
    ticket.closed_at = now


def decide_anew(ticket: TicketRow, now: datetime) -> None:
    ticket.decide_by = now + rule_for(ticket.kind).decide


def escalate_again(desk: Desk, ticket: TicketRow) -> None:
    """Each pause is twice the one before: a ticket that nobody can settle must not fill everybody's phone."""
    pause = min(rule_for(ticket.kind).respond * 2 ** min(ticket.escalations, 10), _MOST_PAUSE)
    ticket.escalate_at = desk.calendar(ticket).due(desk.now, pause)


def next_due(ticket: TicketRow) -> datetime | None:
    """When something happens by itself next; None once the ticket has ended."""
    state = TicketState(ticket.state)
    if state in ENDED:
        return None
    rectify = None if ticket.rectify_overdue else ticket.rectify_by
    moments: tuple[datetime | None, ...] = {
        TicketState.RECEIVED: (ticket.decide_by,),
        TicketState.REGISTERED: (ticket.decide_by, ticket.escalate_at),
        TicketState.DISPATCHED: (ticket.escalate_at or ticket.respond_by, rectify),
        TicketState.RETURNED: (ticket.escalate_at or ticket.respond_by, rectify),
        TicketState.WORKING: (ticket.ack_until, ticket.escalate_at, rectify),
        TicketState.VERIFYING: (ticket.decide_by,),
        TicketState.SUSPENDED: (ticket.suspended_until,),
    }[state]
    return min((moment for moment in moments if moment is not None), default=None)


def _start(desk: Desk, ticket: TicketRow) -> None:
    calendar, rule = desk.calendar(ticket), rule_for(ticket.kind)
    respond_s, rectify_s = ticket.respond_left_s, ticket.rectify_left_s
    _forget(ticket)
    ticket.dispatched_at = ticket.dispatched_at or desk.now
    ticket.respond_left_s = ticket.rectify_left_s = ticket.closed_at = ticket.rectified_at = None
    # Where respond had been met or missed before it stopped it counts anew: whoever was there or not, it is told again.
    respond = timedelta(seconds=respond_s) if respond_s else rule.respond
    rectify = rule.rectify if rectify_s is None else timedelta(seconds=rectify_s)
    ticket.respond_by, ticket.rectify_by = calendar.due(desk.now, respond), calendar.due(desk.now, rectify)
    ticket.rectify_overdue = ticket.rectify_overdue or not rectify


def _respond_anew(desk: Desk, ticket: TicketRow) -> None:
    calendar = desk.calendar(ticket)
    _count_missed(ticket, desk.now)
    _forget(ticket)
    if ticket.rectified_at is not None:
        # It came back: while it was being verified was nobody's delay, so what was left then is left now.
        left = calendar.worked(ticket.rectified_at, ticket.rectify_by)
        ticket.rectify_by = calendar.due(desk.now, left)
        ticket.rectify_overdue = ticket.rectify_overdue or not left
        ticket.rectified_at = None
    ticket.respond_by = calendar.due(desk.now, rule_for(ticket.kind).respond)


def _respond_met(desk: Desk, ticket: TicketRow) -> None:
    if TicketState(ticket.state) is TicketState.REGISTERED:
        _start(desk, ticket)
    _count_missed(ticket, desk.now)
    ticket.responded_at = ticket.responded_at or desk.now
    ticket.escalate_at = ticket.decide_by = None
    if ticket.rectify_overdue:
        escalate_again(desk, ticket)
    _acknowledge(desk, ticket)


def _acknowledge(desk: Desk, ticket: TicketRow) -> None:
    ticket.ack_until = desk.calendar(ticket).due(desk.now, rule_for(ticket.kind).acknowledged)


def _rectify_met(desk: Desk, ticket: TicketRow) -> None:
    _count_missed(ticket, desk.now)
    _forget(ticket)
    ticket.rectified_at = desk.now
    decide_anew(ticket, desk.now)


def _stop(desk: Desk, ticket: TicketRow) -> None:
    _count_missed(ticket, desk.now)
    if ticket.dispatched_at is not None and ticket.rectify_left_s is None:
        calendar = desk.calendar(ticket)
        if TicketState(ticket.state) in WITH_THE_GRID:
            ticket.respond_left_s = calendar.worked(desk.now, ticket.respond_by).total_seconds()
        # What waited to be verified was nobody's delay: rectify stood still when it was said to be done.
        ticket.rectify_left_s = calendar.worked(ticket.rectified_at or desk.now, ticket.rectify_by).total_seconds()
    _forget(ticket)


def _count_missed(ticket: TicketRow, now: datetime) -> None:
    """Note what has passed although nobody has looked since."""
    if ticket.dispatched_at is None or ticket.rectify_left_s is not None:
        return
    if TicketState(ticket.state) in WITH_THE_GRID and now > ticket.respond_by:
        ticket.respond_overdue = True
    if ticket.rectified_at is None and now > ticket.rectify_by:
        ticket.rectify_overdue = True


def _forget(ticket: TicketRow) -> None:
    """The deadlines of the state that is being left."""
    ticket.ack_until = ticket.decide_by = ticket.escalate_at = ticket.suspended_until = None
