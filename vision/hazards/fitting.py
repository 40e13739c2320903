"""Which box lies on which place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.boxes import area, intersection
from vision.types import Floats

ON_PLACE = 0.5  # IoU from which a detection lies on a place
_PART = 0.8  # share of the smaller of two boxes from which they are one vehicle


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of boxes (N, 4) and anchors (M, 4): `iou` (N, M), and `part` bool (N, M): which boxes are a second one on
    a vehicle that has one: car and truck for one van, the cab and the whole lorry."""

    iou: Floats
    part: NDArray[np.bool_]


def overlap(boxes: Floats, anchors: Floats) -> Overlap:
    shared, one, other = intersection(boxes, anchors), area(boxes)[:, None], area(anchors)[None, :]
    iou = shared / np.maximum(one + other - shared, 1e-9)
    part = (iou >= ON_PLACE) | (shared >= _PART * np.maximum(np.minimum(one, other), 1.0))
    return Overlap(iou, part)


def fit(iou: Floats) -> NDArray[np.int64]:
    """For each place (M,) the box that lies on it, -1 for none; best overlaps first, one box a place."""
    box_of_place = np.full(iou.shape[1], -1, np.int64)
    boxes, places = np.nonzero(iou >= ON_PLACE)
    taken: set[int] = set()
    best_first = np.argsort(-iou[boxes, places], kind="stable")
    for box, place in zip(boxes[best_first].tolist(), places[best_first].tolist(), strict=True):
        if box not in taken and box_of_place[place] < 0:
            box_of_place[place] = box
            taken.add(box)
    return box_of_place
