"""Looks of workers at what is said to be gone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.auth.principal import may
from api.auth.roles import Role
from api.auth.service import Principal
from api.events.schemas import Key, Still
from api.hazards import verifying
from api.hazards.looks import Sees
from api.hazards.verifying import LookTaken
from api.house import House, house_of
from api.kit.moment import MomentIn
from api.problems import responses
from api.tickets.desk import Desk

router = APIRouter(prefix="/worker", tags=["worker"])


class LookIn(BaseModel):
    """What one look saw at the place of an incident. `still_jpeg` is base64, heads already unrecognisable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    incident_id: Key
    captured_at: MomentIn
    sees: Sees
    still_jpeg: Still | None = None


class LooksIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    looks: Annotated[list[LookIn], Field(min_length=1, max_length=200)]


class LooksTaken(BaseModel):
    """How many tickets these looks closed or sent back."""

    decided: int


@router.post("/looks", responses=responses(401, 403, 413, 422))
async def post_looks(
    body: LooksIn, who: Annotated[Principal, may(Role.WORKER)], house: Annotated[House, Depends(house_of)]
) -> LooksTaken:
    """Looks that were asked for with the status. Sent again they count once; of what nobody asks any more, none do."""
    kept = [
        LookTaken(
            look.incident_id,
            look.captured_at,
            look.sees,
            None if look.still_jpeg is None else (await house.evidence.put(look.still_jpeg), len(look.still_jpeg)),
        )
        for look in sorted(body.looks, key=lambda look: look.captured_at)
    ]
    async with house.database.writing() as session:
        desk = await Desk.at(house, session)
        found = [await verifying.take_look(desk, look) for look in kept]
    decided = [ticket for ticket in found if ticket is not None]
    for ticket in decided:
        house.bus.publish("hazard", ticket.hazard_id, ticket.grid)
        house.bus.publish("ticket", ticket.id, ticket.grid)
    return LooksTaken(decided=len(decided))
