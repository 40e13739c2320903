"""Detectors compared on the same labelled pictures: AP50 by class and by size, the cost of each, and the goal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from models.session import Session, open_session
from models.spec import VEHICLES, ModelSpec, ObjectClass
from streams.accuracy.detector_sets import PictureSet
from streams.decoding.picture import ArrayShot
from vision.average_precision import average_precision, average_precision_by_class, judge
from vision.detect import Detector
from vision.precision_by_size import COCO_SIZES, Labels, SizeRange, average_precision_by_size
from vision.tiles import look_at, plan
from vision.types import Detections, Frame, Ints, Picture

Say = Callable[[str], None]
Facts = dict[str, Any]

# Rules start at 0.1; the curve of average precision wants its tail. Below 0.01 are thousands of guesses a picture,
# whose suppression takes longer than the inference. From 0.001 on, means on the street photographs are higher by 0.003
# (street-v0), 0.005 (yolo11n), 0.008 (yolox_nano) and 0.013 (yolo26n).
_FLOOR = 0.01
_COST_RUNS, _COST_WARM_UP = 15, 2
_WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
# The size that counts for a network is the one it sees, after its letterbox.
INPUT_SIZES = (
    SizeRange("under 8 px", 0, 8),
    SizeRange("8-16 px", 8, 16),
    SizeRange("16-32 px", 16, 32),
    SizeRange("32-64 px", 32, 64),
    SizeRange("64-128 px", 64, 128),
    SizeRange("128 px and more", 128, float("inf")),
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What one detector found on one set: per picture detections, labels, and input px per picture px."""

    found: list[Detections]
    labels: list[Labels]
    input_px_per_px: list[float]


def score_detector(
    specs: Sequence[ModelSpec],
    sets: Sequence[PictureSet],
    *,
    reference: str = "yolox_nano",
    threads: int = 1,
    tiled: bool = False,
    clock: Callable[[], float] = time.perf_counter,
    say: Say = lambda line: None,
) -> Facts:
    """Every model on every set of pictures, in float32 on the same execution provider; `tiled` as a camera with small
    objects is seen, in tiles over the whole picture too.

    The answer: ``sets`` (what was measured on, by name, with its column, origin and licence), ``models`` (by name: cost
    in ms, and for each set AP50 by class, by COCO's sizes and by size at the network's input) and ``goal`` (every other
    model against `reference`, None where that is not among them).

    Raises:
        NoProvider: no execution provider here loads all of the models.
        BadPictures, UnusablePictures: the material.
    """
    sessions = _on_one_provider(specs, threads)
    cost = _costs(specs, sessions, clock)
    models: Facts = {
        spec.name: _facts(spec, cost[i], provider=sessions[i].provider, threads=threads) for i, spec in enumerate(specs)
    }
    detectors = [Detector(spec, session.run, floor=_FLOOR) for spec, session in zip(specs, sessions, strict=True)]
    described: Facts = {}
    for one in sets:
        say(f"{one.name}: {one.what}")
        looked = _look(detectors, one, tiled)
        described[one.name] = _described(one, looked[0].labels)
        for spec, its in zip(specs, looked, strict=True):
            models[spec.name]["sets"][one.name] = _scores(its, one.classes)
    return {"sets": described, "models": models, "goal": _goal(models, described, reference)}


def _on_one_provider(specs: Sequence[ModelSpec], threads: int) -> list[Session]:
    """Sessions of all on the first provider: two models on different ones could not be compared in ms."""
    first = open_session(specs[0], threads=threads)
    return [first, *(open_session(spec, provider=first.provider, threads=threads) for spec in specs[1:])]


def _costs(specs: Sequence[ModelSpec], sessions: Sequence[Session], clock: Callable[[], float]) -> list[Facts]:
    """Turn about, so that whatever else the machine does falls on all of them alike."""
    pictures = [np.full((1, 3, *spec.input_hw), 127 * spec.scale, np.float32) for spec in specs]
    times: list[list[float]] = [[] for _ in specs]
    for turn in range(_COST_WARM_UP + _COST_RUNS):
        for which, session in enumerate(sessions):
            start = clock()
            session.run(pictures[which])
            if turn >= _COST_WARM_UP:
                times[which].append(1000 * (clock() - start))
    return [
        {"median_ms": round(statistics.median(one), 2), "fastest_ms": round(min(one), 2), "runs": len(one)}
        for one in times
    ]


def _look(detectors: Sequence[Detector], one: PictureSet, tiled: bool) -> list[Looked]:
    """One pass over the pictures; every detector sees each."""
    looked = [Looked([], [], []) for _ in detectors]
    for rgb, ids, xyxy in one.pictures():
        high, wide = rgb.shape[:2]
        for detector, its in zip(detectors, looked, strict=True):
            input_h, input_w = detector.spec.input_hw
            its.found.append(_in_tiles(rgb, detector) if tiled else detector(rgb, (wide, high)))
            its.labels.append((ids, xyxy))
            its.input_px_per_px.append(min(input_w / wide, input_h / high))
    return looked


