"""`sanxun patrol plan`: a patrol over an area, along a line, or to places."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import Json
from api.cli.patrol import options
from api.cli.patrol.shares import shares
from api.cli.say import say
from drone.kind import Kind, Side

if TYPE_CHECKING:
    from drone.kinds import Target
    from drone.orders import CarriedOut


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
    home: options.Home,
    kind: Annotated[Kind, typer.Option(help="What is flown.")] = Kind.AREA,
    no_fly: options.NoFly = None,
    no_fly_buffer: options.NoFlyBuffer = 0,
    people: options.People = None,
    fence: options.Fence = None,
    height: Annotated[
        float, typer.Option(metavar="M", help="Height above the take-off point; with --dem above the ground.")
    ] = 60,
    spacing: Annotated[float, typer.Option(metavar="M", help="Between swaths: no more than the camera's width.")] = 40,
    speed: options.Speed = 8,
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
    landing: options.Landing = None,
    rally: options.Rally = None,
    drones: options.Drones = 1,
    separation: options.Separation = 10,
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
    from drone.camera import camera_of
    from drone.check.carried import carrying
    from drone.check.terms import Rules
    from drone.errors import BadArea
    from drone.formats.svg import to_svg
    from drone.kinds import Manner
    from drone.orders import Order, Picturing, carried_out
    from drone.qgc import to_plan

    if gsd is not None and camera is None:
        raise BadArea("--gsd needs --camera: the height follows from the camera's figures")
    shares = (side_overlap / 100, front_overlap / 100, gsd / 100 if gsd is not None else None)
    made = carried_out(
        Order(
            kind,
            area.stem,
            options.lon_lat(home, "--home"),
            _target(kind, area),
            Rules(
                fence=options.polygon_in(fence) if fence else None,
                zones=options.zones_in(no_fly, people),
                buffer_m=no_fly_buffer,
                max_height_m=max_height,
                battery=options.battery_of(endurance, reserve, wind),
                terrain=options.terrain_in(dem),
                clearance_m=options.clearance_of(clearance),
                return_height_m=return_height,
                safe_returns=safe_returns,
            ),
            Manner(height, speed, spacing, side, offset, pitch, away, hold),
            Picturing(camera_of(camera), *shares) if camera else None,
            options.lon_lat(landing, "--landing") if landing is not None else None,
            tuple(options.lon_lat(text, "--rally") for text in rally or []),
            drones,
            separation,
        )
    )
    if plot:  # of a plan that is refused, too: where it breaks which rule is seen there
        options.write(plot, to_svg(made.flights, made.rules, made.verdicts))
    _hold(made, plot)
    files = options.numbered(output, len(made.flights), drones)
    for path, plan in zip(files, made.flights, strict=False):
        options.write(path, carrying(to_plan(plan), made.rules))
    for line in options.left_over(output, files):
        say(line)
    facts = _facts(made)
    said = "\n".join([_sentences(facts, files), *options.told(made.cautions)])
    print(json.dumps(facts, indent=1) if as_json else said)


def _target(kind: Kind, path: Path) -> Target:
    """What the file holds, read as the kind needs it."""
    from drone.formats.places import read_line, read_places
    from drone.kinds import Target

    if kind in (Kind.AREA, Kind.PERIMETER):
        return Target(area=options.polygon_in(path))
    if kind is Kind.CORRIDOR:
        return Target(line=read_line(options.text_of(path), path.name))
    return Target(places=tuple(read_places(options.text_of(path), path.name)))


def _hold(made: CarriedOut, plot: Path | None) -> None:
    """The plan is held against the rules before it is written; a picture of it was."""
    from drone.errors import PlanRefused

    if made.broken:
        first = made.broken[0]
        more = f" (and {len(made.broken) - 1} more)" if len(made.broken) > 1 else ""
        seen = f"; drawn in {plot}" if plot else ": --plot FILE.svg draws where"
        raise PlanRefused(f"{first.rule} at {first.lon:.6f},{first.lat:.6f}: {first.detail}{more}{seen}")


def _facts(made: CarriedOut) -> dict[str, Any]:
    from drone.figures import flights_hash, flown
    from drone.types import Takeoff

    flights, verdicts = made.flights, made.verdicts
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
        "drones": max(sortie.drone for sortie in made.sorties),
        "apart_m": None if made.apart_m is None else round(made.apart_m, 2),
        "flights": [
            {
                "drone": sortie.drone,
                "starts_after_s": sortie.starts_after_s,
                "climbs_to_m": next(one.height_above_home_m for one in plan.items if isinstance(one, Takeoff)),
                "waypoints": len(plan.waypoints),
                "length_m": round(measure.length_m, 2),
                "duration_s": round(verdict.duration_s, 1),
                "hash": plan.hash,
                "cautions": [asdict(caution) for caution in verdict.cautions],
            }
            for sortie, plan, measure, verdict in zip(made.sorties, flights, measured, verdicts, strict=True)
        ],
    }


def _sentences(facts: dict[str, Any], files: list[Path]) -> str:
    waypoints, batteries, seen = facts["waypoints"], facts["batteries"], facts["coverage"]
    assert isinstance(waypoints, list)
    lines = [
        f"{len(waypoints)} waypoints, {facts['length_m']:.0f} m from first to last, {facts['transit_m']:.0f} m there "
        f"and back; about {float(str(facts['duration_s'])) / 60:.1f} min on {batteries} "
        f"{'battery' if batteries == 1 else 'batteries'}",
        *shares(facts),
        *([f"{seen:.1%} of the area seen, {facts['outside_m']:.1f} m outside it"] if seen is not None else []),
        f"hash {facts['hash']}",
        *(f"written to {path}" for path in files),
    ]
    return "\n".join(lines)
