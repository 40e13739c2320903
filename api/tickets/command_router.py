"""What people do with tickets: the chain, and what stands aside of it. Each is idempotent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Response

from api.auth.principal import may
from api.auth.roles import CENTRE, SETTLERS
from api.auth.service import Principal
from api.house import House, house_of
from api.problems import responses
from api.tickets.commands import run_command
from api.tickets.false_alarm import as_note
from api.tickets.router import answer_with
from api.tickets.schemas import CloseBody, CommandBody, FalseAlarmBody, SuspendBody, Ticket, UnitBody
from api.tickets.service import Given
from api.tickets.states import HANDS, SENDERS, Command

router = APIRouter(prefix="/tickets", tags=["tickets"])
HouseIn = Annotated[House, Depends(house_of)]
TicketId = Annotated[str, Path(max_length=64)]
IfMatch = Annotated[str | None, Header(description='The version that was seen, as `"3"`: refused if it has changed.')]
_COMMAND = responses(401, 403, 404, 409, 412, 422)


@router.post("/{ticket_id}/accept", response_model=Ticket, responses=_COMMAND)
async def accept_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*HANDS)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Take the ticket on and be there: dispatched or returned → working. Again by the same person: answered as it is.

    It counts until `ack_until`; then, unless `keep` renews it or it is done, whoever is on duty gets it again."""
    return answer_with(await run_command(house, who, ticket_id, _given(Command.ACCEPT, body, if_match)))


@router.post("/{ticket_id}/keep", response_model=Ticket, responses=_COMMAND)
async def keep_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*HANDS)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Still at it: renews the acceptance."""
    return answer_with(await run_command(house, who, ticket_id, _given(Command.KEEP, body, if_match)))


@router.post("/{ticket_id}/close", response_model=Ticket, responses={**_COMMAND, **responses(413, 503)})
async def close_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*HANDS)],
    house: HouseIn,
    body: CloseBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Say that it is done: working → verifying, and on to closed once the camera sees the place free."""
    given = Given(Command.CLOSE, body.note if body else "", if_match, photo=body.photo_jpeg if body else None)
    return answer_with(await run_command(house, who, ticket_id, given))


@router.post("/{ticket_id}/false-alarm", response_model=Ticket, responses=_COMMAND)
async def report_false_alarm(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*SETTLERS)],
    house: HouseIn,
    body: FalseAlarmBody,
    if_match: IfMatch = None,
) -> Response:
    """Say that there is nothing to settle, and why: → verifying. The command centre judges."""
    given = Given(Command.FALSE_ALARM, as_note(body.reason, body.note), if_match)
    return answer_with(await run_command(house, who, ticket_id, given))


@router.post("/{ticket_id}/confirm", response_model=Ticket, responses=_COMMAND)
async def confirm_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Close by eye what waits for the camera: verifying → closed, with a note."""
    return answer_with(await run_command(house, who, ticket_id, _given(Command.CONFIRM, body, if_match)))


@router.post("/{ticket_id}/return", response_model=Ticket, responses=_COMMAND)
async def return_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Send back what is not done: verifying → returned, with a note. The clock to respond runs anew."""
    return answer_with(await run_command(house, who, ticket_id, _given(Command.RETURN, body, if_match)))


@router.post("/{ticket_id}/register", response_model=Ticket, responses=_COMMAND)
async def register_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Take a report as a case: received → registered, and on to whoever is on duty."""
    return answer_with(await run_command(house, who, ticket_id, _given(Command.REGISTER, body, if_match)))


@router.post("/{ticket_id}/reject", response_model=Ticket, responses=_COMMAND)
async def reject_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Make no case of a report: received → rejected, with a note that says why."""
    return answer_with(await run_command(house, who, ticket_id, _given(Command.REJECT, body, if_match)))


@router.post("/{ticket_id}/dispatch", response_model=Ticket, responses=_COMMAND)
async def dispatch_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    body: UnitBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Send it, or send it anew: to `unit`, or to whoever is on duty where it lies."""
    return answer_with(await run_command(house, who, ticket_id, _to_unit(Command.DISPATCH, body, if_match)))


@router.post("/{ticket_id}/escalate", response_model=Ticket, responses=_COMMAND)
async def escalate_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*SENDERS)],
    house: HouseIn,
    body: UnitBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Hand it to the level above, or to a chosen `unit` above, with a note that says why."""
    return answer_with(await run_command(house, who, ticket_id, _to_unit(Command.ESCALATE, body, if_match)))


@router.post("/{ticket_id}/suspend", response_model=Ticket, responses=_COMMAND)
async def suspend_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*SENDERS)],
    house: HouseIn,
    body: SuspendBody,
    if_match: IfMatch = None,
) -> Response:
    """Both clocks stand still until a time that is said now, with a note that says why."""
    given = Given(Command.SUSPEND, body.note, if_match, until=body.until)
    return answer_with(await run_command(house, who, ticket_id, given))


@router.post("/{ticket_id}/resume", response_model=Ticket, responses=_COMMAND)
async def resume_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*SENDERS)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """End a suspension early: the clocks go on with what they had left, and whoever is on duty gets it."""
    return answer_with(await run_command(house, who, ticket_id, _given(Command.RESUME, body, if_match)))


@router.post("/{ticket_id}/void", response_model=Ticket, responses=_COMMAND)
async def void_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """It should never have been: any open state → voided, with a note that says why."""
    return answer_with(await run_command(house, who, ticket_id, _given(Command.VOID, body, if_match)))


def _given(command: Command, body: CommandBody | None, if_match: str | None) -> Given:
    return Given(command, body.note if body else "", if_match)


def _to_unit(command: Command, body: UnitBody | None, if_match: str | None) -> Given:
    return Given(command, body.note if body else "", if_match, unit=body.unit if body else None)
