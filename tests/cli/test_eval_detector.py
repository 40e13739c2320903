"""`sanxun eval detector --pictures`: anybody's labelled pictures, in the layouts that people have them in."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from models.errors import UnusablePictures
from models.scenes.street import random_scene, render


def written(images: Path, labels: Path, names: str | None = None) -> None:
    """Two rendered streets, whose cars are class 1 and persons class 0."""
    for folder in (images, labels):
        folder.mkdir(parents=True)
    for seed in (90_003, 90_004):
        picture, told = render(random_scene(seed), 2.0, (640, 384))
        cv2.imwrite(str(images / f"{seed}.png"), picture)
        lines = []
        for kind, (x1, y1, x2, y2) in zip(told.class_id, told.xyxy / [640, 384, 640, 384], strict=True):
            number = {0: 0, 2: 1}.get(int(kind), 2)
            lines.append(f"{number} {(x1 + x2) / 2:.5f} {(y1 + y2) / 2:.5f} {x2 - x1:.5f} {y2 - y1:.5f}")
        (labels / f"{seed}.txt").write_text("\n".join(lines))
    if names is not None:
        (images.parent / "classes.txt").write_text(names)


def scored(*arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(app, ["eval", "detector", "--json", "--model", "street-v4", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("layout", ["yolo", "roboflow", "ultralytics"])
def test_own_pictures_are_scored_however_they_lie(layout: str, tmp_path: Path) -> None:
    names = "names: [person, car, kiosk]\n"
    if layout == "yolo":
        written(tmp_path / "mine/images", tmp_path / "mine/labels", "person\ncar\nkiosk\n")
        asked = tmp_path / "mine"
    elif layout == "roboflow":
        written(tmp_path / "mine/valid/images", tmp_path / "mine/valid/labels")
        (tmp_path / "mine/data.yaml").write_text(names)
        asked = tmp_path / "mine/valid"
    else:
        written(tmp_path / "mine/images/val", tmp_path / "mine/labels/val")
        (tmp_path / "mine/data.yaml").write_text(names)
        asked = tmp_path / "mine/images/val"
    found = scored("--pictures", str(asked))
    ((name, told),) = found["sets"].items()  # type: ignore[attr-defined]
    assert name == asked.name
    assert told["pictures"] == 2
    assert set(told["labelled"]) == {"person", "car"}
    assert told["labelled"]["car"] > 0
    assert found["models"]["street-v4"]["sets"][name]["ap50"]["car"] > 0.3  # type: ignore[index]


def test_in_tiles_small_cars_are_found(tmp_path: Path) -> None:
    """The same street in a picture of four times the width: whole, a car is a few px of the network's input."""
    written(tmp_path / "images", tmp_path / "labels", "person\ncar\nkiosk\n")
    for path in (tmp_path / "images").iterdir():
        near = cv2.imread(str(path))
        wide = np.full((near.shape[0] * 4, near.shape[1] * 4, 3), 110, np.uint8)
        wide[: near.shape[0], : near.shape[1]] = near
        cv2.imwrite(str(path), wide)
        label = tmp_path / "labels" / f"{path.stem}.txt"
        rows = [line.split() for line in label.read_text().splitlines()]
        label.write_text("\n".join(" ".join([row[0], *(f"{float(one) / 4:.6f}" for one in row[1:])]) for row in rows))
    cars = [
        scored("--pictures", str(tmp_path), *more)["models"]["street-v4"]["sets"][tmp_path.name]["ap50"]["car"]  # type: ignore[index]
        for more in ([], ["--tiled"])
    ]
    assert cars[1] > cars[0] + 0.2


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnusablePictures, match="no folder of pictures"):
        scored("--pictures", str(tmp_path / "nowhere"))
    written(tmp_path / "images", tmp_path / "labels")
    with pytest.raises(UnusablePictures, match=r"classes\.txt, data\.yaml or --classes"):
        scored("--pictures", str(tmp_path))
    with pytest.raises(UnusablePictures, match="none of its classes is a person or a vehicle"):
        scored("--pictures", str(tmp_path), "--classes", "cat,dog,cow")
    (tmp_path / "labels" / "90004.txt").unlink()
    with pytest.raises(UnusablePictures, match=r"labels/NAME\.txt for every picture"):
        scored("--pictures", str(tmp_path), "--classes", "person,car,kiosk")
