"""`sanxun eval`: how good a detector is, on pictures that ours was not trained on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from api.cli.options import DataDir, Json
from models.spec import ModelSpec, ObjectClass
from vision.average_precision import average_precision_by_class
from vision.detect import Detector
from vision.types import Detections, Floats, Ints, Picture

app = typer.Typer(no_args_is_help=True, help="Measure accuracy.")

# Average precision needs the tail: rules start at 0.1 and more, a curve at almost nothing.
_FLOOR = 0.001
_SCENES, _FRAMES_S = 40, (1.0, 7.0)
_SCENE_WH = (960, 540)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Held-back pictures of one kind: `pictures` gives BGR uint8 (H, W, 3), class ids (M,) and xyxy (M, 4) in px of it.

    `classes` are those that its labels cover: an unlabelled kind in view is no false alarm.
    """

    name: str
    classes: tuple[ObjectClass, ...]
    pictures: Iterator[tuple[Picture, Ints, Floats]]


@app.command("detector")
def detector(
    pictures: Annotated[
        Path,
        typer.Option("--pictures", help="Folder with street/valid and atl_traffic (YOLO labels)."),
    ],
    model: Annotated[
        list[str] | None, typer.Option("--model", metavar="NAME_OR_FILE", help="Weights; may be given several times.")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of one inference.")] = 2,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """AP50 per class on held-back street photographs, traffic-camera pictures and rendered scenes.

    Weights run in float32. Held-back scenes come from seeds that no training uses (models/scenes/street.py).
    """
    from api.cli.options import data_dir
    from models.catalog import find

    names: list[str | None] = [*model] if model else [None]
    for name in names:
        spec = find(name, data_dir(data))
        result = {"model": spec.name, "sha256": spec.sha256, "sets": measure_all(spec, pictures, threads)}
        print(json.dumps(result) if as_json else as_text(result), flush=True)


def measure_all(spec: ModelSpec, pictures: Path, threads: int) -> dict[str, Any]:
    """Results by the name of the set."""
    from models.session import open_session

    session = open_session(spec, threads=threads)
    running = Detector(spec, session.run, floor=_FLOOR)
    return {one.name: measure(running, one) for one in held_back_sets(pictures)}


def held_back_sets(pictures: Path) -> list[HeldBack]:
    """What is held back: street/valid, some recordings of atl_traffic, scenes from 900000 on."""
    from models.train import pictures as pics

    every, vehicles = tuple(ObjectClass), tuple(one for one in ObjectClass if one is not ObjectClass.PERSON)
    return [
        HeldBack("street", every, _from_disk(pics.street_held_back(pictures))),
        HeldBack("traffic", vehicles, _from_disk(pics.atl_held_back(pictures))),
        HeldBack("scenes", every, _rendered()),
    ]


def _from_disk(labelled: list[Any]) -> Iterator[tuple[Picture, Ints, Floats]]:
    from models.train.pictures import load_picture

    for one in labelled:
        picture = load_picture(one.path)
        high, wide = picture.shape[:2]
        yield picture, one.class_id, one.xyxy * np.array([wide, high, wide, high], np.float32)


def _rendered() -> Iterator[tuple[Picture, Ints, Floats]]:
    from models.scenes.labels import worth_asking
    from models.scenes.street import HELD_BACK_SEED, random_scene, render

    for seed in range(HELD_BACK_SEED, HELD_BACK_SEED + _SCENES):
        scene = random_scene(seed)
        for time_s in _FRAMES_S:
            picture, labels = render(scene, time_s, _SCENE_WH)
            keep = worth_asking(labels, _SCENE_WH)
            yield picture, labels.class_id[keep], labels.xyxy[keep]


def measure(running: Detector, one: HeldBack) -> dict[str, Any]:
    """AP50 by class, their mean, and how many boxes each rests on."""
    found: list[Detections] = []
    labels: list[tuple[Ints, Floats]] = []
    for picture, class_id, xyxy in one.pictures:
        high, wide = picture.shape[:2]
        found.append(running(np.ascontiguousarray(picture[..., ::-1]), (wide, high)))
        labels.append((class_id, xyxy))
    by_class = average_precision_by_class(found, labels, [int(which) for which in one.classes])
    known = [value for value in by_class.values() if value is not None]
    return {
        "pictures": len(labels),
        "labelled": {which.label: sum(int(np.sum(ids == which)) for ids, _ in labels) for which in one.classes},
        "ap50": {which.label: _rounded(by_class[int(which)]) for which in one.classes},
        "mean_ap50": round(float(np.mean(known)), 4) if known else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def as_text(result: dict[str, Any]) -> str:
    lines = [f"{result['model']}"]
    for name, one in result["sets"].items():
        parts = "  ".join(
            f"{k} {'-' if v is None else f'{v:.3f}'} ({one['labelled'][k]})" for k, v in one["ap50"].items()
        )
        lines.append(f"  {name:8} {one['pictures']:4} pictures  mean {_text(one['mean_ap50'])}   {parts}")
    return "\n".join(lines)


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
