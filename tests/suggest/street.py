"""A street as a detector would tell of it: cars that drive through, wait in a queue, or park, and people who gather."""

from __future__ import annotations

import numpy as np

from models.spec import ObjectClass
from streams.suggest.heat import Heat
from streams.suggest.survey import Survey
from vision.track import Tracker
from vision.types import Detections

WH = (960, 540)


def things(*rows: tuple[float, float, float, float, ObjectClass]) -> Detections:
    """Detections of (centre x, foot y, width, height, class), all of them sure."""
    boxes = [(x - w / 2, y - h, x + w / 2, y) for x, y, w, h, _ in rows]
    classes = np.array([row[4] for row in rows], np.int64)
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.full(len(rows), 0.9, np.float32), classes)


def drive(heat: Heat, y: float, *, cars: int, rightwards: bool = True, from_s: float = 0.0) -> None:
    """Cars cross the picture one after another on a row, 120 px a second, looked at twice a second."""
    tracker = Tracker()
    for car in range(cars):
        for n in range(18):
            x = 30 + 52 * n if rightwards else 930 - 52 * n
            at_s = from_s + 20 * car + 0.5 * n
            heat.see(tracker.update(things((x, y, 80, 50, ObjectClass.CAR)), at_s), at_s, WH)


def survey_of(heat: Heat, watched_s: float = 24 * 3600) -> Survey:
    return Survey(source_wh=WH, watched_s=watched_s, looks=1000, heat=heat)
