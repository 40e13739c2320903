"""Hazards for people: the feed of the wall, what was merged and why, and merging by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.principal import may
from api.auth.roles import PEOPLE, REPORTERS, SETTLERS
from api.auth.service import Principal
from api.errors import NotFound
from api.hazards import commands, repository, verifying
from api.hazards.models import HazardState
from api.hazards.repository import HazardAndTicket
from api.hazards.schemas import (
    Hazard,
    Hazards,
    Merge,
    MergeBody,
    Merges,
    NearbyHazards,
    Picture,
    Pictures,
    SeenBody,
    SplitBody,
)
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.polling import answer_poll
from api.mutes import repository as mutes
from api.problems import responses

router = APIRouter(prefix="/hazards", tags=["hazards"])
HazardId = Annotated[str, Path(max_length=64)]
HouseIn = Annotated[House, Depends(house_of)]
_COMMAND = responses(401, 403, 404, 409, 422)
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "unchanged"}}


@router.get("", response_model=Hazards, responses={**_UNCHANGED, **responses(400, 401, 403, 422)})
async def list_hazards(
    request: Request,
    who: Annotated[Principal, may(*PEOPLE)],
    house: HouseIn,
    state: HazardState | None = None,
    sightings: Annotated[bool, Query(description="Also what was merged into another, by itself.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    if_none_match: Annotated[str | None, Header()] = None,  # read by answer_poll, declared for OpenAPI
) -> Response:
    """Newest first; each thing once, with all its sightings. Poll with If-None-Match."""
    before = decode_cursor(cursor)

    async def build(session: AsyncSession) -> bytes:
        found = await repository.page(session, who.scope, state, before, limit, sightings=sightings)
        items = await _shown(session, found[:limit])
        last = found[limit - 1].hazard.seq if len(found) > limit else None
        page = Hazards(items=items, next=None if last is None else encode_cursor(last))
        return page.model_dump_json().encode()

    return await answer_poll(request, house, who, build)


@router.get("/{hazard_id}", responses=responses(401, 403, 404))
async def read_hazard(hazard_id: HazardId, who: Annotated[Principal, may(*PEOPLE)], house: HouseIn) -> Hazard:
    async with house.database.reading() as session:
        return await _one(session, who, hazard_id)


@router.get("/{hazard_id}/merges", responses=responses(401, 403, 404))
async def list_merges(hazard_id: HazardId, who: Annotated[Principal, may(*PEOPLE)], house: HouseIn) -> Merges:
    """Every merge that this hazard and its sightings were part of, with its reason; undone ones too. Oldest first."""
    async with house.database.reading() as session:
        found = await _one(session, who, hazard_id)
        rows = await repository.merges_of(session, found.id, [one.id for one in found.sightings])
    return Merges(items=[Merge.of(row) for row in rows])


@router.get("/{hazard_id}/nearby", responses=responses(401, 403, 404))
async def list_nearby(hazard_id: HazardId, who: Annotated[Principal, may(*PEOPLE)], house: HouseIn) -> NearbyHazards:
    """What it may be the same as, the likeliest first: open ones, and those of the last 30 days."""
    return await commands.nearby(house, who, hazard_id)


@router.post("/{hazard_id}/merge", responses=_COMMAND)
async def merge_hazard(
    hazard_id: HazardId, body: MergeBody, who: Annotated[Principal, may(*SETTLERS)], house: HouseIn
) -> Hazard:
    """Say that it is the same thing as `into`. Nothing is lost: it becomes a sighting, and can be split off again."""
    head_id = await commands.merge(house, who, hazard_id, body)
    async with house.database.reading() as session:
        return await _one(session, who, head_id)


@router.post("/{hazard_id}/split", responses=_COMMAND)
async def split_hazard(
    hazard_id: HazardId, body: SplitBody, who: Annotated[Principal, may(*SETTLERS)], house: HouseIn
) -> Hazard:
    """Take a sighting out of what it was merged into: it is a hazard of its own, with a ticket, and stays so."""
    await commands.split(house, who, hazard_id, body.reason)
    async with house.database.reading() as session:
        return await _one(session, who, hazard_id)


@router.post("/{hazard_id}/seen", responses=_COMMAND)
async def say_what_is_seen(
    hazard_id: HazardId, body: SeenBody, who: Annotated[Principal, may(*REPORTERS)], house: HouseIn
) -> Hazard:
    """A colleague's word on what is said to be done, where no camera can look: gone closes it, there sends it back."""
    await verifying.colleague_says(house, who, hazard_id, gone=body.gone, note=body.note)
    async with house.database.reading() as session:
        return await _one(session, who, hazard_id)


@router.get("/{hazard_id}/pictures", responses=responses(401, 403, 404))
async def list_pictures(hazard_id: HazardId, who: Annotated[Principal, may(*PEOPLE)], house: HouseIn) -> Pictures:
    """Every picture of it and its sightings, oldest first: as raised, as seen again, as reported, as closed."""
    async with house.database.reading() as session:
        found = await _one(session, who, hazard_id)
        rows = await repository.pictures(session, [found.id, *(one.id for one in found.sightings)])
    items = [
        Picture(hazard_id=row.hazard_id, purpose=row.purpose, at=row.created_at, url=f"/api/v1/evidence/{row.id}.jpg")
        for row in rows
    ]
    return Pictures(items=items)


async def _one(session: AsyncSession, who: Principal, hazard_id: str) -> Hazard:
    found = await repository.find(session, hazard_id, who.scope)
    if found is None:
        raise NotFound("no such hazard, or it lies outside your grids")
    return (await _shown(session, [found]))[0]


async def _shown(session: AsyncSession, found: Sequence[HazardAndTicket]) -> list[Hazard]:
    sightings = await repository.sightings(session, [one.hazard.id for one in found])
    muted = {one.hazard.muted_by for one in found if one.hazard.muted_by}
    windows = await mutes.by_ids(session, muted) if muted else {}
    return [Hazard.of(one, sightings, windows) for one in found]
