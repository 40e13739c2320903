"""`sanxun models export`: an Ultralytics checkpoint into the catalogue."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from api.cli.models.describe import facts, paragraph
from api.cli.options import DataDir, Json, data_dir


def export_model(
    weights: Annotated[
        Path,
        typer.Argument(metavar="WEIGHTS.pt", help="From people you trust: opening a checkpoint runs what it holds."),
    ],
    data: DataDir = None,
    name: Annotated[str | None, typer.Option(help="What to call it. Default: the checkpoint's name.")] = None,
    imgsz: Annotated[
        str, typer.Option("--imgsz", metavar="SIDE or HxW", help="Picture size of the network, multiples of 32 px.")
    ] = "640",
    half: Annotated[bool, typer.Option("--half", help="Half precision; Ultralytics does it on a GPU only.")] = False,
    dynamic: Annotated[
        bool, typer.Option("--dynamic", help="Leave batch and size open: several cameras in one batch on a GPU.")
    ] = False,
    device: Annotated[str, typer.Option("--device", help="cpu, or a GPU's number.")] = "cpu",
    licence: Annotated[
        str | None, typer.Option("--licence", help="Of these weights. Default: what Ultralytics writes, AGPL-3.0.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an ONNX file of an Ultralytics checkpoint, prove that both say the same, and enter it in the catalogue.

    Runs in the training environment (make train makes one, or SANXUN_TRAIN_PYTHON names its interpreter).
    """
    from models.catalog import add_reading
    from models.training_env import run_there

    height, width = input_size(imgsz)
    folder = data_dir(data)
    with tempfile.TemporaryDirectory(prefix="export-", dir=folder) as scratch:
        out = Path(scratch) / f"{name or weights.stem}.onnx"
        arguments = [str(weights), str(out), "--imgsz", str(height), str(width), "--device", device]
        arguments += [flag for flag, wanted in (("--half", half), ("--dynamic", dynamic)) if wanted]
        done = run_there("models.train.export_pt", arguments, lambda event: None)
        origin = f"{weights.name} (sha256 {done['sha256_pt'][:16]}…), exported by Ultralytics {done['ultralytics']}"
        reading = add_reading(out, folder, name or weights.stem, licence=licence, provenance=origin)
    notes = list(reading.notes)
    if done["half_refused"]:
        notes.append("half precision was not done: Ultralytics exports it on a GPU only; this file is float32")
    if as_json:
        more = {"difference": done["difference"], "notes": notes}
        print(json.dumps({**facts(reading.spec), **more}, ensure_ascii=False, indent=1))
        return
    print(paragraph(reading.spec, default=False))
    print(f"  proof      differs from {weights.name} by at most {done['difference']:.1e} on one noisy picture")
    for note in notes:
        print(f"  note       {note}")


def input_size(text: str) -> tuple[int, int]:
    """Height and width in px of `640` or `384x640`. Raises `typer.BadParameter`."""
    parts = text.lower().replace("×", "x").split("x")
    if not all(part.strip().isdigit() for part in parts) or len(parts) > 2:
        raise typer.BadParameter(f"expected 640 or 384x640 (height x width), got {text!r}", param_hint="--imgsz")
    sides = [int(part) for part in parts]
    if any(side % 32 or not 64 <= side <= 4096 for side in sides):
        raise typer.BadParameter(f"sides must be multiples of 32 from 64 to 4096 px, got {text}", param_hint="--imgsz")
    return sides[0], sides[-1]
