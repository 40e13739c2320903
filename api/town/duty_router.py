"""Teams, rosters and who is on duty, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.kit.moment import MomentIn
from api.problems import responses
from api.town import people, repository
from api.town.duty import Part, on_duty
from api.town.index import load_town
from api.town.router import XLSX, Anyone, Centre, HouseIn, UnitId, file_body, note, unit_in_scope
from api.town.schemas import Duty, Member, Roster, RosterLineIn, Team, Written

router = APIRouter(prefix="/town", tags=["town"])


@router.get("/units/{unit_id}/team", responses=responses(401, 403, 404))
async def read_team(unit_id: UnitId, who: Anyone, house: HouseIn) -> Team:
    async with house.database.reading() as session:
        unit_in_scope(await house.town.now(session), who, unit_id)
        rows = await repository.team_of(session, unit_id)
    return Team(members=[Member(username=row.username, part=Part(row.part)) for row in rows])


@router.put("/units/{unit_id}/team", responses=responses(401, 403, 404, 422))
async def write_team(unit_id: UnitId, body: Team, who: Centre, house: HouseIn) -> Written:
    """1+1+N: at most one officer and one grid worker, and helpers."""
    lines = [
        people.TeamLine(f"members[{n}]", unit_id, one.username, one.part.value) for n, one in enumerate(body.members)
    ]
    async with house.database.writing() as session:
        town = await house.town.now(session)
        unit_in_scope(town, who, unit_id)
        count = await people.write_teams(session, town, lines, units=[unit_id])
        await note(session, house, who, "town-team", f"{unit_id}: {count} members")
    return Written(lines=count)


@router.get("/units/{unit_id}/roster", responses=responses(401, 403, 404))
async def read_roster(unit_id: UnitId, who: Anyone, house: HouseIn) -> Roster:
    async with house.database.reading() as session:
        unit_in_scope(await house.town.now(session), who, unit_id)
        rows = await repository.roster_of(session, unit_id)
    return Roster(entries=[RosterLineIn.of(row) for row in rows])


@router.put("/units/{unit_id}/roster", responses=responses(401, 403, 404, 422))
async def write_roster(unit_id: UnitId, body: Roster, who: Centre, house: HouseIn) -> Written:
    """Make the unit's roster this."""
    lines = [
        people.RosterLine(f"entries[{n}]", unit_id, one.shift, one.username, one.date, one.days)
        for n, one in enumerate(body.entries)
    ]
    async with house.database.writing() as session:
        town = await house.town.now(session)
        unit_in_scope(town, who, unit_id)
        await repository.clear_roster_of(session, unit_id)
        count = await people.write_roster(session, town, lines)
        await note(session, house, who, "town-roster", f"{unit_id}: {count} lines")
    return Written(lines=count)


@router.put("/roster", responses=responses(401, 403, 404, 413, 422), openapi_extra=file_body("text/csv", XLSX))
async def import_roster(request: Request, who: Centre, house: HouseIn) -> Written:
    """Lines of CSV or XLSX with the columns unit, shift, username, and date or days. They stand instead of what the
    roster said of the same unit and date, or of the unit's week. One line of a unit outside the caller's, and none
    takes effect."""
    lines = await asyncio.to_thread(people.read_roster, await request.body())
    async with house.database.writing() as session:
        town = await load_town(session)
        for line in lines:
            if who.scope.grids is not None:  # or what is no unit is said of all lines at once
                unit_in_scope(town, who, line.unit)
        count = await people.write_roster(session, town, lines)
        await note(session, house, who, "town-roster", f"{count} lines from a file")
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