def _in_tiles(rgb: Picture, detector: Detector) -> Detections:
    size_wh = (rgb.shape[1], rgb.shape[0])
    shot = ArrayShot(rgb, detector.fit_wh)
    frame = Frame("picture", datetime(1970, 1, 1, tzinfo=UTC), 0.0, size_wh, shot)
    return look_at(frame, detector, plan([_WHOLE], size_wh, detector.fit_wh))


def _scores(its: Looked, classes: tuple[ObjectClass, ...]) -> Facts:
    ids = [int(which) for which in classes]
    by_class = average_precision_by_class(its.found, its.labels, ids)
    known = [value for value in by_class.values() if value is not None]
    same = [1.0] * len(its.labels)
    vehicles = [which for which in classes if which in VEHICLES]
    return {
        "mean_ap50": _rounded(float(np.mean(known))) if known else None,
        "ap50": {which.label: _rounded(by_class[int(which)]) for which in classes},
        "vehicles_ap50": _mean([by_class[int(which)] for which in vehicles]),
        "any_vehicle_ap50": _rounded(_any_vehicle(its)),
        "by_size": {size.name: _at_size(its, same, classes, size) for size in COCO_SIZES},
        "by_input_px": {size.name: _at_size(its, its.input_px_per_px, classes, size) for size in INPUT_SIZES},
    }


def _at_size(its: Looked, scales: Sequence[float], classes: tuple[ObjectClass, ...], size: SizeRange) -> Facts:
    """AP50 by class, and over all classes each weighing as much as it has boxes of this size."""
    by_class = average_precision_by_size(its.found, its.labels, scales, [int(which) for which in classes], size)
    boxes = sum(count for _, count in by_class.values())
    weighed = sum((value or 0.0) * count for value, count in by_class.values())
    return {
        "boxes": boxes,
        "by_box_ap50": _rounded(weighed / boxes) if boxes else None,
        "ap50": {which.label: _rounded(by_class[int(which)][0]) for which in classes},
        "labelled": {which.label: by_class[int(which)][1] for which in classes},
    }


def _any_vehicle(its: Looked) -> float | None:
    """AP50 of cars, buses and trucks as one class: what a rule about vehicles at rest lives on."""
    as_one = np.array([ObjectClass.CAR if which in VEHICLES else which for which in ObjectClass], np.int64)

    def merged(ids: Ints) -> Ints:
        return as_one[ids]

    found = [Detections(one.xyxy, one.confidence, merged(one.class_id)) for one in its.found]
    labels = [(merged(ids), xyxy) for ids, xyxy in its.labels]
    return average_precision(judge(found, labels, int(ObjectClass.CAR), 0.5))


def _facts(spec: ModelSpec, cost: Facts, *, provider: str, threads: int) -> Facts:
    return {
        "sha256": spec.sha256,
        "bytes": spec.bytes,
        "input_wh": [spec.input_hw[1], spec.input_hw[0]],
        "licence": spec.licence,
        "cost": {"provider": provider, "precision": "fp32", "threads": threads, **cost},
        "sets": {},
    }


def _described(one: PictureSet, labels: Sequence[Labels]) -> Facts:
    return {
        "column": one.column.value,
        "what": one.what,
        "origin": one.origin,
        "licence": one.licence,
        "goal": one.goal,
        "pictures": len(labels),
        "labelled": {which.label: sum(int(np.sum(ids == which)) for ids, _ in labels) for which in one.classes},
    }


def _goal(models: Facts, sets: Facts, reference: str) -> Facts | None:
    """Each model beside the reference: persons and vehicles on the sets with a goal, and the cost."""
    if reference not in models:
        return None
    theirs = models[reference]
    judged = {}
    for name, ours in models.items():
        if name == reference:
            continue
        rows = []
        for one in (one for one, facts in sets.items() if facts["goal"]):
            pairs = {"vehicles": "vehicles_ap50", "any_vehicle": "any_vehicle_ap50"}
            rows += [_row(one, what, ours["sets"][one][key], theirs["sets"][one][key]) for what, key in pairs.items()]
            if "person" in ours["sets"][one]["ap50"]:
                rows.append(
                    _row(one, "person", ours["sets"][one]["ap50"]["person"], theirs["sets"][one]["ap50"]["person"])
                )
        cost, limit = ours["cost"]["median_ms"], theirs["cost"]["median_ms"]
        met = all(row["met"] for row in rows) and cost <= limit
        judged[name] = {
            "rows": rows,
            "cost": {"ours_ms": cost, "reference_ms": limit, "met": cost <= limit},
            "met": met,
        }
    return {"reference": reference, "models": judged}


def _row(name: str, what: str, ours: float | None, theirs: float | None) -> Facts:
    met = ours is not None and theirs is not None and ours >= theirs
    return {"set": name, "what": what, "ours": ours, "reference": theirs, "met": met}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _rounded(float(np.mean(known))) if known else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
