"""`sanxun patrol export`: a plan in another program's format."""

from __future__ import annotations

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
    """Write a plan as the file's ending says."""
    from drone.formats.files import read, written

    found = read(plan.read_bytes(), plan.name)
    options.write(output, written(found, output.name))
    print(f"{len(found.waypoints)} waypoints written to {output}; hash {found.hash}")
