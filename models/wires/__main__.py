"""`python -m models.wires`: trains the wire network, or exports a checkpoint."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from models.wires.settings import WireSettings


def in_training_environment() -> None:
    """Where torch is absent and `make train-wires` has made an environment with it beside this checkout: goes on in
    that."""
    python = Path(__file__).resolve().parents[2] / ".venv-train" / "bin" / "python"
    if importlib.util.find_spec("torch") is None and python.is_file():
        root = str(python.parents[2])
        os.environ["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        os.execv(python, [str(python), "-m", "models.wires", *sys.argv[1:]])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.wires", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder with street/ and atl_traffic/; needed to train")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60.0, help="of processor time")
    parser.add_argument("--learning-rate", type=float, default=3e-3, help="at its peak")
    parser.add_argument("--start-from", type=Path, metavar="CHECKPOINT", help="go on from the weights of another run")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--export-only", type=Path, metavar="CHECKPOINT", help="write OUT/wires-v1.onnx from it")
    parser.add_argument("--threshold", type=float, default=0.5, help="what 0.5 shall stand for in the exported file")
    chosen = parser.parse_args()
    in_training_environment()
    from models.wires.export import export_checkpoint
    from models.wires.loop import train

    checkpoint = chosen.export_only
    if checkpoint is None:
        if chosen.pictures is None:
            parser.error("--pictures is needed to train")
        asked = WireSettings(
            chosen.pictures,
            chosen.out,
            minutes=chosen.minutes,
            threads=chosen.threads,
            learning_rate=chosen.learning_rate,
            start_from=chosen.start_from,
        )
        checkpoint = train(asked)
    print(export_checkpoint(checkpoint, chosen.out / "wires-v1.onnx", chosen.threshold))


if __name__ == "__main__":
    main()
