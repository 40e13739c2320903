"""Places with a QR code: made and taken down by the command centre, printed from here."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.auth.principal import may
from api.auth.roles import CENTRE, PEOPLE
from api.auth.service import Principal
from api.errors import NotAllowed, NotFound
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.gcj02 import to_wgs84
from api.problems import responses
from api.reports import repository
from api.reports.models import ReportPointRow
from api.reports.qr import qr_svg
from api.reports.schemas import Point, PointIn, Points, report_url

router = APIRouter(prefix="/report-points", tags=["reports"])
HouseIn = Annotated[House, Depends(house_of)]
PointId = Annotated[str, Path(max_length=64)]
Centre = Annotated[Principal, may(*CENTRE)]


def base_url(house: House, request: Request) -> str:
    return house.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"


@router.get("", responses=responses(400, 401, 403, 422))
async def list_report_points(
    who: Annotated[Principal, may(*PEOPLE)],
    house: HouseIn,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Points:
    """The oldest first."""
    first = decode_cursor(cursor) or 0
    async with house.database.reading() as session:
        rows = await repository.points(session, who.scope, first, limit + 1)
    items = [Point.of(row, base_url(house, request)) for row in rows[:limit]]
    return Points(items=items, next=encode_cursor(first + limit) if len(rows) > limit else None)


@router.post("", status_code=201, responses=responses(401, 403, 422))
async def make_report_point(body: PointIn, who: Centre, house: HouseIn, request: Request) -> Point:
    """A place to report from, with a code of its own that cannot be guessed."""
    lon, lat = to_wgs84(body.lon, body.lat, body.datum)
    async with house.database.writing() as session:
        unit = (await house.town.now(session)).at(lon, lat)
        grid = unit.id if unit else None
        if not who.scope.covers(grid):
            raise NotAllowed("it lies outside your grids")
        row = ReportPointRow(
            id=secrets.token_urlsafe(9),
            name=body.name,
            lon=lon,
            lat=lat,
            radius_m=body.radius_m,
            grid=grid,
            created_at=house.clock.now(),
            created_by=who.username,
            retired_at=None,
        )
        session.add(row)
    return Point.of(row, base_url(house, request))


@router.delete("/{point_id}", responses=responses(401, 403, 404))
async def retire_report_point(point_id: PointId, who: Centre, house: HouseIn, request: Request) -> Point:
    """Nothing more is taken from there; what was reported stays. Done twice, it is done."""
    async with house.database.writing() as session:
        row = await repository.point(session, point_id)
        if row is None or not who.scope.covers(row.grid):
            raise NotFound("no such place, or it lies outside your grids")
        row.retired_at = row.retired_at or house.clock.now()
    return Point.of(row, base_url(house, request))


@router.get(
    "/{point_id}/code.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}, **responses(401, 403, 404)},
)
async def report_point_code(
    point_id: PointId, who: Annotated[Principal, may(*PEOPLE)], house: HouseIn, request: Request
) -> Response:
    """The QR code, to be printed and put up."""
    async with house.database.reading() as session:
        row = await repository.point(session, point_id)
    if row is None or not who.scope.covers(row.grid):
        raise NotFound("no such place, or it lies outside your grids")
    svg = qr_svg(report_url(base_url(house, request), row.id))
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=86400"})
