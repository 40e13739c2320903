"""`sanxun patrol plan`: a patrol over an area."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Json

if TYPE_CHECKING:
    from drone.area import AreaPlan


def plan_patrol(
    area: Annotated[
        Path, typer.Option(metavar="AREA.geojson", exists=True, dir_okay=False, help="One polygon, WGS-84, lon first.")
    ],
    home: Annotated[str, typer.Option(metavar="LON,LAT", help="The take-off point, WGS-84.")],
    height: Annotated[float, typer.Option(metavar="M", help="Height above the take-off point.")] = 60,
    spacing: Annotated[float, typer.Option(metavar="M", help="Between swaths: no more than the camera's width.")] = 40,
    speed: Annotated[float, typer.Option(metavar="M/S", help="Ground speed.")] = 8,
    endurance: Annotated[
        float | None, typer.Option(metavar="MIN", min=1, help="Refuse a plan that takes longer than this.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PLAN.plan", help="Write a QGroundControl plan here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Plan a flight back and forth over an area; no leg of it leaves the area."""
    from drone.area import Flight, plan_area
    from drone.geojson import read_area
    from drone.qgc import to_plan

    polygon = read_area(area.read_text(encoding="utf-8", errors="replace"))
    found = plan_area(polygon, Flight(height, spacing, speed), _lon_lat(home), name=area.stem)
    _check_endurance(found, endurance)
    if output is not None:
        _write(output, to_plan(found.plan))
    print(json.dumps(_facts(found), indent=1) if as_json else _sentences(found, output))


def _write(path: Path, text: str) -> None:
    from drone.errors import DroneError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DroneError(f"the plan cannot be written to {path}: {error.strerror}") from error


def _lon_lat(text: str) -> tuple[float, float]:
    from drone.errors import BadArea

    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise BadArea(f"--home must be LON,LAT in degrees, for instance 113.85,27.62; got {text!r}") from None
    return lon, lat


def _check_endurance(found: AreaPlan, endurance_min: float | None) -> None:
    from drone.errors import PlanRefused

    needed_min = found.figures.duration_s / 60
    if endurance_min is not None and needed_min > endurance_min:
        raise PlanRefused(
            f"the flight takes {needed_min:.1f} min, {endurance_min:g} min are allowed: widen --spacing, "
            "raise --speed, or plan parts of the area one by one"
        )


def _facts(found: AreaPlan) -> dict[str, object]:
    figures = found.figures
    return {
        "waypoints": [asdict(point) for point in found.plan.waypoints],
        "length_m": round(figures.length_m, 2),
        "transit_m": round(figures.transit_m, 2),
        "duration_s": round(figures.duration_s, 1),
        "coverage": round(figures.coverage, 5),
        "outside_m": round(figures.outside_m, 3),
        "sweep_deg": found.sweep_deg,
        "hash": figures.hash,
    }


def _sentences(found: AreaPlan, output: Path | None) -> str:
    figures = found.figures
    lines = [
        f"{len(found.plan.waypoints)} waypoints, {figures.length_m:.0f} m over the area, {figures.transit_m:.0f} m to "
        f"it and back; about {figures.duration_s / 60:.1f} min without wind",
        f"{figures.coverage:.1%} of the area seen, {figures.outside_m:.1f} m outside it",
        f"hash {figures.hash}",
    ]
    return "\n".join([*lines, f"written to {output}"] if output else lines)
