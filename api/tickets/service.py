"""The rules of tickets: opening, commands of people, and the word of the camera. The caller owns the transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from api.auth.service import Principal
from api.errors import NotAllowed, NotFound, Unprocessable, WrongState
from api.hazards.models import HazardRow, HazardState
from api.kit.etag import require_match
from api.kit.scope import Scope
from api.site.models import CameraRow, ZoneRow
from api.tickets import repository
from api.tickets.false_alarm import FalseAlarm
from api.tickets.kinds import RULES, KindRule
from api.tickets.models import TicketRow, TicketStep
from api.tickets.states import Command, TicketState, allowed, already_done, may_report_false, transition
from vision.types import HazardKind

SYSTEM = "system"


def rule_of(ticket: TicketRow) -> KindRule:
    return RULES[HazardKind(ticket.kind)]


def open_ticket(hazard: HazardRow, camera: CameraRow | None, zone: ZoneRow | None, now: datetime) -> TicketRow:
    """A ticket for a hazard, walked to *dispatched*. `camera`, `zone` None: the site no longer has them."""
    rule = RULES[HazardKind(hazard.kind)]
    ticket = TicketRow(
        id=str(uuid.uuid4()),
        hazard=hazard,
        kind=hazard.kind,
        camera=hazard.camera,
        camera_name=(camera.name if camera else "") or hazard.camera,
        zone=hazard.zone,
        zone_name=(zone.name if zone else "") or hazard.zone,
        grid=hazard.grid,
        lon=camera.wgs84_lon if camera else None,
        lat=camera.wgs84_lat if camera else None,
        state=TicketState.RECEIVED.value,
        assignee=None,
        created_at=now,
        changed_at=now,
        respond_by=now + rule.respond,
        rectify_by=now + rule.rectify,
        closing_photo_id=None,
        history=[],
    )
    _note(ticket, Command.RECEIVE, None, SYSTEM, now, f"raised by camera {hazard.camera}")
    _move(ticket, Command.REGISTER, SYSTEM, now, "")
    _move(ticket, Command.DISPATCH, SYSTEM, now, _dispatch_note(hazard.grid, camera))
    return ticket


def _dispatch_note(grid: str | None, camera: CameraRow | None) -> str:
    if grid is not None:
        return f"to micro-grid {grid}"
    if camera is None:
        return "to the whole site: the camera is not in the site any more"
    if camera.wgs84_lon is None:
        return "to the whole site: the camera has no lon and lat"
    return "to the whole site: the camera's point lies in no grid"


def camera_cleared(ticket: TicketRow, now: datetime) -> None:
    """The camera sees the place free. A ticket that waits for just that closes; another keeps its state, and one that
    was reported as a false alarm waits for people: that the thing is gone does not say that it was none."""
    by = f"camera {ticket.camera}"
    if TicketState(ticket.state) is TicketState.VERIFYING and not _waits_for_a_judgement(ticket):
        _move(ticket, Command.CLEAR, by, now, "closed by evidence: the camera sees the place free")
    elif TicketState(ticket.state) is not TicketState.CLOSED:
        _note(ticket, Command.CLEAR, TicketState(ticket.state), by, now, "the camera sees the place free")


def false_alarm_reasons(ticket: TicketRow, who: Principal) -> list[FalseAlarm]:
    """The words that the caller may report it with; none where it cannot be reported."""
    return list(FalseAlarm) if may_report_false(TicketState(ticket.state), who.role) else []


def commands_for(ticket: TicketRow, who: Principal) -> list[Command]:
    return allowed(TicketState(ticket.state), who.role)


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
        raise _wrong_state(ticket, command, who, f"; {ticket.assignee} holds it")
    return True


def _waits_for_a_judgement(ticket: TicketRow) -> bool:
    """Whether a report of a false alarm is what it is being verified for."""
    led_here = [step.command for step in ticket.history if step.to_state == TicketState.VERIFYING != step.from_state]
    return bool(led_here) and led_here[-1] == Command.FALSE_ALARM


def _reported_false(ticket: TicketRow) -> bool:
    return any(step.command == Command.FALSE_ALARM for step in ticket.history)


def check_command(ticket: TicketRow, command: Command, who: Principal, note: str, if_match: str | None) -> None:
    """Raises `WrongState`, `NotAllowed`, `VersionChanged` or `Unprocessable` where the command may not be given."""
    step = transition(TicketState(ticket.state), command)
    if step is None:
        raise _wrong_state(ticket, command, who)
    if who.role not in step.roles:
        raise NotAllowed(f"{command} is for {', '.join(step.roles)}; you are signed in as {who.username} ({who.role})")
    require_match(if_match, ticket.version)
    if step.note and not note:
        fault = {"at": "note", "expected": "a sentence saying why", "got": "nothing"}
        raise Unprocessable(f"{command} needs a note that says why", [fault])


def give_command(ticket: TicketRow, command: Command, who: Principal, now: datetime, note: str) -> None:
    """Carry out a command that `check_command` let pass."""
    _move(ticket, command, who.username, now, note)
    if command is Command.ACCEPT or (command is Command.FALSE_ALARM and ticket.assignee is None):
        ticket.assignee = who.username
    if command is Command.CLOSE and ticket.hazard.state == HazardState.CLEARED:
        by = f"camera {ticket.camera}"
        _move(ticket, Command.CLEAR, by, now, "closed by evidence: the camera saw the place free before")


def check_photo(ticket: TicketRow, has_photo: bool) -> None:
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


def _wrong_state(ticket: TicketRow, command: Command, who: Principal, more: str = "") -> WrongState:
    commands = [c.value for c in commands_for(ticket, who)]
    detail = f"the ticket is {ticket.state}{more}; {command} cannot be given now"
    return WrongState(detail, state=ticket.state, commands=commands)


def _move(ticket: TicketRow, command: Command, by: str, now: datetime, note: str) -> None:
    before = TicketState(ticket.state)
    step = transition(before, command)
    assert step is not None, f"no transition {command} from {before}"
    ticket.state = step.next.value
    _note(ticket, command, before, by, now, note)


def _note(ticket: TicketRow, command: Command, before: TicketState | None, by: str, now: datetime, note: str) -> None:
    # Also where no column differs, as for the camera's all-clear: whoever saw the ticket before has an old version.
    ticket.changed_at = now
    flag_modified(ticket, "changed_at")
    ticket.history.append(
        TicketStep(
            at=now,
            by=by,
            command=command.value,
            from_state=before.value if before else None,
            to_state=ticket.state,
            note=note,
        )
    )
