"""Mute and maintenance windows: seen by all, made and ended by the command centre."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth.principal import may
from api.auth.roles import CENTRE, PEOPLE
from api.auth.service import Principal
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.mutes import commands, repository, service
from api.mutes.models import MuteRow
from api.mutes.schemas import Mute, MuteBody, Mutes
from api.problems import responses

router = APIRouter(prefix="/mutes", tags=["mutes"])
HouseIn = Annotated[House, Depends(house_of)]
Centre = Annotated[Principal, may(*CENTRE)]


@router.get("", responses=responses(400, 401, 403, 422))
async def list_mutes(
    who: Annotated[Principal, may(*PEOPLE)],
    house: HouseIn,
    past: Annotated[bool, Query(description="Also those that have ended.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Mutes:
    """Those that hold now or will, over the caller's part of the town; newest first."""
    before = decode_cursor(cursor)
    async with house.database.reading() as session:
        town = await house.town.now(session)
        above = {unit for grid in who.scope.grids or () for unit in town.path(grid)}
        rows = await repository.page(session, who.scope, above, None if past else house.clock.now(), before, limit)
        counts = await repository.held_back(session, [row.id for row in rows])
    items = [_shown(house, row, counts.get(row.id, 0)) for row in rows[:limit]]
    return Mutes(items=items, next=encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None)


@router.post("", status_code=201, responses=responses(401, 403, 404, 422))
async def make_mute(body: MuteBody, who: Centre, house: HouseIn) -> Mute:
    """From then on what machines raise there is kept, and gets its ticket when the window ends, if it is there still.
    It is put on record."""
    return _shown(house, await commands.make(house, who, body), 0)


@router.post("/{mute_id}/end", responses=responses(401, 403, 404))
async def end_mute(mute_id: Annotated[str, Path(max_length=64)], who: Centre, house: HouseIn) -> Mute:
    """End it sooner. What it held back and is there still gets its tickets now."""
    return _shown(house, await commands.end(house, who, mute_id), 0)


def _shown(house: House, row: MuteRow, hazards: int) -> Mute:
    return Mute.of(row, service.holds(row, house.clock.now()), hazards)
