"""Teams, rosters and who is on duty, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.kit.etag import demand_tag
from api.kit.moment import MomentIn
from api.kit.tagged import UNCHANGED, IfMatch, IfNoneMatch, answer_document, tag_of
from api.problems import responses
from api.town import people, repository
from api.town.duty import on_duty
from api.town.faults import told_by_pages
from api.town.index import load_town
from api.town.router import XLSX, Anyone, Centre, HouseIn, UnitId, file_body, note, unit_in_scope
from api.town.schemas import Duty, Roster, RosterIn, Team, Written
from api.town.tags import roster_of, rosters_tag, team_of

router = APIRouter(prefix="/town", tags=["town"])


@router.get("/units/{unit_id}/team", response_model=Team, responses={**UNCHANGED, **responses(401, 403, 404)})
async def read_team(unit_id: UnitId, who: Anyone, house: HouseIn, if_none_match: IfNoneMatch = None) -> Response:
    async with house.database.reading() as session:
        unit_in_scope(await house.town.now(session), who, unit_id)
        found = await team_of(session, unit_id)
    return answer_document(found, if_none_match)


@router.put("/units/{unit_id}/team", responses=responses(401, 403, 404, 412, 422, 428))
async def write_team(
    unit_id: UnitId, body: Team, response: Response, who: Centre, house: HouseIn, if_match: IfMatch = None
) -> Written:
    """1+1+N: at most one officer and one grid worker, and helpers. Needs If-Match."""
    lines = [
        people.TeamLine(f"members[{n}]", unit_id, one.username, one.part.value) for n, one in enumerate(body.members)
    ]
    async with house.database.writing() as session:
        town = await house.town.now(session)
        unit_in_scope(town, who, unit_id)
        demand_tag(if_match, tag_of(await team_of(session, unit_id)))
        count = await people.write_teams(session, town, lines, units=[unit_id])
        await note(session, house, who, "town-team", f"{unit_id}: {count} members")
        response.headers["ETag"] = tag_of(await team_of(session, unit_id))
    return Written(lines=count)


@router.get("/units/{unit_id}/roster", response_model=Roster, responses={**UNCHANGED, **responses(401, 403, 404)})
async def read_roster(unit_id: UnitId, who: Anyone, house: HouseIn, if_none_match: IfNoneMatch = None) -> Response:
    async with house.database.reading() as session:
        unit_in_scope(await house.town.now(session), who, unit_id)
        found = await roster_of(session, unit_id)
    return answer_document(found, if_none_match)


@router.put(
    "/units/{unit_id}/roster", dependencies=[told_by_pages], responses=responses(400, 401, 403, 404, 412, 422, 428)
)
async def write_roster(
    unit_id: UnitId, body: RosterIn, response: Response, who: Centre, house: HouseIn, if_match: IfMatch = None
) -> Written:
    """Make the unit's roster this. Needs If-Match."""
    lines = [
        people.RosterLine(f"entries[{n}]", unit_id, one.shift, one.username, one.date, one.days)
        for n, one in enumerate(body.entries)
    ]
    async with house.database.writing() as session:
        town = await house.town.now(session)
        unit_in_scope(town, who, unit_id)
        demand_tag(if_match, tag_of(await roster_of(session, unit_id)))
        await repository.clear_roster_of(session, unit_id)
        count = await people.write_roster(session, town, lines)
        await note(session, house, who, "town-roster", f"{unit_id}: {count} lines")
        response.headers["ETag"] = tag_of(await roster_of(session, unit_id))
    return Written(lines=count)


@router.put(
    "/roster",
    dependencies=[told_by_pages],
    responses=responses(400, 401, 403, 404, 412, 413, 422, 428),
    openapi_extra=file_body("text/csv", XLSX),
)
async def import_roster(
    request: Request,
    response: Response,
    who: Centre,
    house: HouseIn,
    dry_run: Annotated[bool, Query(description="Check the lines, and store nothing.")] = False,
    if_match: IfMatch = None,
) -> Written:
    """Lines of CSV or XLSX with the columns unit, shift, username, and date or days. They stand instead of what the
    roster said of the same unit and date, or of the unit's week. One line of a unit outside the caller's, and none
    takes effect.

    Needs If-Match: the ETag of a dry run, which stands for the rosters of the units that the lines name.
    """
    lines = await asyncio.to_thread(people.read_roster, await request.body())
    async with house.database.writing() as session:
        town = await load_town(session)
        for line in lines:
            if who.scope.grids is not None:  # or what is no unit is said of all lines at once
                unit_in_scope(town, who, line.unit)
        units = {line.unit for line in lines}
        tag = await rosters_tag(session, units)
        if not dry_run:
            demand_tag(if_match, tag)
        count = await people.write_roster(session, town, lines)
        if dry_run:
            await session.rollback()
        else:
            await note(session, house, who, "town-roster", f"{count} lines from a file")
            tag = await rosters_tag(session, units)
    response.headers["ETag"] = tag
    return Written(lines=count)


@router.get("/units/{unit_id}/duty", responses=responses(401, 403, 404, 422))
async def read_duty(
    unit_id: UnitId,
    who: Anyone,
    house: HouseIn,
    at: Annotated[MomentIn | None, Query(description="Now, where not given.")] = None,
) -> Duty:
    """Who is on duty in a unit."""
    moment = at or house.clock.now()
    async with house.database.reading() as session:
        town = await house.town.now(session)
        unit_in_scope(town, who, unit_id)
        found = await on_duty(session, town, unit_id, moment)
    return Duty(usernames=list(found), at=moment)
