"""Events from workers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth.principal import may
from api.auth.roles import Role
from api.auth.service import Principal
from api.events.schemas import EventIn, EventsIn, EventsTaken
from api.events.service import take_events
from api.house import House, house_of
from api.problems import responses

router = APIRouter(prefix="/events", tags=["worker"])


@router.post("", responses=responses(401, 403, 413, 422))
async def post_events(
    body: EventsIn, who: Annotated[Principal, may(Role.WORKER)], house: Annotated[House, Depends(house_of)]
) -> EventsTaken:
    """Idempotent by `event_id`; all of a request or, where one is malformed, none. Send again until answered 200."""
    taken = await take_events(house, body.events, who.username)
    fresh, now = set(taken.accepted), house.clock.now()
    moments = [(e.event_id, e.captured_at if isinstance(e, EventIn) else e.at) for e in body.events]
    delays_s = [(now - moment).total_seconds() for event_id, moment in moments if event_id in fresh]
    house.metrics.events(delays_s, len(taken.duplicates))
    return taken
