"""The town over HTTP: units and places for all people, imports and settings for administrators."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.principal import may
from api.auth.roles import CENTRE, PEOPLE, Role
from api.auth.service import Principal
from api.errors import NotFound
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.etag import demand_tag
from api.kit.gcj02 import to_wgs84
from api.kit.tagged import UNCHANGED, IfMatch, IfNoneMatch, answer_document, tag_of
from api.problems import responses
from api.town import people, repository
from api.town.beneath import demand_unit
from api.town.faults import told_by_pages
from api.town.given import FaultKind
from api.town.importing import check_accept, import_units, read_units
from api.town.index import Town
from api.town.schemas import (
    Departments,
    FaultOut,
    FaultsOut,
    ImportedOut,
    PlaceOut,
    UnitOut,
    Units,
    Written,
)
from api.town.settings import TownSettings
from api.town.tags import departments_of, units_tag
from api.town.units import Level, Unit
from streams.site import Datum

router = APIRouter(prefix="/town", tags=["town"])
HouseIn = Annotated[House, Depends(house_of)]
Anyone = Annotated[Principal, may(*PEOPLE)]
Centre = Annotated[Principal, may(*CENTRE)]
Administrator = Annotated[Principal, may(Role.ADMINISTRATOR)]
UnitId = Annotated[str, Path(max_length=64)]
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def file_body(*kinds: str) -> dict[str, Any]:
    """OpenAPI of a request whose body is a file."""
    return {"requestBody": {"required": True, "content": dict.fromkeys(kinds, _BINARY)}}


async def note(session: Any, house: House, who: Principal, action: str, what: str) -> None:
    await audit.append(session, Entry(house.clock.now(), who.username, who.role, action, "town", what))


def unit_in_scope(town: Town, who: Principal, unit_id: str) -> Unit:
    """Raises `NotFound` for a unit that is not there or lies outside the caller's."""
    unit = town.unit(unit_id)
    if unit is None or not who.scope.covers(unit.id):
        raise NotFound("no such unit, or it lies outside your units")
    return unit


