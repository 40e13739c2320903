"""`python -m models.train`: trains the default detector, or exports a checkpoint."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from models.scenes.__main__ import FRAMES, SCENES, render_folder
from models.scenes.street import FIRST_TRAINING_SEED
from models.train.export import export_checkpoint
from models.train.loop import train
from models.train.network import require_packages
from models.train.settings import TrainSettings


def in_training_environment() -> None:
    """Where torch is absent and `make train` has made an environment with it beside this checkout: goes on in that."""
    python = Path(__file__).resolve().parents[2] / ".venv-train" / "bin" / "python"
    if importlib.util.find_spec("torch") is None and python.is_file():
        root = str(python.parents[2])
        os.environ["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        os.execv(python, [str(python), "-m", "models.train", *sys.argv[1:]])


def rendered(folder: Path) -> Path:
    """The folder of training scenes, drawn if it is not all there."""
    if len(list((folder / "images").glob("*.jpg"))) < SCENES * FRAMES:
        print(f"rendering {SCENES * FRAMES} training pictures into {folder}", flush=True)
        render_folder(folder, FIRST_TRAINING_SEED, SCENES, FRAMES)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder with street/ and atl_traffic/")
    parser.add_argument("--scenes", type=Path, help="folder of rendered scenes; default OUT/scenes, rendered if absent")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=80.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--device", default="cpu", help="cpu, or cuda where there is a GPU")
    parser.add_argument("--export-only", type=Path, metavar="CHECKPOINT", help="write OUT/street-v0.onnx from it")
    chosen = parser.parse_args()
    in_training_environment()
    if chosen.export_only is not None:
        print(export_checkpoint(chosen.export_only, chosen.out / "street-v0.onnx"))
        return
    if chosen.pictures is None:
        parser.error("--pictures is needed to train")
    require_packages()
    scenes = chosen.scenes or rendered(chosen.out / "scenes")
    settings = TrainSettings(
        pictures=chosen.pictures,
        scenes=scenes,
        out=chosen.out,
        minutes=chosen.minutes,
        threads=chosen.threads,
        batch=chosen.batch,
        learning_rate=chosen.learning_rate,
        device=chosen.device,
    )
    print(train(settings))


if __name__ == "__main__":
    main()
