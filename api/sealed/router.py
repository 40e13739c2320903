"""Sealed clips: in from workers, listed for people, opened by few."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from api.audit import repository as audit
from api.auth.principal import may
from api.auth.roles import PEOPLE, SEAL_OPENERS, SEAL_WATCHERS, Role
from api.auth.service import Principal
from api.errors import NotFound
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.problems import responses
from api.sealed import repository, service
from api.sealed.schemas import OpenBody, Opening, Openings, SealedClips

MOST_CLIP_BYTES = 128 * 1024 * 1024

router = APIRouter(tags=["sealed clips"])
HouseIn = Annotated[House, Depends(house_of)]
EventId = Annotated[str, Path(max_length=64)]


@router.put(
    "/worker/events/{event_id}/clip",
    status_code=204,
    tags=["worker"],
    responses=responses(401, 403, 404, 413, 422, 503),
    openapi_extra={"requestBody": {"required": True, "content": {"video/mp4": {}}}},
)
async def put_clip(
    event_id: EventId, request: Request, who: Annotated[Principal, may(Role.WORKER)], house: HouseIn
) -> None:
    """Seal an event's clip: an MP4 of at most 128 MiB, after its event. Idempotent: the first one stays."""
    await service.take_clip(house, event_id, request.stream(), who)


@router.get("/hazards/{hazard_id}/clips", responses=responses(401, 403))
async def list_clips(
    hazard_id: Annotated[str, Path(max_length=64)], who: Annotated[Principal, may(*PEOPLE)], house: HouseIn
) -> SealedClips:
    """What clips there are of a hazard, not what is in them."""
    return await service.clips_of(house, who, hazard_id)


@router.post(
    "/clips/{event_id}/open",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}, **responses(401, 403, 404, 422, 503)},
)
async def open_clip(
    event_id: EventId, body: OpenBody, who: Annotated[Principal, may(*SEAL_OPENERS)], house: HouseIn
) -> Response:
    """The unredacted original, in answer to a written reason. Every opening goes into the audit trail first."""
    clip = await service.open_clip(house, who, event_id, body.reason)
    headers = {"Cache-Control": "no-store", "Content-Length": str(clip.size_bytes)}
    return StreamingResponse(clip.pieces, media_type="video/mp4", headers=headers)


@router.get("/clips/{event_id}/openings", responses=responses(400, 401, 403, 404, 422))
async def list_openings(
    event_id: EventId,
    who: Annotated[Principal, may(*SEAL_WATCHERS)],
    house: HouseIn,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Openings:
    """Who opened a clip, when and why."""
    async with house.database.reading() as session:
        if await repository.find(session, event_id, who.scope) is None:
            raise NotFound("no sealed clip of this event, or it lies outside your grids")
        rows = await audit.of_subject(session, event_id, service.OPENED, decode_cursor(cursor), limit + 1)
    items = [Opening(at=row.at, by=row.actor, role=row.role, reason=row.reason) for row in rows[:limit]]
    return Openings(items=items, next=encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None)
