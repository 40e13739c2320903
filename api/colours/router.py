"""The four-colour map over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import shapely
from fastapi import APIRouter, Depends, Header, Query, Response

from api.auth.principal import may
from api.auth.roles import PEOPLE
from api.auth.service import Principal
from api.colours.schemas import ColourFeature, ColourMap, ColourOut, Colours
from api.colours.service import Judged, colours
from api.errors import Unprocessable
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.etag import body_tag, matches
from api.kit.scope import Scope
from api.problems import responses
from api.town.beneath import demand_unit
from api.town.index import Town
from api.town.units import Level

router = APIRouter(prefix="/colours", tags=["colours"])
HouseIn = Annotated[House, Depends(house_of)]
Anyone = Annotated[Principal, may(*PEOPLE)]
Under = Annotated[str | None, Query(max_length=64, description="Only what lies beneath this unit.")]
# A browser draws so many shapes at once without stopping; the page goes down the levels beyond.
MOST_SHAPES = 2000
_EASY_SHAPES = 400
_STEPS = 1000  # a corner is left out where the line passes it within a thousandth of the picture


@router.get("", responses=responses(400, 401, 403, 404, 422))
async def list_colours(
    who: Anyone,
    house: HouseIn,
    level: Annotated[Level | None, Query(description="Grids, where not given.")] = None,
    under: Under = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Colours:
    """Red, orange, yellow or blue for each unit, each with what makes it so. The rule is in the town's settings."""
    first = decode_cursor(cursor) or 0
    async with house.database.reading() as session:
        town = await house.town.now(session)
        demand_unit(town, who.scope, under)
        found = await colours(session, town, who.scope, house.clock.now(), level, under)
    following = encode_cursor(first + limit) if len(found) > first + limit else None
    return Colours(items=[ColourOut.of(one, town) for one in found[first : first + limit]], next=following)


@router.get(
    "/map",
    response_model=ColourMap,
    responses={304: {"description": "unchanged"}, **responses(401, 403, 404, 422)},
)
async def read_colour_map(
    who: Anyone,
    house: HouseIn,
    level: Annotated[
        Level | None, Query(description="The lowest with few enough units to see, where not given.")
    ] = None,
    under: Under = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The same as GeoJSON, simplified for a screen. Poll with If-None-Match."""
    async with house.database.reading() as session:
        town = await house.town.now(session)
        demand_unit(town, who.scope, under)
        chosen = level or _visible_level(town, who.scope, under)
        found = await colours(session, town, who.scope, house.clock.now(), chosen, under)
    if len(found) > MOST_SHAPES:
        raise Unprocessable(f"{len(found)} units are too many for one map, {MOST_SHAPES} at most: give `under`")
    made = await asyncio.to_thread(_map, town, chosen, under, found)
    body = made.model_dump_json().encode()
    tag = body_tag(body)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _visible_level(town: Town, scope: Scope, under: str | None) -> Level:
    """The lowest level below `under` of which there are few enough; the highest where there is none."""
    within = None if under is None else town.below([under])
    counts: dict[Level, int] = {}
    for unit in town.units:
        if scope.covers(unit.id) and unit.id != under and (within is None or unit.id in within):
            counts[unit.level] = counts.get(unit.level, 0) + 1
    easy = [level for level in Level if 0 < counts.get(level, 0) <= _EASY_SHAPES]
    return easy[-1] if easy else next((level for level in Level if level in counts), Level.MICRO_GRID)


def _map(town: Town, level: Level, under: str | None, found: Sequence[Judged]) -> ColourMap:
    shapes = town.shapes([one.unit.id for one in found])
    bbox = [round(float(edge), 6) for edge in shapely.total_bounds(shapes)] if len(shapes) else None
    if bbox:
        # Together, so that neighbours keep one border between them.
        reach = max(bbox[2] - bbox[0], bbox[3] - bbox[1]) / _STEPS
        shapes = shapely.set_precision(shapely.coverage_simplify(shapes, reach), 1e-7)
    above, inside = town.above(under), town.unit(under)
    return ColourMap(
        level=level,
        under=under,
        under_name=inside.label if inside else None,
        above=above.id if above else None,
        bbox=bbox,
        features=[
            ColourFeature(id=one.unit.id, properties=ColourOut.of(one, town), geometry=shape.__geo_interface__)
            for one, shape in zip(found, shapes, strict=True)
            if not shape.is_empty
        ],
    )
