"""Export and training with real torch and Ultralytics: where SANXUN_TRAIN_PYTHON names an interpreter that has them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from models import catalog
from models.graph import recognise
from models.spec import Head
from models.training_env import VARIABLE, run_there

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get(VARIABLE), reason=f"{VARIABLE} names no interpreter with torch and Ultralytics (make train)"
    ),
    pytest.mark.timeout(600),
]
MAKE = """
import sys
from models.train import network
yolo = network.import_yolo()("yolo11n.yaml")
yolo.model.names = {0: "person", 1: "car", **{i: f"thing {i}" for i in range(2, 80)}}
yolo.save(sys.argv[1])
"""


def test_a_checkpoint_becomes_a_file_that_says_the_same(tmp_path: Path) -> None:
    weights = tmp_path / "own.pt"
    root = str(Path(catalog.__file__).resolve().parents[1])
    quiet = {**os.environ, "PYTHONPATH": root, "YOLO_OFFLINE": "True", "YOLO_AUTOINSTALL": "False"}
    subprocess.run([os.environ[VARIABLE], "-c", MAKE, str(weights)], env=quiet, check=True, cwd=tmp_path)
    out = tmp_path / "own.onnx"
    done = run_there("models.train.export_pt", [str(weights), str(out), "--imgsz", "64", "96"], lambda event: None)
    spec = recognise(out)
    assert (spec.head, spec.input_hw, spec.classes[:2]) == (Head.YOLO, (64, 96), ("person", "car"))
    assert spec.licence.startswith("AGPL-3.0")
    assert done["difference"] < 1e-3


def test_the_shipped_weights_are_gone_on_with(tmp_path: Path) -> None:
    """Long enough for a step or two."""
    folder = tmp_path / "own"
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    rng = np.random.default_rng(1)
    for number in range(15):
        cv2.imwrite(str(folder / "images" / f"p{number}.png"), rng.integers(0, 255, (64, 64, 3)).astype(np.uint8))
        (folder / "labels" / f"p{number}.txt").write_text("0 0.5 0.5 0.5 0.5\n", encoding="utf-8")
    (folder / "classes.txt").write_text("car\n", encoding="utf-8")
    asked = tmp_path / "settings.json"
    settings = {
        "base": str(catalog.find("street-v4", None).path),
        "pictures": [str(folder)],
        "background": [],
        "out": str(tmp_path / "out"),
        "minutes": 0.05,
        "batch": 2,
        "side_px": 64,
        "input_hw": [64, 64],
        "learning_rate": 1e-6,
    }
    asked.write_text(json.dumps(settings), encoding="utf-8")
    (tmp_path / "out").mkdir()
    shares: list[float] = []
    done = run_there("models.train.tune", [str(asked)], lambda event: shares.append(event.get("share", 1.0)))
    assert shares[-1] == 1.0
    assert (done["pictures"], done["held_back_pictures"]) == (12, 3)
    spec = recognise(Path(done["file"]))
    assert (spec.head, spec.classes) == (Head.END_TO_END, catalog.find("street-v4", None).classes)
    assert len(list((Path(done["held_back"]) / "labels").iterdir())) == 3
