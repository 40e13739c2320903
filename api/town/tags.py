"""What stands for a state of the town's parts, so that nobody overwrites what they have not seen."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.etag import body_tag
from api.kit.scope import Scope
from api.kit.tagged import tag_of
from api.town import repository
from api.town.duty import Part
from api.town.index import Town
from api.town.schemas import DepartmentBody, Departments, Member, Roster, RosterLineIn, Team


def units_tag(town: Town, scope: Scope) -> str:
    """Of all units with their shapes, as somebody with this scope may see them: whichever page of them was read."""
    seen = "*" if scope.grids is None else "\n".join(sorted(scope.grids))
    return body_tag(f"{town.units_digest}\n{seen}".encode())


def departments_of(town: Town) -> Departments:
    return Departments(items=[DepartmentBody.of(one) for one in town.departments])


async def team_of(session: AsyncSession, unit_id: str) -> Team:
    rows = await repository.team_of(session, unit_id)
    return Team(members=[Member(username=row.username, part=Part(row.part)) for row in rows])


async def roster_of(session: AsyncSession, unit_id: str) -> Roster:
    return Roster(entries=[RosterLineIn.of(row) for row in await repository.roster_of(session, unit_id)])


async def rosters_tag(session: AsyncSession, unit_ids: Collection[str]) -> str:
    """Of the rosters of several units together: those that a file names."""
    rows = await repository.rosters_of(session, unit_ids)
    told = [f"{unit} {tag_of(Roster(entries=[RosterLineIn.of(row) for row in rows[unit]]))}" for unit in sorted(rows)]
    return body_tag("\n".join(told).encode())
