"""`sanxun site approve-wiring`: the wires that hang in a zone now are right."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import DataDir, data_dir
from streams.errors import BadSite


def approve_wiring(
    camera: Annotated[str, typer.Argument(help="The camera's id.")],
    zone: Annotated[str, typer.Argument(help="The zone's id; it must be watched for wiring.")],
    data: DataDir = None,
) -> None:
    """Approve the wires of a zone: the worker takes them for the baseline, and new ones alone raise a hazard."""
    from api.site.offline import approve_wiring as approve

    try:
        count = approve(data_dir(data), camera, zone)
    except BadSite as error:
        print(error)
        raise typer.Exit(1) from None
    print(f"approved, for the {count}. time: the next looks at {camera}/{zone} are its baseline")
