"""`sanxun patrol follow-up`: a patrol to the tickets that are open, overdue or waiting for verification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import DataDir, Json, data_dir
from api.cli.patrol import kept, options
from api.cli.patrol.shares import shares
from api.cli.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.patrols.models import PatrolPlanRow
    from drone.types import Zone


def follow_up(
    home: options.Home,
    no_fly: options.NoFly = None,
    no_fly_buffer: options.NoFlyBuffer = 0,
    people: options.People = None,
    fence: options.Fence = None,
    dem: options.Dem = None,
    clearance: options.Clearance = None,
    return_height: options.ReturnHeight = None,
    safe_returns: options.SafeReturns = False,
    camera: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="The drone's camera: what another drone raised, whose looks alone close it, is left out."
        ),
    ] = None,
    landing: options.Landing = None,
    rally: options.Rally = None,
    drones: options.Drones = 1,
    separation: options.Separation = 10,
    height: Annotated[
        float | None, typer.Option(metavar="M", help="Above the take-off point; else as drones saw them, or 60.")
    ] = None,
    speed: options.Speed = 8,
    away: Annotated[float, typer.Option(metavar="M", help="From places that no drone saw.")] = 30,
    hold: Annotated[float, typer.Option(metavar="S", help="At each place.")] = 5,
    within: Annotated[float, typer.Option(metavar="M", help="Tickets farther from home are left out.")] = 5000,
    endurance: options.Endurance = None,
    reserve: options.Reserve = options.RESERVE_PERCENT,
    wind: options.Wind = 0,
    max_height: options.MaxHeight = options.MAX_HEIGHT_M,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PLAN.plan", help="PLAN-1.plan … if several.")
    ] = None,
    plot: options.Plot = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """Plan looks at the places of unsolved tickets; the plans are kept in the data folder as well."""
    from pydantic import ValidationError
    from shapely.geometry import mapping

    from api.patrols import plans
    from api.patrols.orders import FollowUpBody
    from api.patrols.refused import PlanRefused
    from api.patrols.schemas import RulesBody
    from drone.errors import BadArea

    try:
        rules = RulesBody(
            no_fly=_document(options.zones_in(no_fly, None)),
            people=_document(options.zones_in(None, people)),
            fence=mapping(options.polygon_in(fence)) if fence else None,
            no_fly_buffer_m=no_fly_buffer,
            max_height_m=max_height,
            endurance_min=endurance,
            reserve=reserve / 100,
            wind_m_s=wind,
            terrain=dem is not None,
            clearance_m=options.clearance_of(clearance),
            return_height_m=return_height,
            safe_returns=safe_returns,
        )
        body = FollowUpBody(
            rules=rules,
            home=options.lon_lat(home, "--home"),
            height_m=height,
            speed_m_s=speed,
            away_m=away,
            hold_s=hold,
            within_m=within,
            camera=camera,
            landing=options.lon_lat(landing, "--landing") if landing is not None else None,
            rally=[options.lon_lat(text, "--rally") for text in rally or []],
            drones=drones,
            separation_m=separation,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise BadArea(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}, got {fault['input']!r}"
        ) from error
    try:
        rows = kept.run(data_dir(data), lambda house: plans.follow_up(house, kept.at_this_machine(), body), dem)
    except PlanRefused as error:
        if plot:
            options.write(plot, error.svg())
        raise
    files = options.numbered(output, len(rows), drones)
    for path, row in zip(files, rows, strict=False):
        options.write(path, plans.file_of(row))
    for line in options.left_over(output, files):
        say(line)
    if plot:
        _draw(plot, rows)
    facts = _facts(rows)
    print(json.dumps(facts, indent=1) if as_json else _sentences(facts, rows, files))


def _document(zones: tuple[Zone, ...]) -> dict[str, Any] | None:
    """Zones of whatever files as the one GeoJSON document that a request holds."""
    from drone.formats.geojson import zones_to_json

    return zones_to_json(zones) if zones else None


def _draw(plot: Path, rows: Sequence[PatrolPlanRow]) -> None:
    from drone.check.carried import carried
    from drone.check.terms import Broken, Rules, Verdict
    from drone.formats.svg import to_svg
    from drone.qgc import from_plan

    verdicts = [Verdict((), tuple(Broken(**one) for one in row.cautions), row.length_m, row.duration_s) for row in rows]
    held_to = carried(rows[0].document, rows[0].name) or Rules()
    options.write(plot, to_svg([from_plan(row.document, row.name) for row in rows], held_to, verdicts))


def _facts(rows: Sequence[PatrolPlanRow]) -> dict[str, Any]:
    from dataclasses import asdict

    from drone.figures import flights_hash, flown
    from drone.qgc import from_plan
    from drone.types import Takeoff

    found = [from_plan(row.document, row.name) for row in rows]
    measured = [flown(plan) for plan in found]
    return {
        "waypoints": [asdict(point) for plan in found for point in plan.waypoints],
        "length_m": round(sum(one.length_m for one in measured), 2),
        "transit_m": round(sum(one.transit_m for one in measured), 2),
        "duration_s": round(sum(row.duration_s for row in rows), 1),
        "batteries": len(rows),
        "tickets": [ticket for row in rows for ticket in row.tickets],
        "plans": [row.id for row in rows],
        "not_as_seen": [
            [f"{one['lon']:.5f},{one['lat']:.5f}", one["detail"]]
            for row in rows
            for one in row.cautions
            if one["rule"] == "not_as_seen"
        ],
        "cautions": [one for row in rows for one in row.cautions],
        "hash": flights_hash(found),
        "drones": rows[-1].drone,
        "apart_m": None if rows[0].apart_m is None else round(rows[0].apart_m, 2),
        "flights": [
            {
                "drone": row.drone,
                "starts_after_s": row.starts_after_s,
                "climbs_to_m": next(one.height_above_home_m for one in plan.items if isinstance(one, Takeoff)),
                "waypoints": len(plan.waypoints),
                "length_m": round(measure.length_m, 2),
                "duration_s": round(row.duration_s, 1),
                "hash": plan.hash,
            }
            for row, plan, measure in zip(rows, found, measured, strict=True)
        ],
    }


def _sentences(facts: dict[str, Any], rows: Sequence[PatrolPlanRow], files: list[Path]) -> str:
    from drone.check.terms import Broken

    batteries = "battery" if facts["batteries"] == 1 else "batteries"
    return "\n".join(
        [
            f"{len(facts['tickets'])} tickets, {len(facts['waypoints'])} waypoints, about "
            f"{facts['duration_s'] / 60:.1f} min on {facts['batteries']} {batteries}",
            *shares(facts),
            f"hash {facts['hash']}",
            *(f"written to {path}" for path in files),
            *options.told([Broken(**one) for row in rows for one in row.cautions]),
        ]
    )
