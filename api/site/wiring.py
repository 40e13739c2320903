"""Approving the wires of a zone: from then on only those beyond them raise a hazard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

from api.auth.principal import may
from api.auth.roles import CENTRE
from api.auth.service import Principal
from api.errors import NotFound
from api.house import House, house_of
from api.problems import responses
from api.site import repository
from api.site.service import approve_wiring
from streams.errors import BadSite

router = APIRouter(prefix="/cameras", tags=["site"])
Name = Annotated[str, Path(max_length=64)]


class ApprovedWiring(BaseModel):
    """`approved` counts how often the wires of this zone were approved."""

    camera: str
    zone: str
    approved: int


@router.post("/{camera}/zones/{zone}/approve-wiring", responses=responses(401, 403, 404))
async def approve(
    camera: Name,
    zone: Name,
    who: Annotated[Principal, may(*CENTRE)],
    house: Annotated[House, Depends(house_of)],
) -> ApprovedWiring:
    """What hangs there was looked at and is right: its worker takes it for the baseline within minutes, and a hazard
    that these wires have raised is over then."""
    async with house.database.writing() as session:
        row = await repository.camera(session, camera)
        if row is None or not who.scope.covers(row.grid):
            raise NotFound("no such camera, or it lies outside your grids")
        try:
            approved, grid = await approve_wiring(session, camera, zone), row.grid
        except BadSite as error:
            raise NotFound(str(error)) from None
    house.bus.publish("camera", camera, grid)
    return ApprovedWiring(camera=camera, zone=zone, approved=approved)
