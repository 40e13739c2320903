"""Whatever people and time do to tickets, in whatever order: what always holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from api.errors import ApiError
from api.tickets import chain
from api.tickets.models import TicketRow
from api.tickets.owner import owner_of
from api.tickets.service import commands_for, side_commands_for
from api.tickets.states import ENDED, OPEN, TRANSITIONS, Command, TicketState, may_report_false, transition
from api.whistles import service as whistling
from tests.tickets.street import ANN, BO, CENTRE, FIRE, Street, Tables, street

_PEOPLE = (ANN, BO, CENTRE, FIRE)
_ANYTHING = sorted({t.command for t in TRANSITIONS if t.roles} - {Command.MERGE, Command.UNMERGE, Command.WHISTLE})
_OTHERS = (("whistle", ANN), ("whistle", CENTRE), ("report", FIRE), ("refuse", FIRE), ("unmerge", CENTRE))
_PASSING: tuple[tuple[str, Any], ...] = tuple(("passes", minutes) for minutes in (1, 6, 31, 61, 700))
# What ends a life is rare among what can happen, or all lives were short.
_ENDS = {Command.VOID, Command.REJECT, Command.CONFIRM}
_LIVES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 999)), min_size=6, max_size=16)


def _moves(ticket: TicketRow, sort: int) -> list[tuple[str, Any]]:
    """What may happen next: mostly what somebody may do now; time; and what they may not do."""
    if sort == 0:
        return [(command, who) for command in _ANYTHING for who in _PEOPLE]
    if sort <= 2:
        return list(_PASSING)
    if sort == 3:
        return [*_OTHERS, ("merge", CENTRE)]
    chain_only = sort <= 7
    allowed: list[tuple[str, Any]] = [
        (command, who)
        for who in _PEOPLE
        for command in (*commands_for(ticket, who), *(() if chain_only else side_commands_for(ticket, who)))
    ]
    if not chain_only and may_report_false(TicketState(ticket.state), ANN.role):
        allowed.append((Command.FALSE_ALARM, ANN))
    return [move for move in allowed if move[0] not in _ENDS] or allowed or list(_PASSING)


# Not shrunk: that would take minutes, and a life of sixteen moves can be read as it is.
@settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.generate])
@given(kind=st.sampled_from(["illegal_parking", "fire_lane"]), waits=st.booleans(), at_night=st.booleans(), life=_LIVES)
def test_whatever_happens(
    database: Tables, kind: str, waits: bool, at_night: bool, life: list[tuple[int, int]]
) -> None:
    with street(database) as town:
        town.at -= timedelta(hours=2 if at_night else 0)  # 7:00, when nobody is on duty
        town.open()  # something to merge into
        ticket = town.open(kind, waits=waits)
        _holds(town, ticket)
        up = 0
        for sort, which in life:
            moves = _moves(ticket, sort)
            what, detail = moves[which % len(moves)]
            before, steps = TicketState(ticket.state), len(ticket.history)
            version = list(ticket.history)
            _happens(town, ticket, what, detail)
            assert ticket.history[:steps] == version, "history is only ever added to"
            assert all(_in_the_table(step) for step in ticket.history[steps:])
            assert before not in ENDED or before is TicketState.MERGED or TicketState(ticket.state) is before
            assert ticket.escalations >= up, "what went up is not forgotten"
            up = ticket.escalations
            event(f"reached {ticket.state}")
            _holds(town, ticket)


def _happens(town: Street, ticket: TicketRow, what: str, detail: Any) -> None:
    try:
        if what == "passes":
            town.passes(minutes=detail)
        elif what == "whistle":
            town.whistle(ticket, who=detail)
        elif what in ("report", "refuse"):
            for whistle in town.whistles:
                town.run(getattr(whistling, what)(town.desk, whistle, detail, "because"))
        elif what == "merge":
            if transition(TicketState(ticket.state), Command.MERGE):
                chain.merge(town.desk, ticket, town.tickets[0], "centre", "the same")
        elif what == "unmerge":
            if ticket.state == TicketState.MERGED:
                town.run(chain.unmerge(town.desk, ticket, "centre", "not the same"))
        else:
            until = town.at + timedelta(hours=3)
            town.give(ticket, Command(what), detail, note="because", until=until)
    except ApiError:
        return  # refused, as a person would be told


def _holds(town: Street, ticket: TicketRow) -> None:
    """Every open ticket is somebody's turn until a moment that lies ahead, and somebody has a way on."""
    state = TicketState(ticket.state)
    if state in ENDED:
        assert (owner_of(ticket), ticket.due_at) == (None, None)
        assert ticket.closed_at is not None
        return
    assert state in OPEN
    assert owner_of(ticket) is not None
    assert ticket.due_at is not None
    assert ticket.due_at > town.at
    assert ticket.closed_at is None
    assert any(commands_for(ticket, who) for who in _PEOPLE), f"nobody can take {state} on"
    assert Command.VOID in side_commands_for(ticket, CENTRE)
    if state is TicketState.WORKING:
        assert ticket.assignee is not None
        assert ticket.ack_until is not None
    if state is TicketState.SUSPENDED:
        assert ticket.suspended_until is not None
    if ticket.dispatched_at is not None and state in (TicketState.DISPATCHED, TicketState.RETURNED):
        assert ticket.rectify_left_s is ticket.respond_left_s is None, "no clock stands still while the grid has it"


def _in_the_table(step: Any) -> bool:
    """A mere note keeps the state; a step is one of the table's."""
    if step.from_state == step.to_state:
        return True
    found = transition(TicketState(step.from_state), Command(step.command))
    return found is not None and found.next == step.to_state
