"""`python -m models.train`: trains the default detector, exports a checkpoint, or mixes two runs."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from models.scenes.__main__ import FRAMES, SCENES, render_folder
from models.scenes.street import FIRST_TRAINING_SEED, Viewpoint
from models.train.between import between
from models.train.export import export_checkpoint
from models.train.loop import train
from models.train.network import require_packages
from models.train.settings import TrainSettings

_ABOVE, _AIR = (150, 4), (500, 4)  # scenes that are seen straight down and from the air, and moments of each


def in_training_environment() -> None:
    """Where torch is absent and `make train` has made an environment with it beside this checkout: goes on in that."""
    python = Path(__file__).resolve().parents[2] / ".venv-train" / "bin" / "python"
    if importlib.util.find_spec("torch") is None and python.is_file():
        root = str(python.parents[2])
        os.environ["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        os.execv(python, [str(python), "-m", "models.train", *sys.argv[1:]])


def rendered(folder: Path, scenes: int, frames: int, viewpoint: Viewpoint) -> Path:
    """The folder of training scenes, drawn if it is not all there."""
    if len(list((folder / "images").glob("*.jpg"))) < scenes * frames:
        print(f"rendering {scenes * frames} training pictures into {folder}", flush=True)
        render_folder(folder, FIRST_TRAINING_SEED, scenes, frames, viewpoint)
    return folder


def recipe(chosen: argparse.Namespace) -> dict[str, Any]:
    """What the machine allows, where nothing else was asked for: a GPU takes larger pictures, and more of them."""
    import torch

    device = chosen.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    large = device.startswith("cuda")
    feeders = min(8, max(1, (os.cpu_count() or 1) - 2)) if large else 1
    return {
        "device": device,
        "minutes": chosen.minutes or (240.0 if large else 80.0),
        "batch": chosen.batch or (96 if large else 24),
        "sides_px": tuple(chosen.sides or ((416, 640) if large else (256, 320))),
        "feeders": chosen.feeders or feeders,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder with street/ and atl_traffic/")
    parser.add_argument("--scenes", type=Path, help="folder of rendered scenes; default OUT/scenes, rendered if absent")
    parser.add_argument("--above", type=Path, help="the same straight down; default OUT/above, rendered if absent")
    parser.add_argument("--for-drones", action="store_true", help="a detector for drones, on scenes seen from the air")
    parser.add_argument("--air", type=Path, help="those scenes; default OUT/air, rendered if absent")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, help="of processor time, default 80; on a GPU of the clock, 240")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, help="default 24; 96 on a GPU")
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--device", default="auto", help="cpu, cuda, or auto: cuda where there is a GPU")
    parser.add_argument(
        "--sides", type=int, nargs=2, metavar="PX", help="training squares; default 256 320; 416 640 on a GPU"
    )
    parser.add_argument("--feeders", type=int, help="processes that make batches; default 1; up to 8 on a GPU")
    parser.add_argument(
        "--start-from", type=Path, metavar="FILE", help="go on from another run: its checkpoint, or the ONNX it wrote"
    )
    parser.add_argument("--export-only", type=Path, metavar="CHECKPOINT", help="write OUT/street.onnx from it")
    parser.add_argument(
        "--between",
        type=Path,
        nargs=2,
        metavar=("FIRST", "LAST"),
        help="write OUT/street.onnx with weights between those of two files, of which LAST went on from FIRST",
    )
    parser.add_argument("--share", type=float, default=0.5, help="of the way, with --between; default 0.5")
    chosen = parser.parse_args()
    in_training_environment()
    if chosen.between is not None:
        first, last = chosen.between
        print(between(first, last, chosen.share, chosen.out / "street.onnx"))
        return
    if chosen.export_only is not None:
        print(export_checkpoint(chosen.export_only, chosen.out / "street.onnx"))
        return
    if chosen.pictures is None:
        parser.error("--pictures is needed to train")
    require_packages()
    scenes = chosen.scenes or rendered(chosen.out / "scenes", SCENES, FRAMES, Viewpoint.POLE)
    above = chosen.above or rendered(chosen.out / "above", *_ABOVE, Viewpoint.STRAIGHT_DOWN)
    air = chosen.air
    if chosen.for_drones and air is None:
        air = rendered(chosen.out / "air", *_AIR, Viewpoint.AIR)
    settings = TrainSettings(
        pictures=chosen.pictures,
        scenes=scenes,
        above=above,
        air=air,
        out=chosen.out,
        threads=chosen.threads,
        learning_rate=chosen.learning_rate,
        start_from=chosen.start_from,
        **recipe(chosen),
    )
    print(train(settings))


if __name__ == "__main__":
    main()
