"""Suggestions: sent by workers and the command, decided by the centre."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from api.auth.principal import may
from api.auth.roles import CENTRE, Role
from api.auth.service import Principal
from api.errors import NotFound
from api.evidence.models import Way
from api.evidence.views import record_views
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.problems import responses
from api.suggestions import repository, service
from api.suggestions.schemas import AcceptBody, Accepted, SuggestionIn, SuggestionLine, SuggestionOut, Suggestions

router = APIRouter(tags=["suggestions"])
HouseIn = Annotated[House, Depends(house_of)]
Camera = Annotated[str, Path(max_length=64)]
IfMatch = Annotated[str | None, Header(description="The tag that was read: refused if suggestion or site has changed.")]


@router.get("/suggestions", responses=responses(400, 401, 403, 422))
async def list_suggestions(
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Suggestions:
    """The cameras for which zones wait to be decided upon, in the order of the site."""
    async with house.database.reading() as session:
        found = await repository.page(session, who.scope, decode_cursor(cursor), limit + 1)
    following = encode_cursor(found[limit - 1][1]) if len(found) > limit else None
    return Suggestions(items=[SuggestionLine.of(row) for row, _ in found[:limit]], next=following)


@router.post("/cameras/{camera}/suggestion", status_code=204, responses=responses(401, 403, 404, 413, 422))
async def post_suggestion(
    camera: Camera,
    body: SuggestionIn,
    who: Annotated[Principal, may(Role.WORKER, Role.ADMINISTRATOR)],
    house: HouseIn,
) -> None:
    """Propose zones, in place of what was proposed for this camera before. Nothing takes effect by it."""
    await service.propose(house, camera, body, who)


@router.get("/cameras/{camera}/suggestion", responses=responses(401, 403, 404))
async def read_suggestion(
    camera: Camera, who: Annotated[Principal, may(*CENTRE)], house: HouseIn, response: Response
) -> SuggestionOut:
    async with house.database.reading() as session:
        row = await repository.find(session, camera, who.scope)
        if row is None:
            raise NotFound("there is no suggestion for this camera, or it lies outside your grids")
        response.headers["ETag"] = await service.version(session, row)
        response.headers["Cache-Control"] = "private, no-cache"
        return SuggestionOut.of(row)


@router.get(
    "/cameras/{camera}/suggestion/picture.jpg",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **responses(401, 403, 404, 422)},
)
async def suggestion_picture(
    camera: Camera,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    of: Annotated[str | None, Query(max_length=32, description="Of this suggestion alone, by its id.")] = None,
) -> Response:
    """The camera's picture when the suggestion was made, heads made unrecognisable. Who was given it is recorded."""
    async with house.database.reading() as session:
        jpeg = await repository.picture(session, camera, who.scope, of)
    if jpeg is None:
        raise NotFound("there is no such suggestion with a picture for this camera, or it lies outside your grids")
    await record_views(house, who, Way.SUGGESTION, [camera])
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.post("/cameras/{camera}/suggestion/accept", responses=responses(401, 403, 404, 412, 422))
async def accept_suggestion(
    camera: Camera,
    body: AcceptBody,
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    if_match: IfMatch = None,
) -> Accepted:
    """Make the given zones part of the site; its workers follow within seconds. The suggestion is gone then."""
    return await service.accept(house, camera, body, if_match, who)


@router.delete("/cameras/{camera}/suggestion", status_code=204, responses=responses(401, 403, 404, 412))
async def discard_suggestion(
    camera: Camera, who: Annotated[Principal, may(*CENTRE)], house: HouseIn, if_match: IfMatch = None
) -> None:
    """Discard it, and its picture."""
    await service.discard(house, camera, if_match, who)
