"""`sanxun models add`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.models.describe import facts, paragraph
from api.cli.options import DataDir, Json, data_dir

File = Annotated[Path, typer.Argument(metavar="FILE.onnx", help="A detector as ONNX: YOLOv8, 11, 26, YOLOX, NanoDet.")]


def add_model(
    file: File,
    data: DataDir = None,
    name: Annotated[str | None, typer.Option(help="What to call it. Default: its known name or the file's.")] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Class names in order, where the file does not name them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take your own weights into the data folder, recognised from the graph and hashed."""
    from models.catalog import add_reading

    given = tuple(part.strip() for part in classes.split(",")) if classes else None
    reading = add_reading(file, data_dir(data), name, given)
    if as_json:
        print(json.dumps({**facts(reading.spec), "notes": reading.notes}, ensure_ascii=False, indent=1))
        return
    print(paragraph(reading.spec, default=False))
    for note in reading.notes:
        print(f"  note       {note}")
