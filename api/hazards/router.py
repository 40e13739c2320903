"""Hazards for people: the feed of the wall."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth.principal import may
from api.auth.roles import PEOPLE
from api.auth.service import Principal
from api.errors import NotFound
from api.hazards import repository
from api.hazards.models import HazardState
from api.hazards.schemas import Hazard, Hazards
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.problems import responses

router = APIRouter(prefix="/hazards", tags=["hazards"])


@router.get("", responses=responses(400, 401, 403, 422))
async def list_hazards(
    who: Annotated[Principal, may(*PEOPLE)],
    house: Annotated[House, Depends(house_of)],
    state: HazardState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Hazards:
    """Newest first."""
    before = decode_cursor(cursor)
    async with house.database.reading() as session:
        found = await repository.page(session, who.scope, state, before, limit)
    last = found[limit - 1].hazard.seq if len(found) > limit else None
    return Hazards(items=[Hazard.of(row) for row in found[:limit]], next=None if last is None else encode_cursor(last))


@router.get("/{hazard_id}", responses=responses(401, 403, 404))
async def read_hazard(
    hazard_id: Annotated[str, Path(max_length=64)],
    who: Annotated[Principal, may(*PEOPLE)],
    house: Annotated[House, Depends(house_of)],
) -> Hazard:
    async with house.database.reading() as session:
        found = await repository.find(session, hazard_id, who.scope)
    if found is None:
        raise NotFound("no such hazard, or it lies outside your grids")
    return Hazard.of(found)
