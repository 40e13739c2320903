"""Tiles in from workers, tiles out to walls, and the stream of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, Path, Request, WebSocket
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from api.auth.principal import COOKIE, may, require_admissible, same_origin
from api.auth.roles import PEOPLE, WATCHERS, Role
from api.auth.scopes import require_scope
from api.auth.service import Principal
from api.errors import ApiError, NotAllowed, NotSignedIn, TooLarge, Unprocessable
from api.evidence.models import Way
from api.evidence.views import record_views
from api.house import House, house_of
from api.kit.moment import MomentIn
from api.problems import answer_for, responses
from api.site import repository
from api.wall.socket import serve_wall
from api.wall.tiles import Box

router = APIRouter(tags=["wall"])
HouseIn = Annotated[House, Depends(house_of)]
_MOST_TILE_BYTES = 2 * 1024 * 1024
_RECHECK_S = 30.0
# A box may reach a little over the picture's edge: it is drawn up to the edge.
_Fraction = Annotated[float, Field(allow_inf_nan=False), AfterValidator(lambda value: min(1.0, max(0.0, value)))]
_boxes = TypeAdapter(
    Annotated[
        list[tuple[_Fraction, _Fraction, _Fraction, _Fraction, Annotated[str, Field(max_length=64)], _Fraction]],
        Field(max_length=500),
    ]
)
_moment: TypeAdapter[datetime] = TypeAdapter(MomentIn)


def _read_headers(captured_at: str, boxes: str) -> tuple[datetime, tuple[Box, ...]]:
    try:
        return _moment.validate_python(captured_at), tuple(_boxes.validate_json(boxes))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Unprocessable(f"X-Captured-At must be UTC text, X-Boxes a JSON list of boxes: {first['msg']}") from None


@router.put("/worker/tiles/{camera}", status_code=204, tags=["worker"], responses=responses(401, 403, 413, 422))
async def put_tile(
    camera: Annotated[str, Path(max_length=64)],
    jpeg: Annotated[bytes, Body(media_type="image/jpeg")],
    who: Annotated[Principal, may(Role.WORKER)],
    house: HouseIn,
    x_captured_at: Annotated[str, Header(description="UTC, such as 2026-01-31T08:00:00.250Z")],
    x_boxes: Annotated[str, Header(description="JSON list of [x1, y1, x2, y2, label, confidence], 0 to 1")] = "[]",
) -> None:
    """The newest picture of a camera, redacted; only the newest is kept, in memory."""
    if len(jpeg) > _MOST_TILE_BYTES:
        raise TooLarge(f"a tile has at most {_MOST_TILE_BYTES} bytes, got {len(jpeg)}")
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise Unprocessable("a tile must be a JPEG")
    captured_at, boxes = _read_headers(x_captured_at, x_boxes)
    house.tiles.put(camera, captured_at, boxes, jpeg)


async def _still_good(house: House, bearer: str | None, cookie: str | None, before: Principal) -> bool:
    """Whether the caller is still who they were: what they may see was settled when they came."""
    now = await house.auth.recognise(bearer, cookie)
    return now is not None and (now.role, now.scope) == (before.role, before.scope)


@router.get("/stream", response_class=EventSourceResponse, responses=responses(401, 403))
async def stream_changes(
    request: Request, who: Annotated[Principal, may(*PEOPLE)], house: HouseIn
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events ``hazard``, ``ticket`` and ``camera`` with the id of what changed, for the page to fetch.

    An empty id means: of that kind, fetch all; ``resync`` means: fetch everything.
    """
    bearer, cookie = _bearer_of(request.headers.get("authorization")), request.cookies.get(COOKIE)
    with house.bus.subscribed(who.scope) as subscriber:
        yield ServerSentEvent(event="resync", data={"id": ""}, retry=2000)
        checked = house.clock.monotonic()
        while True:
            try:
                change = await asyncio.wait_for(subscriber.waiting.get(), _RECHECK_S)
            except TimeoutError:
                change = None
            # Also where there is always news: a busy town must not keep open what has ended.
            if change is None or house.clock.monotonic() - checked >= _RECHECK_S:
                if not await _still_good(house, bearer, cookie, who):
                    return
                checked = house.clock.monotonic()
            if change is None:
                continue
            if house.bus.closed:
                return
            yield ServerSentEvent(event=change.topic, data={"id": change.id})


def _bearer_of(authorization: str | None) -> str | None:
    scheme, _, secret = (authorization or "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


@router.websocket("/wall")
async def wall(socket: WebSocket) -> None:
    """See `socket.ClientMessage` for what the page sends, `tiles.Tile` for what it gets."""
    house = house_of(socket)
    bearer, cookie = _bearer_of(socket.headers.get("authorization")), socket.cookies.get(COOKIE)
    try:
        who = await house.auth.recognise(bearer, cookie)
        if who is None:
            raise NotSignedIn
        if who.role not in WATCHERS:
            raise NotAllowed(f"live pictures are for {', '.join(WATCHERS)}; you are {who.role}")
        require_scope(who.scopes, ("wall",), "GET")
        require_admissible(who)
        if bearer is None and not same_origin(socket):
            raise NotAllowed("this came from another site's page")
    except ApiError as error:
        await socket.send_denial_response(answer_for(error, socket.url.path))
        return
    await socket.accept()

    async def known_cameras() -> set[str]:
        async with house.database.reading() as session:
            return {row.id for row in await repository.cameras(session, who.scope)}

    async def write_down(cameras: Sequence[str]) -> None:
        await record_views(house, who, Way.LIVE, cameras)

    await serve_wall(socket, house.tiles, known_cameras, write_down, lambda: _still_good(house, bearer, cookie, who))
