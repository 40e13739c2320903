"""The rules of tickets: who may give which command when, the steps, and the word of the camera. The caller owns the
transaction; where a ticket goes is in `chain`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from api.auth.roles import CENTRE, Role
from api.auth.service import Principal
from api.errors import NotAllowed, NotFound, Unprocessable, WrongState
from api.hazards.models import HazardState
from api.kit.clock import CLOCKS_DIFFER
from api.kit.etag import require_match
from api.kit.scope import Scope
from api.tickets import clocks, repository
from api.tickets.desk import Desk
from api.tickets.false_alarm import FalseAlarm
from api.tickets.kinds import KindRule, rule_for
from api.tickets.models import TicketRow, TicketStep
from api.tickets.owner import Standing
from api.tickets.states import (
    ENDED,
    Command,
    TicketState,
    Transition,
    allowed,
    allowed_aside,
    already_done,
    may_report_false,
    transition,
)

SYSTEM = "system"
# Longer than a day is the command centre's to say.
LONGEST_SUSPENSION = timedelta(days=30)
LONGEST_BY_A_WORKER = timedelta(days=1)
_ONES_OWN = (Command.RETURN, Command.REJECT, Command.SUSPEND, Command.VOID)


@dataclass(frozen=True, slots=True)
class Given:
    """A command as a person gives it. `until`: the end of a suspension; `unit`: where to dispatch or hand it."""

    command: Command
    note: str = ""
    if_match: str | None = None
    photo: bytes | None = None
    until: datetime | None = None
    unit: str | None = None


class _OfKind(Protocol):
    @property
    def kind(self) -> str: ...


def rule_of(ticket: _OfKind) -> KindRule:
    return rule_for(ticket.kind)


def camera_cleared(ticket: TicketRow, now: datetime) -> None:
    """The camera sees the place free. A ticket that waits for just that closes; another keeps its state, and one that
    was reported as a false alarm waits for people: that the thing is gone does not say that it was none."""
    by = f"camera {ticket.camera}"
    state = TicketState(ticket.state)
    if state is TicketState.VERIFYING and not waits_for_a_judgement(ticket):
        close_by_evidence(ticket, by, now, "closed by evidence: the camera sees the place free")
    elif state not in ENDED:
        note_down(ticket, Command.CLEAR, by, now, "the camera sees the place free")


def close_by_evidence(ticket: TicketRow, by: str, now: datetime, note: str) -> None:
    """verifying → closed."""
    before = TicketState(ticket.state)
    assert before is TicketState.VERIFYING, f"only what is being verified closes by evidence, not {before}"
    clocks.end(ticket, now)
    ticket.state = TicketState.CLOSED.value
    note_down(ticket, Command.CLEAR, by, now, note, before)


def false_alarm_reasons(ticket: Standing, who: Principal) -> tuple[FalseAlarm, ...]:
    """The words that the caller may report it with; none where it cannot be reported."""
    return tuple(FalseAlarm) if may_report_false(TicketState(ticket.state), who.role) else ()


def commands_for(ticket: Standing, who: Principal) -> tuple[Command, ...]:
    """The next steps of the chain for this caller."""
    return () if _anothers(ticket, who) else allowed(TicketState(ticket.state), who.role)


def side_commands_for(ticket: Standing, who: Principal) -> tuple[Command, ...]:
    return () if _anothers(ticket, who) else allowed_aside(TicketState(ticket.state), who.role)


def _anothers(ticket: Standing, who: Principal) -> bool:
    """A department acts on the tickets that it has reported for."""
    return who.role is Role.DEPARTMENT and (ticket.department is None or ticket.department != who.department)


async def find(session: AsyncSession, ticket_id: str, scope: Scope) -> TicketRow:
    ticket = await repository.find(session, ticket_id, scope)
    if ticket is None:
        raise NotFound("no such ticket, or it lies outside your grids")
    return ticket


def is_repeat(ticket: TicketRow, command: Command, who: Principal) -> bool:
    """Whether the command has had its effect already: then the ticket is answered as it is.

    Raises `WrongState` for accepting what another person holds.
    """
    if command is Command.FALSE_ALARM:
        return transition(TicketState(ticket.state), command) is None and _reported_false(ticket)
    if not already_done(TicketState(ticket.state), command):
        return False
    if command is Command.ACCEPT and ticket.assignee != who.username:
        raise wrong_state(ticket, command, who, f"; {ticket.assignee} holds it")
    return command not in _ONES_OWN or _led_here(ticket, command, who)


def _led_here(ticket: TicketRow, command: Command, who: Principal) -> bool:
    """Whether this person gave it: of two who decide at once the second is told, for the first may have meant else."""
    given = [step for step in ticket.history if step.command == command and step.to_state == ticket.state]
    return bool(given) and given[-1].by == who.username


def waits_for_a_judgement(ticket: TicketRow) -> bool:
    """Whether a report of a false alarm is what it is being verified for."""
    led_here = [step.command for step in ticket.history if step.to_state == TicketState.VERIFYING != step.from_state]
    return bool(led_here) and led_here[-1] == Command.FALSE_ALARM


def _reported_false(ticket: TicketRow) -> bool:
    return any(step.command == Command.FALSE_ALARM for step in ticket.history)


def check_command(ticket: TicketRow, given: Given, who: Principal, now: datetime) -> None:
    """Raises `WrongState`, `NotAllowed`, `VersionChanged` or `Unprocessable` where the command may not be given."""
    step = transition(TicketState(ticket.state), given.command)
    if step is None:
        raise wrong_state(ticket, given.command, who)
    _check_person(ticket, step, who)
    require_match(given.if_match, ticket.version)
    if step.note and not given.note:
        fault = {"at": "note", "expected": "a sentence saying why", "got": "nothing"}
        raise Unprocessable(f"{given.command} needs a note that says why", [fault])
    if given.command is Command.CLOSE:
        _check_photo(ticket, given.photo is not None)
    if given.command is Command.SUSPEND:
        _check_until(given.until, who, now)


def _check_person(ticket: TicketRow, step: Transition, who: Principal) -> None:
    if who.role not in step.roles:
        wanted = ", ".join(step.roles) or "the system alone"
        raise NotAllowed(f"{step.command} is for {wanted}; you are signed in as {who.username} ({who.role})")
    if _anothers(ticket, who):
        raise NotAllowed(f"your department has not reported for this ticket; {ticket.department or 'none'} has")


def _check_until(until: datetime | None, who: Principal, now: datetime) -> None:
    longest = LONGEST_SUSPENSION if who.role in CENTRE else LONGEST_BY_A_WORKER
    if until is not None and now < until <= now + longest + CLOCKS_DIFFER:
        return
    most = f"a time from now on, at most {longest.days} day(s) ahead for {who.role}"
    got = "nothing" if until is None else until.isoformat()
    told = f"a suspension ends at a time that is said when it begins: {most}; got {got}"
    raise Unprocessable(told, [{"at": "until", "expected": most, "got": got}])


def _check_photo(ticket: TicketRow, has_photo: bool) -> None:
    """Raises `Unprocessable` where the kind's rule asks for a photo and none came, or the other way round."""
    wanted = rule_of(ticket).closing_photo
    if wanted == "required" and not has_photo:
        fault = {"at": "photo_jpeg", "expected": "a photo of the place as it is now", "got": "nothing"}
        raise Unprocessable(f"closing a {ticket.kind} ticket needs a photo: the camera cannot judge it alone", [fault])
    if wanted == "none" and has_photo:
        fault = {"at": "photo_jpeg", "expected": "nothing", "got": "a photo"}
        raise Unprocessable(
            f"closing a {ticket.kind} ticket takes no photo: the camera looks again by itself",
            [fault],
        )


