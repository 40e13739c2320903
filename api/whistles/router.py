"""Whistles over HTTP: blown for a ticket, answered by the department."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth.principal import may
from api.auth.roles import CENTRE, PEOPLE, Role
from api.auth.service import Principal
from api.errors import NotFound
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.problems import responses
from api.tickets import service as tickets
from api.tickets.desk import Desk
from api.tickets.schemas import CommandBody
from api.tickets.states import SENDERS
from api.whistles import repository, service
from api.whistles.models import WhistleState
from api.whistles.schemas import Whistle, WhistleBody, Whistles

router = APIRouter(tags=["whistles"])
HouseIn = Annotated[House, Depends(house_of)]
WhistleId = Annotated[str, Path(max_length=64)]
_COMMAND = responses(401, 403, 404, 409, 422)
_ANSWERERS = (*CENTRE, Role.DEPARTMENT)


@router.get("/whistles", responses=responses(400, 401, 403, 422))
async def list_whistles(
    who: Annotated[Principal, may(*PEOPLE)],
    house: HouseIn,
    state: Annotated[list[WhistleState] | None, Query(description="May be given several times.")] = None,
    ticket: Annotated[str | None, Query(max_length=64)] = None,
    ticket_open: Annotated[
        bool | None, Query(description="Whether their ticket has not ended; both if not given.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Whistles:
    """Newest first. A department sees those that call it."""
    own = (who.department or "") if who.role is Role.DEPARTMENT else None
    before = decode_cursor(cursor)
    async with house.database.reading() as session:
        rows = await repository.page(session, who.scope, own, state or [], ticket, ticket_open, before, limit)
    following = encode_cursor(rows[limit - 1].number) if len(rows) > limit else None
    return Whistles(items=[Whistle.of(row, who) for row in rows[:limit]], next=following)


@router.post("/tickets/{ticket_id}/whistle", responses=_COMMAND)
async def blow_whistle(
    ticket_id: Annotated[str, Path(max_length=64)],
    who: Annotated[Principal, may(*SENDERS)],
    house: HouseIn,
    body: WhistleBody,
) -> Whistle:
    """吹哨: call a department to the ticket. Its answer clock starts. Again before its answer: the same whistle."""
    async with house.database.writing() as session:
        desk = await Desk.at(house, session)
        ticket = await tickets.find(session, ticket_id, who.scope)
        row = await service.blow(desk, ticket, body.department, who, body.note)
        await session.flush()
        answer = Whistle.of(row, who)
    house.bus.publish("ticket", ticket.id, ticket.grid)
    return answer


@router.post("/whistles/{whistle_id}/report", responses=_COMMAND)
async def report_for_whistle(
    whistle_id: WhistleId,
    who: Annotated[Principal, may(*_ANSWERERS)],
    house: HouseIn,
    body: CommandBody | None = None,
) -> Whistle:
    """报到: the department comes. From now on it may accept and settle the ticket."""
    return await _answer(house, who, whistle_id, body.note if body else "", comes=True)


@router.post("/whistles/{whistle_id}/refuse", responses=_COMMAND)
async def refuse_whistle(
    whistle_id: WhistleId,
    who: Annotated[Principal, may(*_ANSWERERS)],
    house: HouseIn,
    body: CommandBody | None = None,
) -> Whistle:
    """The department does not come, and says why: the ticket goes to the level above."""
    return await _answer(house, who, whistle_id, body.note if body else "", comes=False)


async def _answer(house: House, who: Principal, whistle_id: str, note: str, *, comes: bool) -> Whistle:
    async with house.database.writing() as session:
        desk = await Desk.at(house, session)
        row = await repository.find(session, whistle_id, who.scope)
        if row is None:
            raise NotFound("no such whistle, or its ticket lies outside your grids")
        await (service.report if comes else service.refuse)(desk, row, who, note)
        await session.flush()
        answer = Whistle.of(row, who)
    house.bus.publish("ticket", row.ticket.id, row.ticket.grid)
    return answer
