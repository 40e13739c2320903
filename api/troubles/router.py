"""Cameras' troubles for people."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth.principal import may
from api.auth.roles import CENTRE, PEOPLE
from api.auth.service import Principal
from api.errors import NotFound
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.problems import responses
from api.site import repository as site
from api.troubles import repository
from api.troubles.schemas import AcceptedView, CameraTrouble, CameraTroubles

router = APIRouter(tags=["cameras"])


@router.get("/camera-troubles", responses=responses(400, 401, 403, 422))
async def list_camera_troubles(
    who: Annotated[Principal, may(*PEOPLE)],
    house: Annotated[House, Depends(house_of)],
    camera: Annotated[str | None, Query(max_length=64)] = None,
    open: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> CameraTroubles:
    """Newest first. `open` true: those that hold now; false: those that are over."""
    before = decode_cursor(cursor)
    async with house.database.reading() as session:
        rows = await repository.page(session, who.scope, camera, open, before, limit)
    last = rows[limit - 1].seq if len(rows) > limit else None
    items = [CameraTrouble.of(row) for row in rows[:limit]]
    return CameraTroubles(items=items, next=None if last is None else encode_cursor(last))


@router.post("/cameras/{camera}/accept-view", responses=responses(401, 403, 404))
async def accept_view(
    camera: Annotated[str, Path(max_length=64)],
    who: Annotated[Principal, may(*CENTRE)],
    house: Annotated[House, Depends(house_of)],
) -> AcceptedView:
    """The camera was aimed anew on purpose and its zones were seen to: its worker learns this view as the right one."""
    async with house.database.writing() as session:
        row = await site.camera(session, camera)
        if row is None or not who.scope.covers(row.grid):
            raise NotFound("no such camera, or it lies outside your grids")
        view, grid = await site.accept_view(session, row), row.grid
    house.bus.publish("camera", camera, grid)
    return AcceptedView(camera=camera, view=view)
