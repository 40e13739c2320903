"""Patrols over HTTP: plans made, checked, kept and given out."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.auth.service import Principal
from api.house import House
from api.kit.cursor import decode_cursor, encode_cursor
from api.patrols import plans, repository, rules
from api.patrols.access import Cursor, HouseIn, Limit, Planner, Reader
from api.patrols.models import PatrolPlanRow
from api.patrols.orders import (
    MEDIA,
    AreaBody,
    CorridorBody,
    FollowUpBody,
    Format,
    Ordered,
    PerimeterBody,
    PlacesBody,
)
from api.patrols.refused import refusals
from api.patrols.schemas import BrokenRule, Checked, Plan, PlanBody, Plans
from api.problems import responses


class GeoJson(Response):
    media_type = "application/geo+json"


router = APIRouter(prefix="/patrols", tags=["patrols"])
PlanId = Annotated[str, Path(max_length=64)]


@router.post("/checks", responses=responses(401, 403, 422))
async def check_patrol_plan(body: PlanBody, who: Planner, house: HouseIn) -> Checked:
    """Hold a plan against rules, and keep nothing: every broken rule with its place."""
    plan, held_to, verdict = await asyncio.to_thread(rules.checked, body.plan, body.name, body.rules, house.terrain)
    return Checked(
        ok=verdict.ok,
        above="ground" if held_to.terrain is not None else "home",
        hash=plan.hash,
        broken=rules.shown(verdict.broken),
        cautions=rules.shown(verdict.cautions),
        length_m=verdict.length_m,
        duration_s=verdict.duration_s,
    )


@router.get("/plans", responses=responses(400, 401, 403, 422))
async def list_patrol_plans(who: Reader, house: HouseIn, limit: Limit = 50, cursor: Cursor = None) -> Plans:
    """Newest first."""
    async with house.database.reading() as session:
        rows = await repository.plans(session, who, decode_cursor(cursor), limit + 1)
    following = encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None
    return Plans(items=[_plan(row) for row in rows[:limit]], next=following)


@router.post("/plans", status_code=201, responses=refusals(401, 403))
async def keep_patrol_plan(body: PlanBody, who: Planner, house: HouseIn) -> Plan:
    """Keep a plan of whatever program. One that breaks a rule is refused: `errors` names each, with its place; here and
    wherever plans are made, `Accept: image/svg+xml` has the refusal drawn, the rules numbered in the same order."""
    return _plan(await plans.keep(house, who, body))


@router.post("/plans/area", status_code=201, responses=refusals(401, 403))
async def plan_patrol_over_area(body: AreaBody, who: Planner, house: HouseIn) -> Plans:
    """Plan back and forth over `rules.area`: one plan for each battery of each drone."""
    return await _made(house, who, body)


@router.post("/plans/corridor", status_code=201, responses=refusals(401, 403))
async def plan_patrol_along_line(body: CorridorBody, who: Planner, house: HouseIn) -> Plans:
    """Plan along a line, the camera across it: front walls and the wires on them."""
    return await _made(house, who, body)


@router.post("/plans/perimeter", status_code=201, responses=refusals(401, 403))
async def plan_patrol_round_area(body: PerimeterBody, who: Planner, house: HouseIn) -> Plans:
    """Plan once round `rules.area`, inside its edge."""
    return await _made(house, who, body)


@router.post("/plans/places", status_code=201, responses=refusals(401, 403))
async def plan_patrol_to_places(body: PlacesBody, who: Planner, house: HouseIn) -> Plans:
    """Plan a look at each of some places, or a circle round each."""
    return await _made(house, who, body)


@router.post("/plans/follow-up", status_code=201, responses=refusals(401, 403, 404))
async def plan_follow_up(body: FollowUpBody, who: Planner, house: HouseIn) -> Plans:
    """Plan looks at the places of tickets that are open, overdue or waiting for verification."""
    return Plans(items=[_plan(row) for row in await plans.follow_up(house, who, body)])


@router.get("/plans/{plan_id}", responses=responses(401, 403, 404))
async def get_patrol_plan(plan_id: PlanId, who: Reader, house: HouseIn) -> Plan:
    async with house.database.reading() as session:
        return _plan(await plans.find(session, who, plan_id))


@router.get("/plans/{plan_id}/file", responses=responses(401, 403, 404, 422))
async def get_patrol_file(
    plan_id: PlanId,
    who: Reader,
    house: HouseIn,
    form: Annotated[Format, Query(alias="format", description="plan is QGroundControl's, kmz DJI's WPML.")] = "plan",
) -> Response:
    """The plan as a file. `plan` keeps the rules that it was held to, and whoever uploads it is held to them; the other
    formats have no place for those, and for some of the rest."""
    async with house.database.reading() as session:
        row = await plans.find(session, who, plan_id)
    content = await asyncio.to_thread(plans.file_of, row, form)
    headers = {"Content-Disposition": f'attachment; filename="{row.id}.{form}"', "Cache-Control": "private"}
    return Response(content, media_type=MEDIA[form], headers=headers)


@router.get(
    "/plans/{plan_id}/map",
    response_class=GeoJson,
    responses=responses(401, 403, 404),
    openapi_extra={"responses": {"200": {"content": {GeoJson.media_type: {"schema": {"type": "object"}}}}}},
)
async def get_patrol_map(plan_id: PlanId, who: Reader, house: HouseIn) -> Response:
    """The plan as GeoJSON, for a map."""
    async with house.database.reading() as session:
        row = await plans.find(session, who, plan_id)
    return GeoJson(await asyncio.to_thread(plans.file_of, row, "geojson"))


async def _made(house: House, who: Principal, body: Ordered) -> Plans:
    return Plans(items=[_plan(row) for row in await plans.make(house, who, body)])


def _plan(row: PatrolPlanRow) -> Plan:
    return Plan(
        id=row.id,
        batch=row.batch,
        part=row.part,
        drone=row.drone,
        starts_after_s=row.starts_after_s,
        apart_m=row.apart_m,
        name=row.name,
        hash=row.hash,
        length_m=round(row.length_m, 2),
        duration_s=round(row.duration_s, 1),
        cautions=[BrokenRule(**one) for one in row.cautions],
        tickets=row.tickets,
        created_at=row.created_at,
        created_by=row.created_by,
    )
