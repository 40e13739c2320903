"""Which boxes are people on foot: not those who ride or sit in something, and nobody twice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.spec import VEHICLES, ObjectClass
from vision.boxes import area, intersection
from vision.types import Detections, Floats

_RIDES = 0.3  # share of a person's lower half that a two-wheeler takes, from which he is on it
_WHEELS = 0.2  # confidence from which a two-wheeler speaks against walking
_SITS = 0.85  # share of a person's box within a vehicle's, from which he is in it ...
_ABOVE = 0.1  # ... when his feet would be so much of the vehicle's height above its wheels
_VEHICLE = 0.4  # confidence of such a vehicle
_TWICE = 0.6  # IoU of two boxes on one person
_WITHIN = 0.85  # share of the smaller box within the larger: a body part found beside the body ...
_FEET, _HEAD = 0.2, 0.06  # ... when the feet are apart by no more of the height than this, or the heads


def on_foot(detections: Detections) -> NDArray[np.intp]:
    """Rows of the detections that are people on foot, the surest first."""
    rows = np.flatnonzero(detections.class_id == ObjectClass.PERSON)
    if not len(rows):
        return rows
    rows = rows[np.argsort(-detections.confidence[rows], kind="stable")]
    boxes = detections.xyxy[rows]
    rows = rows[~(_rides(boxes, detections) | _sits(boxes, detections))]
    return rows[once(detections.xyxy[rows])]


def _rides(boxes: Floats, detections: Detections) -> NDArray[np.bool_]:
    wheels = detections.xyxy[(detections.class_id == ObjectClass.TWO_WHEELER) & (detections.confidence >= _WHEELS)]
    lower = boxes.copy()
    lower[:, 1] = (lower[:, 1] + lower[:, 3]) / 2
    return np.asarray((intersection(lower, wheels) >= _RIDES * _area(lower)[:, None]).any(axis=1), np.bool_)


def _sits(boxes: Floats, detections: Detections) -> NDArray[np.bool_]:
    vehicle = np.isin(detections.class_id, VEHICLES) & (detections.confidence >= _VEHICLE)
    around = detections.xyxy[vehicle]
    inside = intersection(boxes, around) >= _SITS * _area(boxes)[:, None]
    floor = around[:, 3] - _ABOVE * (around[:, 3] - around[:, 1])
    return np.asarray((inside & (boxes[:, 3:] < floor[None])).any(axis=1), np.bool_)


def once(boxes: Floats) -> NDArray[np.bool_]:
    """Which of the boxes (N, 4), in order, are no second one on somebody who has one, (N,)."""
    shared, size = intersection(boxes, boxes), _area(boxes)
    tall = boxes[:, 3] - boxes[:, 1]
    same = shared >= _TWICE * (size[:, None] + size[None] - shared)
    part = shared >= _WITHIN * np.minimum(size[:, None], size[None])
    feet = np.abs(boxes[:, None, 3] - boxes[None, :, 3]) <= _FEET * np.maximum(tall[:, None], tall[None])
    heads = np.abs(boxes[:, None, 1] - boxes[None, :, 1]) <= _HEAD * np.maximum(tall[:, None], tall[None])
    second = np.tril(same | (part & (feet | heads)), -1)
    keep = np.ones(len(boxes), bool)
    for row in np.flatnonzero(second.any(axis=1)):
        keep[row] = not (second[row] & keep).any()
    return keep


def _area(boxes: Floats) -> Floats:
    return np.asarray(np.maximum(area(boxes), 1), np.float32)
