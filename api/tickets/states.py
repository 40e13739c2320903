"""The life of a ticket as one table: which command, by whom, leads from which state to which, and what it does to the
clocks. The pages, docs/tickets.md and the property tests read the same table.

受理 received → 立案 registered → 派遣 dispatched → 处置 working → 核查 verifying → 结案 closed (销号)
aside: 不予立案 rejected, 退回 returned, 挂起 suspended, 作废 voided, 合并 merged
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from api.auth.roles import CENTRE, SETTLERS, Role

# The teams are 1+1+N: an officer answers for a ticket as a grid worker does, and often at the level above.
SENDERS = (*SETTLERS, Role.OFFICER)
# A department settles the tickets that it has reported for, and no others: the service looks.
HANDS = (*SENDERS, Role.DEPARTMENT)


class TicketState(StrEnum):
    RECEIVED = "received"  # somebody's word, which the command centre has yet to look at
    REGISTERED = "registered"  # a case, held until somebody is on duty
    DISPATCHED = "dispatched"
    WORKING = "working"
    VERIFYING = "verifying"
    CLOSED = "closed"
    REJECTED = "rejected"
    RETURNED = "returned"  # was said to be done, and is not: somebody must take it again
    SUSPENDED = "suspended"
    VOIDED = "voided"
    MERGED = "merged"


class Command(StrEnum):
    RECEIVE = "receive"
    REGISTER = "register"
    REJECT = "reject"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    KEEP = "keep"  # still at it: renews an acknowledgement
    CLOSE = "close"
    CONFIRM = "confirm"
    RETURN = "return"
    FALSE_ALARM = "false_alarm"  # nothing to settle: the command centre has the last word
    CLEAR = "clear"  # the camera sees the place free
    ESCALATE = "escalate"  # a person hands it to the level above
    OVERDUE = "overdue"  # a clock ran out: the level above has it
    EXPIRE = "expire"  # accepted, and nothing heard since
    SUSPEND = "suspend"
    RESUME = "resume"
    WHISTLE = "whistle"  # 吹哨: a department is called
    REPORT = "report"  # 报到: the department comes
    REFUSE = "refuse"  # it does not come, or does not answer
    VOID = "void"
    MERGE = "merge"
    UNMERGE = "unmerge"


class Clocks(StrEnum):
    """What a step does to the two clocks and to the deadline of the command centre."""

    RUN_ON = "run_on"
    DECIDE = "decide"  # the command centre's deadline to decide starts
    START = "start"  # both start, or go on from where they stopped
    RESPOND_ANEW = "respond_anew"  # respond starts anew, rectify runs on
    RESPOND_MET = "respond_met"  # respond is met; the acknowledgement is good for a while
    KEEP = "keep"  # the acknowledgement is good for a while longer
    RECTIFY_MET = "rectify_met"  # rectify is met if verification bears it out; the deadline to decide starts
    STOP = "stop"  # both stop where they are
    END = "end"


@dataclass(frozen=True, slots=True)
class Transition:
    """`roles`: whoever may give it; empty: the system alone. `note`: the person must say something.

    `aside`: not the next step of the chain; pages offer it apart from those.
    """

    state: TicketState
    command: Command
    next: TicketState
    roles: tuple[Role, ...] = ()
    note: bool = False
    clocks: Clocks = Clocks.RUN_ON
    aside: bool = False


_S, _C, _K = TicketState, Command, Clocks
# With the grid; and the same before anybody is at work.
WITH_THE_GRID = (_S.DISPATCHED, _S.RETURNED)
IN_HAND = (_S.DISPATCHED, _S.WORKING, _S.RETURNED)
OPEN: tuple[TicketState, ...] = (
    _S.RECEIVED,
    _S.REGISTERED,
    _S.DISPATCHED,
    _S.WORKING,
    _S.VERIFYING,
    _S.RETURNED,
    _S.SUSPENDED,
)
ENDED: tuple[TicketState, ...] = (_S.CLOSED, _S.REJECTED, _S.VOIDED, _S.MERGED)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_S.RECEIVED, _C.REGISTER, _S.REGISTERED, CENTRE, clocks=_K.DECIDE),
    Transition(_S.RECEIVED, _C.REJECT, _S.REJECTED, CENTRE, note=True, clocks=_K.END),
    Transition(_S.REGISTERED, _C.DISPATCH, _S.DISPATCHED, CENTRE, clocks=_K.START),
    Transition(_S.REGISTERED, _C.ACCEPT, _S.WORKING, HANDS, clocks=_K.RESPOND_MET),
    *(Transition(state, _C.ACCEPT, _S.WORKING, HANDS, clocks=_K.RESPOND_MET) for state in WITH_THE_GRID),
    Transition(_S.WORKING, _C.CLOSE, _S.VERIFYING, HANDS, clocks=_K.RECTIFY_MET),
    *(
        Transition(state, _C.FALSE_ALARM, _S.VERIFYING, SETTLERS, note=True, clocks=_K.RECTIFY_MET, aside=True)
        for state in IN_HAND
    ),
    Transition(_S.VERIFYING, _C.CLEAR, _S.CLOSED, clocks=_K.END),
    Transition(_S.VERIFYING, _C.CONFIRM, _S.CLOSED, CENTRE, note=True, clocks=_K.END),
    Transition(_S.VERIFYING, _C.RETURN, _S.RETURNED, CENTRE, note=True, clocks=_K.RESPOND_ANEW),
    Transition(_S.WORKING, _C.KEEP, _S.WORKING, HANDS, clocks=_K.KEEP, aside=True),
    # Through *registered*: where nobody is on duty now it is held, and its clocks stand still, until somebody is.
    Transition(_S.WORKING, _C.EXPIRE, _S.REGISTERED, clocks=_K.STOP),
    *(Transition(state, _C.DISPATCH, _S.DISPATCHED, CENTRE, clocks=_K.RESPOND_ANEW, aside=True) for state in IN_HAND),
    *(
        Transition(state, _C.ESCALATE, _S.DISPATCHED, SENDERS, note=True, clocks=_K.RESPOND_ANEW, aside=True)
        for state in IN_HAND
    ),
    *(Transition(state, _C.WHISTLE, state, SENDERS, note=True, aside=True) for state in IN_HAND),
    *(Transition(state, _C.REPORT, state) for state in OPEN),
    *(Transition(state, _C.REFUSE, _S.DISPATCHED, clocks=_K.RESPOND_ANEW) for state in IN_HAND),
    *(Transition(state, _C.REFUSE, state) for state in OPEN if state not in IN_HAND),
    *(
        Transition(state, _C.SUSPEND, _S.SUSPENDED, SENDERS, note=True, clocks=_K.STOP, aside=True)
        for state in (_S.REGISTERED, *IN_HAND)
    ),
    Transition(_S.SUSPENDED, _C.RESUME, _S.REGISTERED, SENDERS, clocks=_K.DECIDE),
    *(Transition(state, _C.OVERDUE, state) for state in OPEN if state is not _S.SUSPENDED),
    *(Transition(state, _C.VOID, _S.VOIDED, CENTRE, note=True, clocks=_K.END, aside=True) for state in OPEN),
    *(Transition(state, _C.MERGE, _S.MERGED, CENTRE, note=True, clocks=_K.STOP, aside=True) for state in OPEN),
    Transition(_S.MERGED, _C.UNMERGE, _S.REGISTERED, CENTRE, note=True, clocks=_K.DECIDE, aside=True),
)
_BY_KEY = {(t.state, t.command): t for t in TRANSITIONS}

# Where a command has led already, giving it again changes nothing: an answer lost on the way is asked for again.
_ALREADY: dict[Command, frozenset[TicketState]] = {
    Command.ACCEPT: frozenset({TicketState.WORKING}),  # by the same person: the service looks
    Command.CLOSE: frozenset({TicketState.VERIFYING, TicketState.CLOSED}),
    Command.CONFIRM: frozenset({TicketState.CLOSED}),
    Command.RETURN: frozenset({TicketState.RETURNED}),
    Command.REJECT: frozenset({TicketState.REJECTED}),
    Command.SUSPEND: frozenset({TicketState.SUSPENDED}),
    Command.VOID: frozenset({TicketState.VOIDED}),
}


_ELSEWHERE = (Command.FALSE_ALARM, Command.MERGE, Command.UNMERGE)


def transition(state: TicketState, command: Command) -> Transition | None:
    return _BY_KEY.get((state, command))


@cache
def allowed(state: TicketState, role: Role) -> tuple[Command, ...]:
    """The next steps of the chain that this role may take in this state."""
    return tuple(t.command for t in TRANSITIONS if t.state is state and role in t.roles and not t.aside)


@cache
def allowed_aside(state: TicketState, role: Role) -> tuple[Command, ...]:
    """What else this role may do in this state, without the report of a false alarm (`may_report_false`), and without
    merging, which is of hazards."""
    commands = (t.command for t in TRANSITIONS if t.state is state and role in t.roles and t.aside)
    return tuple(command for command in commands if command not in _ELSEWHERE)


def may_report_false(state: TicketState, role: Role) -> bool:
    """Whether this role may say in this state that the alarm was false."""
    step = transition(state, Command.FALSE_ALARM)
    return step is not None and role in step.roles


def already_done(state: TicketState, command: Command) -> bool:
    return state in _ALREADY.get(command, ())
