"""Tickets for people: to see. What they do with them is in `command_router`."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.principal import may
from api.auth.roles import PEOPLE
from api.auth.service import Principal
from api.house import House, house_of
from api.kit.cursor import decode_cursor
from api.kit.etag import matches, version_tag
from api.kit.polling import answer_poll
from api.kit.tagged import PRIVATE as _PRIVATE
from api.problems import responses
from api.tickets import repository, service
from api.tickets.listing import page_json
from api.tickets.schemas import Ticket, Tickets
from api.tickets.states import TicketState

router = APIRouter(prefix="/tickets", tags=["tickets"])
HouseIn = Annotated[House, Depends(house_of)]
TicketId = Annotated[str, Path(max_length=64)]
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "unchanged"}}


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
        return await page_json(session, house.told, who, state or [], before, limit)

    return await answer_poll(request, house, who, build)


def answer_with(ticket: Ticket) -> JSONResponse:
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
    return answer_with(Ticket.of(row, who))
