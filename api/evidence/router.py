"""Pictures out, to signed-in people within their scope; and better ones in, from workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel

from api.auth.principal import may
from api.auth.roles import PEOPLE, SEAL_WATCHERS, Role
from api.auth.service import Principal
from api.errors import NotFound
from api.evidence import repository
from api.evidence.models import EvidenceViewRow, Way
from api.evidence.stills import replace_still
from api.evidence.views import OF_CAMERAS, OF_PICTURES, record_views, views_of
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.moment import Moment
from api.problems import responses
from api.site import repository as site

router = APIRouter(tags=["evidence"])


@router.get(
    "/evidence/{evidence_id}.jpg",
    response_class=FileResponse,
    responses={200: {"content": {"image/jpeg": {}}}, **responses(401, 403, 404)},
)
async def evidence(
    evidence_id: Annotated[str, Path(max_length=64)],
    who: Annotated[Principal, may(*PEOPLE)],
    house: Annotated[House, Depends(house_of)],
) -> FileResponse:
    """A picture, heads already made unrecognisable. Who was given it stays on record."""
    async with house.database.reading() as session:
        row = await repository.find(session, evidence_id, who.scope)
    path = house.evidence.path_of(row.sha256) if row else None
    if path is None or not path.is_file():
        raise NotFound("no such picture, or it lies outside your grids")
    await record_views(house, who, Way.PICTURE, [evidence_id])
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return FileResponse(path, media_type="image/jpeg", headers=headers)


class EvidenceView(BaseModel):
    at: Moment
    by: str
    role: str
    way: Way

    @classmethod
    def of(cls, row: EvidenceViewRow) -> Self:
        return cls(at=row.at, by=row.actor, role=row.role, way=Way(row.way))


class EvidenceViews(BaseModel):
    """The newest first. A browser that was given a picture may show it again from its own cache for a day."""

    items: list[EvidenceView]
    next: str | None


@router.get("/evidence/{evidence_id}/views", responses=responses(400, 401, 403, 404, 422))
async def list_evidence_views(
    evidence_id: Annotated[str, Path(max_length=64)],
    who: Annotated[Principal, may(*SEAL_WATCHERS)],
    house: Annotated[House, Depends(house_of)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> EvidenceViews:
    """Who was given a picture, and when; of a deleted one, for who sees the whole site."""
    async with house.database.reading() as session:
        rows = await views_of(session, evidence_id, OF_PICTURES, decode_cursor(cursor), limit + 1)
        seen = await repository.find(session, evidence_id, who.scope) is not None
        # Of one that was deleted nobody knows any more where it was: its record is for who sees the whole site.
        if not seen and not (rows and who.scope.grids is None):
            raise NotFound("no such picture, or it lies outside your grids")
    return _page(rows, limit)


@router.get("/cameras/{camera}/views", responses=responses(400, 401, 403, 404, 422))
async def list_camera_views(
    camera: Annotated[str, Path(max_length=64)],
    who: Annotated[Principal, may(*SEAL_WATCHERS)],
    house: Annotated[House, Depends(house_of)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> EvidenceViews:
    """Who opened a camera's live pictures, or was given the one that its suggestion was made on; of a camera that the
    site has no more, for who sees the whole site."""
    async with house.database.reading() as session:
        rows = await views_of(session, camera, OF_CAMERAS, decode_cursor(cursor), limit + 1)
        row = await site.camera(session, camera)
        if not (who.scope.covers(row.grid) if row else rows and who.scope.grids is None):
            raise NotFound("no such camera, or it lies outside your grids")
    return _page(rows, limit)


def _page(rows: Sequence[EvidenceViewRow], limit: int) -> EvidenceViews:
    items = [EvidenceView.of(row) for row in rows[:limit]]
    return EvidenceViews(items=items, next=encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None)


@router.put(
    "/worker/events/{event_id}/still",
    status_code=204,
    tags=["worker"],
    responses=responses(401, 403, 404, 413, 422),
    openapi_extra={"requestBody": {"required": True, "content": {"image/jpeg": {}}}},
)
async def put_still(
    event_id: Annotated[str, Path(max_length=64)],
    request: Request,
    who: Annotated[Principal, may(Role.WORKER)],
    house: Annotated[House, Depends(house_of)],
) -> None:
    """A better picture of an event in place of the one that came with it, heads already unrecognisable. Idempotent."""
    await replace_still(house, event_id, await request.body())
