"""`sanxun patrol export`: a plan in another program's format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.patrol import options


def export_patrol(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", exists=True, dir_okay=False, help=".plan, WPL or DJI .kmz.")],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FILE", help=".plan, .waypoints (WPL), .kml, .geojson, .kmz (DJI WPML) or .svg."
        ),
    ],
) -> None:
    """Write a plan as the file's ending says. A .plan keeps the rules that the plan carries; what another format has no
    place for is said."""
    from drone.check.carried import carried
    from drone.formats.files import LEFT_OUT, read, written

    found = read(plan.read_bytes(), plan.name)
    own = carried(options.text_of(plan), plan.name) if plan.suffix.lower() == ".plan" else None
    options.write(output, written(found, output.name, own))
    print(f"{len(found.waypoints)} waypoints written to {output}; hash {found.hash}")
    if left_out := LEFT_OUT.get(output.suffix.lower()):
        print(f"not in it, for {output.suffix} has no place for them: {left_out}. Upload the .plan", file=sys.stderr)
