"""`sanxun patrol plan`: a patrol over an area, along a line, or to places."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Json
from api.cli.patrol import options
from api.cli.patrol.kinds import Asked, Kind, Made, Side, make

if TYPE_CHECKING:
    from drone.check.terms import Verdict
    from drone.terrain import Terrain
    from drone.types import PatrolPlan


def plan_patrol(
    area: Annotated[
        Path,
        typer.Option(
            metavar="AREA.geojson",
            exists=True,
            dir_okay=False,
            help="One polygon, WGS-84, longitude first; a line or points for the kinds that fly those. KML too.",
        ),
    ],
    home: Annotated[str, typer.Option(metavar="LON,LAT", help="The take-off point, WGS-84.")],
    kind: Annotated[Kind, typer.Option(help="What is flown.")] = Kind.AREA,
    no_fly: options.NoFly = None,
    no_fly_buffer: options.NoFlyBuffer = 0,
    people: options.People = None,
    fence: options.Fence = None,
    height: Annotated[
        float, typer.Option(metavar="M", help="Height above the take-off point; with --dem above the ground.")
    ] = 60,
    spacing: Annotated[float, typer.Option(metavar="M", help="Between swaths: no more than the camera's width.")] = 40,
    speed: Annotated[float, typer.Option(metavar="M/S", help="Ground speed.")] = 8,
    camera: Annotated[
        str | None, typer.Option(metavar="SPEC", help="13.2x8.8mm,f8.8mm,5472x3648: takes pictures, sets spacing.")
    ] = None,
    side_overlap: Annotated[float, typer.Option(metavar="PERCENT", help="Of swaths, with --camera.")] = 60,
    front_overlap: Annotated[float, typer.Option(metavar="PERCENT", help="Of pictures, with --camera.")] = 75,
    gsd: Annotated[float | None, typer.Option(metavar="CM", help="A pixel on the ground: sets the height.")] = None,
    dem: options.Dem = None,
    clearance: options.Clearance = None,
    return_height: options.ReturnHeight = None,
    safe_returns: options.SafeReturns = False,
    side: Annotated[Side, typer.Option(help="Of a corridor, which side the camera looks at.")] = Side.BOTH,
    offset: Annotated[float, typer.Option(metavar="M", help="From a corridor's line, or inside a perimeter.")] = 15,
    pitch: Annotated[float, typer.Option(metavar="DEG", help="Of the camera along lines: -90 is down.")] = -30,
    away: Annotated[float, typer.Option(metavar="M", help="From places looked at or flown round.")] = 30,
    hold: Annotated[float, typer.Option(metavar="S", help="At each place looked at.")] = 5,
    landing: Annotated[str | None, typer.Option(metavar="LON,LAT", help="Land there instead of at home.")] = None,
    rally: Annotated[list[str] | None, typer.Option(metavar="LON,LAT", help="Where a failsafe may return to.")] = None,
    endurance: options.Endurance = None,
    reserve: options.Reserve = options.RESERVE_PERCENT,
    wind: options.Wind = 0,
    max_height: options.MaxHeight = options.MAX_HEIGHT_M,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="PLAN.plan", help="Write QGroundControl plans: PLAN-1.plan … if several."
        ),
    ] = None,
    plot: options.Plot = None,
    as_json: Json = False,
) -> None:
    """Plan a patrol: no leg leaves the area, and no way, to it and home too, enters a no-fly zone."""
    from drone.area import KeepOut
    from drone.camera import camera_of, every_m, height_m, spacing_m
    from drone.check.carried import carrying
    from drone.check.rules import check
    from drone.check.terms import Rules
    from drone.errors import BadArea
    from drone.formats.svg import to_svg
    from drone.qgc import to_plan

    lens = camera_of(camera) if camera else None
    if gsd is not None:
        if lens is None:
            raise BadArea("--gsd needs --camera: the height follows from the camera's figures")
        height = round(height_m(lens, gsd / 100), 2)
    zones = options.zones_in(no_fly, people)
    battery = options.battery_of(endurance, reserve, wind)
    border = options.polygon_in(fence) if fence else None
    made = make(
        Asked(
            kind,
            area,
            options.lon_lat(home, "--home"),
            height,
            spacing_m(lens, height, side_overlap / 100) if lens else spacing,
            speed,
            KeepOut(zones, no_fly_buffer, border),
            battery,
            side,
            offset,
            pitch,
            away,
            hold,
            every_m(lens, height, front_overlap / 100) if lens else None,
        )
    )
    ground = options.terrain_in(dem)
    flights = tuple(_finished(plan, ground, landing, rally or [], height, max_height) for plan in made.flights)
    rules = Rules(
        made.area,
        border,
        zones,
        no_fly_buffer,
        max_height_m=max_height,
        battery=battery,
        terrain=ground,
        clearance_m=options.clearance_of(clearance),
        return_height_m=return_height,
        safe_returns=safe_returns,
    )
    verdicts = [check(plan, rules) for plan in flights]
    _hold(verdicts, height, max_height)
    files = options.numbered(output, len(flights))
    for path, plan in zip(files, flights, strict=False):
        options.write(path, carrying(to_plan(plan), rules))
    if plot:
        options.write(plot, to_svg(flights, made.area, no_fly_buffer))
    facts = _facts(made, flights, verdicts)
    cautions = [one for verdict in verdicts for one in verdict.cautions]
    print(json.dumps(facts, indent=1) if as_json else "\n".join([_sentences(facts, files), *options.told(cautions)]))


def _finished(
    plan: PatrolPlan, ground: Terrain | None, landing: str | None, rally: list[str], height_m: float, most_m: float
) -> PatrolPlan:
    from drone.terrain import over_ground
    from drone.types import Land, Rally

    points = [options.lon_lat(text, "--rally") for text in rally]
    plan = replace(plan, rally=tuple(Rally(lon, lat, height_m) for lon, lat in points))
    if landing is not None:
        plan = replace(plan, items=(*plan.items[:-1], Land(*options.lon_lat(landing, "--landing"))))
    return over_ground(plan, ground, most_m) if ground is not None else plan


def _hold(verdicts: list[Verdict], height_m: float, max_height_m: float) -> None:
    """The plan is held against the rules before anything is written."""
    from drone.errors import PlanRefused

    if height_m > max_height_m:
        raise PlanRefused(f"max_height: {height_m:g} m are asked for, at most {max_height_m:g} m are allowed")
    broken = [one for verdict in verdicts for one in verdict.broken]
    if broken:
        first = broken[0]
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise PlanRefused(f"{first.rule} at {first.lon:.6f},{first.lat:.6f}: {first.detail}{more}")


def _facts(made: Made, flights: tuple[PatrolPlan, ...], verdicts: list[Verdict]) -> dict[str, object]:
    from drone.figures import flights_hash, flown

    measured = [flown(plan) for plan in flights]
    figures = made.figures
    return {
        "waypoints": [asdict(point) for plan in flights for point in plan.waypoints],
        "length_m": round(sum(one.length_m for one in measured), 2),
        "transit_m": round(sum(one.transit_m for one in measured), 2),
        "duration_s": round(sum(verdict.duration_s for verdict in verdicts), 1),
        "coverage": round(figures.coverage, 5) if figures else None,
        "outside_m": round(figures.outside_m, 3) if figures else None,
        "no_fly_m": round(figures.no_fly_m, 3) if figures else 0.0,
        "batteries": len(flights),
        "sweep_deg": made.sweep_deg,
        "hash": flights_hash(flights),
        "flights": [
            {
                "waypoints": len(plan.waypoints),
                "length_m": round(one.length_m, 2),
                "duration_s": round(verdict.duration_s, 1),
                "hash": plan.hash,
                "cautions": [asdict(caution) for caution in verdict.cautions],
            }
            for plan, one, verdict in zip(flights, measured, verdicts, strict=True)
        ],
    }


def _sentences(facts: dict[str, object], files: list[Path]) -> str:
    waypoints, batteries, seen = facts["waypoints"], facts["batteries"], facts["coverage"]
    assert isinstance(waypoints, list)
    lines = [
        f"{len(waypoints)} waypoints, {facts['length_m']:.0f} m from first to last, {facts['transit_m']:.0f} m there "
        f"and back; about {float(str(facts['duration_s'])) / 60:.1f} min on {batteries} "
        f"{'battery' if batteries == 1 else 'batteries'}",
        *([f"{seen:.1%} of the area seen, {facts['outside_m']:.1f} m outside it"] if seen is not None else []),
        f"hash {facts['hash']}",
        *(f"written to {path}" for path in files),
    ]
    return "\n".join(lines)