def wrong_state(ticket: TicketRow, command: Command, who: Principal, more: str = "") -> WrongState:
    commands = [c.value for c in commands_for(ticket, who)]
    detail = f"the ticket is {ticket.state}{more}; {command} cannot be given now"
    return WrongState(detail, state=ticket.state, commands=commands)


def move(desk: Desk, ticket: TicketRow, command: Command, by: str, note: str) -> None:
    """One step of the table, with its effect on the clocks."""
    before = TicketState(ticket.state)
    step = transition(before, command)
    assert step is not None, f"no transition {command} from {before}"
    clocks.turn(desk, ticket, step.clocks)
    ticket.state = step.next.value
    note_down(ticket, command, by, desk.now, note, before)


def take_done(ticket: TicketRow, now: datetime) -> None:
    """After "done": where the camera had seen the place free before, the ticket closes at once."""
    if ticket.hazard.state == HazardState.CLEARED:
        by = f"camera {ticket.camera}"
        close_by_evidence(ticket, by, now, "closed by evidence: the camera saw the place free before")


def note_down(
    ticket: TicketRow, command: Command, by: str, now: datetime, note: str, before: TicketState | None = None
) -> None:
    """A line of the history. `before` None: the state stays as it is."""
    # Also where no column differs, as for the camera's all-clear: whoever saw the ticket before has an old version.
    ticket.changed_at = now
    flag_modified(ticket, "changed_at")
    ticket.due_at = clocks.next_due(ticket)
    ticket.history.append(
        TicketStep(
            at=now,
            by=by,
            command=command.value,
            from_state=(before or TicketState(ticket.state)).value if ticket.history else None,
            to_state=ticket.state,
            note=note,
        )
    )
