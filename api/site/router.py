"""The site: what people may know of it, and as workers take it, the one answer that holds camera passwords."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel

from api.auth.principal import may
from api.auth.roles import PEOPLE, Role
from api.auth.service import Principal
from api.house import House, house_of
from api.kit.etag import matches
from api.problems import responses
from api.site import repository

router = APIRouter(prefix="/worker", tags=["worker"], dependencies=[may(Role.WORKER)])


people = APIRouter(prefix="/site", tags=["site"])
_MOST_NAMES = 1000  # some 40 kB at sign-in


class GridName(BaseModel):
    id: str
    name: str


class SiteForPeople(BaseModel):
    """`timezone` is the IANA zone that times are shown in. `grids` are the town's units that the caller may see; of a
    large town the first of them, and `more_grids` is true: `/town/units` has them all."""

    name: str
    timezone: str
    grids: list[GridName]
    more_grids: bool


@people.get("", responses=responses(401, 403))
async def read_site(
    who: Annotated[Principal, may(*PEOPLE)], house: Annotated[House, Depends(house_of)]
) -> SiteForPeople:
    async with house.database.reading() as session:
        row = await repository.site_row(session)
        town = await house.town.now(session)
    seen = (unit for unit in town.units if who.scope.covers(unit.id))
    names = [GridName(id=unit.id, name=unit.label) for unit in islice(seen, _MOST_NAMES)]
    return SiteForPeople(name=row.name, timezone=row.timezone, grids=names, more_grids=next(seen, None) is not None)


class WorkerSite(BaseModel):
    site: dict[str, Any]


@router.get("/site", response_model=WorkerSite, responses={304: {"description": "unchanged"}, **responses(401, 403)})
async def worker_site(
    response: Response,
    house: Annotated[House, Depends(house_of)],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    """Cameras with their full URLs, zones and grids. Poll with If-None-Match: 304 until the site changes."""
    async with house.database.reading() as session:
        row = await repository.site_row(session)
        tag = f'"{row.instance}-{row.revision}"'
        house.bus.site_is_at(row.revision)
        if matches(if_none_match, tag):
            return Response(status_code=304, headers={"ETag": tag})
        site = await repository.load_site(session)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "no-store"
    return {"site": site.model_dump(mode="json")}
