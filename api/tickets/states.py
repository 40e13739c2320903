"""The life of a ticket as one table: which command, by whom, leads from which state to which.

受理 received → 立案 registered → 派遣 dispatched → 处置 working → 核查 verifying → 结案 closed (销号)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from api.auth.roles import CENTRE, SETTLERS, Role


class TicketState(StrEnum):
    RECEIVED = "received"
    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    WORKING = "working"
    VERIFYING = "verifying"
    CLOSED = "closed"


class Command(StrEnum):
    RECEIVE = "receive"
    REGISTER = "register"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    CLOSE = "close"
    CONFIRM = "confirm"
    RETURN = "return"
    FALSE_ALARM = "false_alarm"  # nothing to settle: the command centre has the last word
    CLEAR = "clear"  # the camera sees the place free


@dataclass(frozen=True, slots=True)
class Transition:
    """`roles` empty: the system does it by itself. `note`: the person must say something."""

    state: TicketState
    command: Command
    next: TicketState
    roles: tuple[Role, ...] = ()
    note: bool = False


_S, _C = TicketState, Command
TRANSITIONS: tuple[Transition, ...] = (
    Transition(_S.RECEIVED, _C.REGISTER, _S.REGISTERED),
    Transition(_S.REGISTERED, _C.DISPATCH, _S.DISPATCHED),
    Transition(_S.DISPATCHED, _C.ACCEPT, _S.WORKING, SETTLERS),
    Transition(_S.WORKING, _C.CLOSE, _S.VERIFYING, SETTLERS),
    Transition(_S.DISPATCHED, _C.FALSE_ALARM, _S.VERIFYING, SETTLERS, note=True),
    Transition(_S.WORKING, _C.FALSE_ALARM, _S.VERIFYING, SETTLERS, note=True),
    Transition(_S.VERIFYING, _C.CLEAR, _S.CLOSED),
    Transition(_S.VERIFYING, _C.CONFIRM, _S.CLOSED, CENTRE, note=True),
    Transition(_S.VERIFYING, _C.RETURN, _S.WORKING, CENTRE, note=True),
)
_BY_KEY = {(t.state, t.command): t for t in TRANSITIONS}

# Where a command has led already, giving it again changes nothing: an answer lost on the way is asked for again.
_ALREADY: dict[Command, frozenset[TicketState]] = {
    Command.ACCEPT: frozenset({TicketState.WORKING}),  # by the same person: the service looks
    Command.CLOSE: frozenset({TicketState.VERIFYING, TicketState.CLOSED}),
    Command.CONFIRM: frozenset({TicketState.CLOSED}),
}


def transition(state: TicketState, command: Command) -> Transition | None:
    return _BY_KEY.get((state, command))


def allowed(state: TicketState, role: Role) -> list[Command]:
    """The commands that this role may give in this state, without the report of a false alarm (`may_report_false`)."""
    commands = (t.command for t in TRANSITIONS if t.state is state and role in t.roles)
    return [command for command in commands if command is not Command.FALSE_ALARM]


def may_report_false(state: TicketState, role: Role) -> bool:
    """Whether this role may say in this state that the alarm was false."""
    step = transition(state, Command.FALSE_ALARM)
    return step is not None and role in step.roles


def already_done(state: TicketState, command: Command) -> bool:
    return state in _ALREADY.get(command, ())
