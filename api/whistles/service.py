"""The rules of whistles: calling a department, its answer, and its silence. The caller owns the transaction.

A refusal goes up one level, and so does silence. It never goes back twice: whom a department refused may not call it
again; the command centre may, once; after that nobody may, and the level above settles it another way.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from api.auth.roles import CENTRE, Role
from api.auth.service import Principal
from api.errors import NotAllowed, Unprocessable, WrongState
from api.notify.notices import NoticeTopic
from api.tickets import chain
from api.tickets.assign import answering
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.tickets.service import SYSTEM, Given, check_command, move, note_down
from api.tickets.states import ENDED, Command, TicketState
from api.tickets.telling import tell_of
from api.town.units import Department
from api.whistles import repository
from api.whistles.models import WhistleRow, WhistleState
from streams.delivery.events import utc_text

_OPEN = (WhistleState.CALLED, WhistleState.REPORTED)
_REFUSALS = (WhistleState.REFUSED, WhistleState.UNANSWERED)
_MOST_REFUSALS = 2


async def blow(desk: Desk, ticket: TicketRow, department_id: str, who: Principal, note: str) -> WhistleRow:
    """Call a department to a ticket. Called already and not answered: that whistle. Raises the errors of
    `check_command`, `Unprocessable` for a department that does not answer for the place, `WrongState` where it has
    refused."""
    before = [one for one in await repository.of_ticket(desk.session, ticket.number) if one.department == department_id]
    for one in before:
        if one.state in _OPEN:
            return one
    check_command(ticket, Given(Command.WHISTLE, note), who, desk.now)
    department = _department(desk, ticket, department_id)
    _check_not_again(before, who, department)
    answer_by = desk.calendar(ticket).due(desk.now, timedelta(minutes=department.answer_minutes))
    whistle = WhistleRow(
        id=str(uuid.uuid4()),
        ticket_number=ticket.number,
        ticket=ticket,
        department=department.id,
        reason=note,
        state=WhistleState.CALLED.value,
        unit=answering(ticket),
        called_by=who.username,
        called_at=desk.now,
        answer_by=answer_by,
        due_at=answer_by,
        answer="",
    )
    desk.session.add(whistle)
    move(desk, ticket, Command.WHISTLE, who.username, f"{department.name or department.id}: {note}")
    called = (f"department:{department.id}",)
    await tell_of(desk, ticket, NoticeTopic.WHISTLED, called, cause=None, answer_by=utc_text(answer_by))
    return whistle


def _department(desk: Desk, ticket: TicketRow, department_id: str) -> Department:
    able = desk.town.departments_for(ticket.grid, ticket.kind)
    found = next((one for one in able if one.id == department_id), None)
    if found is None:
        names = ", ".join(one.id for one in able) or "none: import departments first"
        fault = {
            "at": "department",
            "expected": f"one that answers for this place and kind: {names}",
            "got": department_id,
        }
        raise Unprocessable(f"{department_id} does not answer for {ticket.kind} here", [fault])
    return found


def _check_not_again(before: list[WhistleRow], who: Principal, department: Department) -> None:
    refusals = sum(one.state in _REFUSALS for one in before)
    if refusals >= _MOST_REFUSALS:
        raise WrongState(f"{department.id} has refused {refusals} times: it is not called again; settle it another way")
    if refusals and who.role not in CENTRE:
        raise WrongState(f"{department.id} has refused; the level above decides whether to call it again")


async def report(desk: Desk, whistle: WhistleRow, who: Principal, note: str) -> None:
    """报到: the department comes. It may settle the ticket from now on. Again: nothing changes."""
    if whistle.state == WhistleState.REPORTED:
        return
    _check_answer(whistle, who)
    _answered(desk, whistle, WhistleState.REPORTED, who.username, note)
    whistle.ticket.department = whistle.department
    move(desk, whistle.ticket, Command.REPORT, who.username, note or f"{whistle.department} comes")


async def refuse(desk: Desk, whistle: WhistleRow, who: Principal, note: str) -> None:
    """The department does not come, and says why: the level above has it. Again: nothing changes."""
    if whistle.state == WhistleState.REFUSED:
        return
    _check_answer(whistle, who)
    if not note:
        raise Unprocessable(
            "a refusal says why", [{"at": "note", "expected": "a sentence saying why", "got": "nothing"}]
        )
    _answered(desk, whistle, WhistleState.REFUSED, who.username, note)
    await chain.refuse(desk, whistle.ticket, who.username, f"{whistle.department} refuses: {note}")
    whistle.passed_to = whistle.ticket.escalated_to


async def give_up_waiting(desk: Desk, whistle: WhistleRow) -> None:
    """The answer clock ran out. Where the ticket has ended meanwhile the whistle is withdrawn."""
    if has_ended(whistle):
        _answered(desk, whistle, WhistleState.WITHDRAWN, SYSTEM, "the ticket has ended")
        return
    _answered(desk, whistle, WhistleState.UNANSWERED, SYSTEM, "")
    await tell_of(desk, whistle.ticket, NoticeTopic.OVERDUE, (f"department:{whistle.department}",))
    await chain.refuse(desk, whistle.ticket, SYSTEM, f"{whistle.department} has not answered in time")
    whistle.passed_to = whistle.ticket.escalated_to


async def move_to(desk: Desk, mine: TicketRow, into: TicketRow) -> list[str]:
    """`mine` is merged into `into`: its whistles go on there, each with its clock, and what was refused stays refused.
    Returns the ids of those that went. A department that `into` calls too is called by that whistle alone."""
    theirs = {one.department: one for one in await repository.of_ticket(desk.session, into.number) if _is_open(one)}
    moved = []
    for whistle in await repository.of_ticket(desk.session, mine.number):
        twin = theirs.get(whistle.department) if _is_open(whistle) else None
        if twin is None and whistle.state != WhistleState.WITHDRAWN:
            whistle.ticket = into
            moved.append(whistle.id)
            words = f"the whistle to {whistle.department}, {whistle.state}, goes on here, from #{mine.number}"
            note_down(into, Command.MERGE, SYSTEM, desk.now, words)
        elif twin is not None and (twin.state, whistle.state) == _OPEN:
            _answered(desk, twin, WhistleState.REPORTED, str(whistle.answered_by), whistle.answer)
            into.department = whistle.department
    await desk.session.flush()
    return moved


async def move_back(desk: Desk, ids: Sequence[str], into: TicketRow, mine: TicketRow) -> list[str]:
    """The merge is undone. Returns the departments that came meanwhile."""
    came = []
    for whistle in await repository.of_ticket(desk.session, into.number):
        if whistle.id in ids:
            whistle.ticket = mine
            came += [whistle.department] if whistle.state == WhistleState.REPORTED else []
    await desk.session.flush()
    return came


def _is_open(whistle: WhistleRow) -> bool:
    return whistle.state in _OPEN


def has_ended(whistle: WhistleRow) -> bool:
    return TicketState(whistle.ticket.state) in ENDED


def may_answer(whistle: WhistleRow, who: Principal) -> bool:
    """Its own department; the command centre writes down what it was told by telephone."""
    own = who.role is Role.DEPARTMENT and who.department == whistle.department
    return whistle.state == WhistleState.CALLED and not has_ended(whistle) and (own or who.role in CENTRE)


def _check_answer(whistle: WhistleRow, who: Principal) -> None:
    if who.role is Role.DEPARTMENT and who.department != whistle.department:
        raise NotAllowed(f"this calls {whistle.department}; your account is of {who.department or 'no department'}")
    if not may_answer(whistle, who):
        state = WhistleState.WITHDRAWN if has_ended(whistle) else WhistleState(whistle.state)
        raise WrongState(f"the whistle is {state}: it takes no answer any more", state=state)


def _answered(desk: Desk, whistle: WhistleRow, state: WhistleState, by: str, words: str) -> None:
    whistle.state, whistle.answered_by, whistle.answered_at, whistle.answer = state.value, by, desk.now, words
    whistle.due_at = None
