"""`sanxun models train`: a challenger from a user's own pictures, or our own default detector once more."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.models.describe import paragraph
from api.cli.models.export import input_size
from api.cli.options import DataDir, Json, data_dir

if TYPE_CHECKING:
    from models.graph import Reading


def train_model(
    dataset: Annotated[
        list[Path],
        typer.Argument(metavar="DATASET…", help="Folders with images/, labels/ and classes.txt or data.yaml (YOLO)."),
    ],
    base: Annotated[
        str, typer.Option("--base", metavar="NAME or FILE.pt", help="The weights to go on from.")
    ] = "street-v4",
    background: Annotated[
        list[Path] | None,
        typer.Option(
            "--background", metavar="DIR", help="Pictures with nothing in them, as `models false-alarms` gives them."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the challenger. Default: the base's name and -tuned.")
    ] = None,
    minutes: Annotated[float, typer.Option("--minutes", min=0.05, help="How long to train; it always ends then.")] = 30,
    held_back: Annotated[
        float, typer.Option("--held-back", min=0.05, max=0.5, help="Share of the pictures kept to judge by.")
    ] = 0.2,
    imgsz: Annotated[str, typer.Option("--imgsz", metavar="HxW", help="Picture size of the challenger.")] = "384x640",
    side: Annotated[int, typer.Option("--side", help="Side of the square pictures that are trained on, px.")] = 384,
    batch: Annotated[int, typer.Option("--batch", min=2, help="Pictures a step.")] = 16,
    learning_rate: Annotated[float, typer.Option("--learning-rate", min=1e-6, max=0.1)] = 0.001,
    threads: Annotated[int, typer.Option("--threads", min=1)] = 1,
    device: Annotated[str, typer.Option("--device", help="cpu, or cuda where there is a GPU.")] = "cpu",
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """Train weights on your own pictures; what comes out is a challenger in the catalogue, used by nobody yet.

    Some of the pictures are held back, in DATA/training/NAME/held_back: `sanxun models promote` judges on them.
    Runs in the training environment (SANXUN_TRAIN_PYTHON, or .venv-train as `make train` makes it).
    """
    from models.catalog import add_reading, find
    from models.training_env import run_there
    from models.training_record import record

    folder = data_dir(data)
    start = Path(base).expanduser() if base.endswith(".pt") else find(base, folder).path
    called = name or f"{Path(base).stem}-tuned"
    out = folder / "training" / called
    out.mkdir(parents=True, exist_ok=True)
    settings = {
        "base": str(start.resolve()),
        "pictures": [str(one.resolve()) for one in dataset],
        "background": [str(one.resolve()) for one in background or ()],
        "out": str(out.resolve()),
        "minutes": minutes,
        "threads": threads,
        "batch": batch,
        "learning_rate": learning_rate,
        "side_px": side,
        "input_hw": input_size(imgsz),
        "held_back": held_back,
        "device": device,
    }
    asked = out / "settings.json"
    asked.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    done = run_there("models.train.tune", [str(asked)], _show)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    counted = f"{done['pictures']} own pictures and {done['background']} of background"
    origin = f"Trained {minutes:g} minutes on {counted}, from {base}"
    reading = add_reading(Path(done["file"]), folder, called, provenance=origin)
    record(folder, reading.spec, json.loads((out / "trained_on.json").read_text(encoding="utf-8")))
    _tell(reading, done, base, as_json)


def _tell(reading: Reading, done: dict[str, Any], base: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"name": reading.spec.name, **done}, ensure_ascii=False, indent=1))
        return
    print(paragraph(reading.spec, default=False))
    against = "" if base.endswith(".pt") else f" --against {base}"
    print(f"  next       sanxun models promote {reading.spec.name}{against} --pictures {done['held_back']}")


def _show(event: dict[str, Any]) -> None:
    if event["event"] != "progress":
        return
    loss = "  ".join(f"{name} {value:.2f}" for name, value in event["loss"].items())
    text = f"{event['share']:5.1%}  {event['steps']} steps, {event['pictures']} pictures  loss {loss}"
    print(f"\r{text}\033[K" if sys.stderr.isatty() else text, end="" if sys.stderr.isatty() else "\n", file=sys.stderr)
