"""`sanxun patrol plan`: a patrol over an area."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Json
from api.cli.patrol import options

if TYPE_CHECKING:
    from drone.area import AreaPlan
    from drone.check.rules import Rules


def plan_patrol(
    area: Annotated[
        Path,
        typer.Option(metavar="AREA.geojson", exists=True, dir_okay=False, help="One polygon, WGS-84, longitude first."),
    ],
    home: Annotated[str, typer.Option(metavar="LON,LAT", help="The take-off point, WGS-84.")],
    no_fly: options.NoFly = None,
    no_fly_buffer: options.NoFlyBuffer = 0,
    people: options.People = None,
    fence: options.Fence = None,
    height: Annotated[float, typer.Option(metavar="M", help="Height above the take-off point.")] = 60,
    spacing: Annotated[float, typer.Option(metavar="M", help="Between swaths: no more than the camera's width.")] = 40,
    speed: Annotated[float, typer.Option(metavar="M/S", help="Ground speed.")] = 8,
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
    """Plan a flight back and forth over an area: no leg leaves it, and no way, to it and home too, enters a zone."""
    from drone.area import Flight, KeepOut, plan_area
    from drone.check.rules import Rules
    from drone.formats.svg import to_svg
    from drone.qgc import to_plan

    zones = options.zones_in(no_fly, people)
    battery = options.battery_of(endurance, reserve, wind)
    border = options.polygon_in(fence) if fence else None
    polygon = options.polygon_in(area)
    found = plan_area(
        polygon,
        Flight(height, spacing, speed),
        options.lon_lat(home, "--home"),
        name=area.stem,
        keep_out_of=KeepOut(zones, no_fly_buffer, border),
        battery=battery,
    )
    rules = Rules(polygon, border, zones, no_fly_buffer, max_height_m=max_height, battery=battery)
    _hold(found, rules)
    files = _files(output, len(found.flights))
    for path, plan in zip(files, found.flights, strict=False):
        options.write(path, to_plan(plan))
    if plot:
        options.write(plot, to_svg(found.flights, polygon, no_fly_buffer))
    print(json.dumps(_facts(found, rules), indent=1) if as_json else _sentences(found, files))


def _hold(found: AreaPlan, rules: Rules) -> None:
    """The plan is held against the rules before anything is written."""
    from drone.check.rules import check
    from drone.errors import PlanRefused

    for plan in found.flights:
        broken = check(plan, rules).broken
        if broken:
            first = broken[0]
            more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
            raise PlanRefused(f"{first.rule} at {first.lon:.6f},{first.lat:.6f}: {first.detail}{more}")


def _files(output: Path | None, flights: int) -> list[Path]:
    if output is None:
        return []
    if flights == 1:
        return [output]
    return [output.with_name(f"{output.stem}-{number}{output.suffix}") for number in range(1, flights + 1)]


def _facts(found: AreaPlan, rules: Rules) -> dict[str, object]:
    from drone.check.rules import check

    figures = found.figures
    verdicts = [check(plan, rules) for plan in found.flights]
    return {
        "waypoints": [asdict(point) for plan in found.flights for point in plan.waypoints],
        "length_m": round(figures.length_m, 2),
        "transit_m": round(figures.transit_m, 2),
        "duration_s": round(figures.duration_s, 1),
        "coverage": round(figures.coverage, 5),
        "outside_m": round(figures.outside_m, 3),
        "no_fly_m": round(figures.no_fly_m, 3),
        "batteries": len(found.flights),
        "sweep_deg": found.sweep_deg,
        "hash": figures.hash,
        "flights": [
            {
                "waypoints": len(plan.waypoints),
                "duration_s": round(verdict.duration_s, 1),
                "hash": plan.hash,
                "cautions": [asdict(caution) for caution in verdict.cautions],
            }
            for plan, verdict in zip(found.flights, verdicts, strict=True)
        ],
    }


def _sentences(found: AreaPlan, files: list[Path]) -> str:
    figures = found.figures
    count = sum(len(plan.waypoints) for plan in found.flights)
    batteries = len(found.flights)
    lines = [
        f"{count} waypoints, {figures.length_m:.0f} m over the area, {figures.transit_m:.0f} m to it and back; about "
        f"{figures.duration_s / 60:.1f} min on {batteries} {'battery' if batteries == 1 else 'batteries'}",
        f"{figures.coverage:.1%} of the area seen, {figures.outside_m:.1f} m outside it",
        f"hash {figures.hash}",
        *(f"written to {path}" for path in files),
    ]
    return "\n".join(lines)
