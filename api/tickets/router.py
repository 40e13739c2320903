"""Tickets for people: to see, to accept, to close."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.principal import may
from api.auth.roles import CENTRE, PEOPLE, SETTLERS
from api.auth.service import Principal
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.etag import matches, version_tag
from api.kit.polling import PRIVATE as _PRIVATE
from api.kit.polling import answer_poll
from api.problems import responses
from api.tickets import repository, service
from api.tickets.commands import run_command
from api.tickets.false_alarm import as_note
from api.tickets.schemas import CloseBody, CommandBody, FalseAlarmBody, Ticket, Tickets
from api.tickets.states import Command, TicketState

router = APIRouter(prefix="/tickets", tags=["tickets"])
HouseIn = Annotated[House, Depends(house_of)]
TicketId = Annotated[str, Path(max_length=64)]
IfMatch = Annotated[str | None, Header(description='The version that was seen, as `"3"`: refused if it has changed.')]
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "unchanged"}}
_COMMAND = responses(401, 403, 404, 409, 412, 422)


@router.get("", response_model=Tickets, responses={**_UNCHANGED, **responses(400, 401, 403, 422)})
async def list_tickets(
    request: Request,
    who: Annotated[Principal, may(*PEOPLE)],
    house: HouseIn,
    state: Annotated[list[TicketState] | None, Query(description="May be given several times.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    if_none_match: Annotated[str | None, Header()] = None,  # read by answer_poll, declared for OpenAPI
) -> Response:
    """Newest first. Poll with If-None-Match."""
    before = decode_cursor(cursor)

    async def build(session: AsyncSession) -> bytes:
        rows = await repository.page(session, who.scope, state or [], before, limit)
        following = encode_cursor(rows[limit - 1].number) if len(rows) > limit else None
        page = Tickets(items=[Ticket.of(row, who) for row in rows[:limit]], next=following)
        return page.model_dump_json().encode()

    return await answer_poll(request, house, who, build)


def _answer(ticket: Ticket) -> JSONResponse:
    headers = {**_PRIVATE, "ETag": version_tag(ticket.version)}
    return JSONResponse(ticket.model_dump(mode="json"), headers=headers)


@router.get("/counts", response_model=dict[TicketState, int], responses={**_UNCHANGED, **responses(401, 403)})
async def count_tickets(
    request: Request,
    who: Annotated[Principal, may(*PEOPLE)],
    house: HouseIn,
    if_none_match: Annotated[str | None, Header()] = None,  # read by answer_poll, declared for OpenAPI
) -> Response:
    """How many tickets stand in each state, of those that the caller may see."""

    async def build(session: AsyncSession) -> bytes:
        return json.dumps(await repository.count_by_state(session, who.scope)).encode()

    return await answer_poll(request, house, who, build)


@router.get("/{ticket_id}", response_model=Ticket, responses={**_UNCHANGED, **responses(401, 403, 404)})
async def read_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*PEOPLE)],
    house: HouseIn,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    async with house.database.reading() as session:
        row = await service.find(session, ticket_id, who.scope)
    tag = version_tag(row.version)
    if matches(if_none_match, tag):
        return Response(status_code=304, headers={**_PRIVATE, "ETag": tag})
    return _answer(Ticket.of(row, who))


@router.post("/{ticket_id}/accept", response_model=Ticket, responses=_COMMAND)
async def accept_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*SETTLERS)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Take the ticket on: dispatched → working. Again by the same person: answered as it is."""
    note = body.note if body else ""
    return _answer(await run_command(house, who, ticket_id, Command.ACCEPT, note, if_match))


@router.post("/{ticket_id}/close", response_model=Ticket, responses={**_COMMAND, **responses(413, 503)})
async def close_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*SETTLERS)],
    house: HouseIn,
    body: CloseBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Say that it is done: working → verifying, and on to closed once the camera sees the place free."""
    given = body or CloseBody()
    return _answer(
        await run_command(house, who, ticket_id, Command.CLOSE, given.note, if_match, photo=given.photo_jpeg)
    )


@router.post("/{ticket_id}/false-alarm", response_model=Ticket, responses=_COMMAND)
async def report_false_alarm(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*SETTLERS)],
    house: HouseIn,
    body: FalseAlarmBody,
    if_match: IfMatch = None,
) -> Response:
    """Say that there is nothing to settle, and why: dispatched or working → verifying. The command centre judges."""
    note = as_note(body.reason, body.note)
    return _answer(await run_command(house, who, ticket_id, Command.FALSE_ALARM, note, if_match))


@router.post("/{ticket_id}/confirm", response_model=Ticket, responses=_COMMAND)
async def confirm_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Close by eye what waits for the camera: verifying → closed, with a note."""
    note = body.note if body else ""
    return _answer(await run_command(house, who, ticket_id, Command.CONFIRM, note, if_match))


@router.post("/{ticket_id}/return", response_model=Ticket, responses=_COMMAND)
async def return_ticket(
    ticket_id: TicketId,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Send back what is not done: verifying → working, with a note."""
    note = body.note if body else ""
    return _answer(await run_command(house, who, ticket_id, Command.RETURN, note, if_match))
