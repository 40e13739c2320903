"""Which box lies on which place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.boxes import area, intersection
from vision.types import Detections, Floats

ON_PLACE = 0.5  # IoU from which a detection lies on a place
_PART = 0.65  # share of the smaller of two boxes from which they are one vehicle


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of boxes (N, 4) and anchors (M, 4): `iou` (N, M), the areas that they `shared`, and those of each."""

    iou: Floats
    shared: Floats
    box: Floats
    anchor: Floats

    def part(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Bool (len(rows), M): which of those boxes are a second one on a vehicle that has one: car and truck for one
        van, the cab and the whole lorry."""
        smaller = np.minimum(self.box[rows, None], self.anchor)
        part: NDArray[np.bool_] = self.iou[rows] >= ON_PLACE
        part |= self.shared[rows] >= _PART * np.maximum(smaller, 1.0)
        return part


def overlap(boxes: Floats, anchors: Floats) -> Overlap:
    shared, one, other = intersection(boxes, anchors), area(boxes), area(anchors)
    union = one[:, None] + other
    union -= shared
    return Overlap(shared / np.maximum(union, 1e-9, out=union), shared, one, other)


def each_once(found: Detections) -> Detections:
    """Every box once. Weights that suppress nothing name one box by several classes, a minibus as car, bus and truck:
    it keeps the likeliest, and is as sure as that it is any of them (1 less the product of 1 - p)."""
    order = np.lexsort((-found.confidence, *found.xyxy.T))
    boxes = found.xyxy[order]
    first = np.ones(len(found), bool)
    first[1:] = (boxes[1:] != boxes[:-1]).any(axis=1)
    if first.all():
        return found
    starts = first.nonzero()[0]
    sure = 1 - np.multiply.reduceat(1 - found.confidence[order], starts)
    rows = order[starts]
    back = np.argsort(rows)
    return Detections(found.xyxy[rows[back]], sure[back].astype(np.float32), found.class_id[rows[back]])


def fit(iou: Floats) -> NDArray[np.int64]:
    """For each place (M,) the box that lies on it, -1 for none; best overlaps first, one box a place."""
    box_of_place = np.full(iou.shape[1], -1, np.int64)
    boxes, places = (iou >= ON_PLACE).nonzero()
    if len(set(boxes.tolist())) == len(boxes) == len(set(places.tolist())):  # nothing is contested
        box_of_place[places] = boxes
        return box_of_place
    taken: set[int] = set()
    best_first = np.argsort(-iou[boxes, places], kind="stable")
    for box, place in zip(boxes[best_first].tolist(), places[best_first].tolist(), strict=True):
        if box not in taken and box_of_place[place] < 0:
            box_of_place[place] = box
            taken.add(box)
    return box_of_place