@router.get("/units", response_model=Units, responses={**UNCHANGED, **responses(400, 401, 403, 404, 422)})
async def list_units(
    who: Anyone,
    house: HouseIn,
    level: Level | None = None,
    parent: Annotated[str | None, Query(max_length=64, description="Only those directly beneath this unit.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """In the order of their import. The ETag stands for all of them, whichever page this is."""
    after = decode_cursor(cursor) or 0
    async with house.database.reading() as session:
        town = await house.town.now(session)
    demand_unit(town, who.scope, parent)
    chosen = town.units if parent is None else town.children(parent)
    seen = [unit for unit in chosen if (level is None or unit.level is level) and who.scope.covers(unit.id)]
    more = after + limit < len(seen)
    items = [UnitOut.of(unit, town) for unit in seen[after : after + limit]]
    found = Units(items=items, next=encode_cursor(after + limit) if more else None)
    return answer_document(found, if_none_match, units_tag(town, who.scope))


@router.get("/units/{unit_id}", responses=responses(401, 403, 404))
async def read_unit(unit_id: UnitId, who: Anyone, house: HouseIn) -> UnitOut:
    async with house.database.reading() as session:
        town = await house.town.now(session)
    return UnitOut.of(unit_in_scope(town, who, unit_id), town)


@router.get("/at", responses=responses(401, 403, 422))
async def read_place(
    who: Anyone,
    house: HouseIn,
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
    datum: Datum,
    radius_m: Annotated[float, Query(ge=0, le=5000, description="How far the point may be off.")] = 0,
) -> PlaceOut:
    """The unit that a point lies in, of those that the caller may see, and the others that it may lie in."""
    wgs_lon, wgs_lat = to_wgs84(lon, lat, datum)
    async with house.database.reading() as session:
        town = await house.town.now(session)
    unit = town.at(wgs_lon, wgs_lat)
    seen = unit is not None and who.scope.covers(unit.id)
    near = [one.id for one in town.near(wgs_lon, wgs_lat, radius_m) if who.scope.covers(one.id)]
    return PlaceOut(unit=UnitOut.of(unit, town) if unit and seen else None, near=near)


@router.put(
    "/units",
    dependencies=[told_by_pages],
    responses=responses(400, 401, 403, 412, 413, 422, 428),
    openapi_extra=file_body("application/geo+json", "text/csv", XLSX),
)
async def import_town(
    request: Request,
    response: Response,
    who: Administrator,
    house: HouseIn,
    datum: Annotated[
        Datum | None, Query(description="Of the coordinates; may be left out where the file says it.")
    ] = None,
    accept: Annotated[list[FaultKind] | None, Query(description="Kinds of faults to let pass.")] = None,
    dry_run: Annotated[bool, Query(description="Check and compare, and store nothing.")] = False,
    if_match: IfMatch = None,
) -> ImportedOut:
    """Units from GeoJSON, CSV or XLSX instead of those imported before. 422 names every fault,
    1,000 at a time.

    Needs If-Match: the ETag of `GET /town/units`, or of the dry run that compared this file.
    """
    check_accept(accept or ())
    checked = await asyncio.to_thread(read_units, await request.body(), datum)
    async with house.database.writing() as session:
        tag = units_tag(await house.town.now(session), who.scope)
        if not dry_run:
            demand_tag(if_match, tag)
        found = await import_units(session, checked, accept or ())
        response.headers["ETag"] = tag
        if dry_run:
            await session.rollback()
            return ImportedOut.of(found, dry_run)
        what = f"{len(found.added)} added, {len(found.changed)} changed, {len(found.removed)} removed"
        await note(session, house, who, "town-import", what)
        response.headers["ETag"] = units_tag(await house.town.now(session), who.scope)
    return ImportedOut.of(found, dry_run)


@router.get("/faults", response_model=FaultsOut, responses={**UNCHANGED, **responses(400, 401, 403, 422)})
async def list_faults(
    who: Administrator,
    house: HouseIn,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Gaps, overlaps and what lies outside its parent, among the imported units as they are stored. The ETag is that of
    the units: while it stays, so do the faults and their order."""
    after = decode_cursor(cursor) or 0
    async with house.database.reading() as session:
        town = await house.town.now(session)
    found = await asyncio.to_thread(lambda: town.faults)
    following = encode_cursor(after + limit) if after + limit < len(found) else None
    page = [FaultOut.of(fault) for fault in found[after : after + limit]]
    answer = FaultsOut(items=page, next=following, count=len(found))
    return answer_document(answer, if_none_match, units_tag(town, who.scope))


@router.get("/settings", response_model=TownSettings, responses={**UNCHANGED, **responses(401, 403)})
async def read_town_settings(who: Anyone, house: HouseIn, if_none_match: IfNoneMatch = None) -> Response:
    """Shifts and calendars."""
    async with house.database.reading() as session:
        found = (await house.town.now(session)).settings
    return answer_document(found, if_none_match)


@router.put("/settings", responses=responses(401, 403, 412, 422, 428))
async def write_town_settings(
    body: TownSettings, response: Response, who: Administrator, house: HouseIn, if_match: IfMatch = None
) -> TownSettings:
    """Make the town's settings these. Needs If-Match."""
    async with house.database.writing() as session:
        demand_tag(if_match, tag_of((await house.town.now(session)).settings))
        await repository.save_settings(session, body.model_dump(mode="json"))
        await note(session, house, who, "town-settings", "shifts, calendars and rules were set")
    response.headers["ETag"] = tag_of(body)
    return body


@router.get("/departments", response_model=Departments, responses={**UNCHANGED, **responses(401, 403)})
async def list_departments(who: Anyone, house: HouseIn, if_none_match: IfNoneMatch = None) -> Response:
    """Those that units can whistle for: all at once, since they are written all at once, and 1,000 at most."""
    async with house.database.reading() as session:
        town = await house.town.now(session)
    return answer_document(departments_of(town), if_none_match)


@router.put("/departments", dependencies=[told_by_pages], responses=responses(400, 401, 403, 412, 422, 428))
async def write_departments(
    body: Departments, response: Response, who: Administrator, house: HouseIn, if_match: IfMatch = None
) -> Written:
    """Make the town's departments these. Needs If-Match."""
    lines = [
        people.DepartmentLine(
            f"items[{n}]", one.id, one.name, tuple(one.units), tuple(k.value for k in one.kinds), one.answer_minutes
        )
        for n, one in enumerate(body.items)
    ]
    async with house.database.writing() as session:
        town = await house.town.now(session)
        demand_tag(if_match, tag_of(departments_of(town)))
        count = await people.write_departments(session, town, lines)
        await note(session, house, who, "town-departments", f"{count} departments")
    response.headers["ETag"] = tag_of(body)
    return Written(lines=count)
