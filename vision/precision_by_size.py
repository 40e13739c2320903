"""Average precision of objects of one size at a time, as COCO has it: what is of another size counts for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.average_precision import Judged, average_precision
from vision.boxes import area, iou
from vision.types import Detections, Floats, Ints

Labels = tuple[Ints, Floats]


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Sides from `low_px` up to, not including, `high_px`; a box's side is the root of its area."""

    name: str
    low_px: float
    high_px: float

    def holds(self, xyxy: Floats, px_per_px: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Rows (N,) bool of boxes (N, 4) whose side lies in it, after scaling by `px_per_px`."""
        side = np.sqrt(area(xyxy)) * px_per_px
        return (side >= self.low_px) & (side < self.high_px)


COCO_SIZES = (
    SizeRange("small", 0, 32),
    SizeRange("medium", 32, 96),
    SizeRange("large", 96, float("inf")),
)


def judge_within(
    found: Sequence[Detections],
    labels: Sequence[Labels],
    scales: Sequence[float],
    class_id: int,
    size: SizeRange,
    iou_limit: float,
) -> Judged:
    """Detections of one class judged against labels of one size, over pictures given in the same order.

    `scales` brings each picture's px to those that `size` is meant in. A detection that lies on a label of another size
    is neither right nor wrong, and one that lies on nothing is wrong only where it is of this size itself.
    """
    confidences: list[Floats] = [np.zeros(0, np.float32)]
    hits: list[np.ndarray[tuple[int, ...], np.dtype[np.bool_]]] = [np.zeros(0, np.bool_)]
    labelled = 0
    for detections, (ids, boxes), scale in zip(found, labels, scales, strict=True):
        mine = detections[detections.class_id == class_id]
        mine = mine[np.argsort(-mine.confidence, kind="stable")]
        truth = boxes[ids == class_id]
        asked = size.holds(truth, scale)
        hit, counts = _claims(iou(mine.xyxy, truth), asked, size.holds(mine.xyxy, scale), iou_limit)
        confidences.append(mine.confidence[counts])
        hits.append(hit[counts])
        labelled += int(asked.sum())
    return Judged(np.concatenate(confidences), np.concatenate(hits), labelled)


def average_precision_by_size(
    found: Sequence[Detections],
    labels: Sequence[Labels],
    scales: Sequence[float],
    class_ids: Sequence[int],
    size: SizeRange,
    iou_limit: float = 0.5,
) -> dict[int, tuple[float | None, int]]:
    """AP of each class at this size and how many boxes it rests on; AP50 by default."""
    judged = {which: judge_within(found, labels, scales, which, size, iou_limit) for which in class_ids}
    return {which: (average_precision(one), one.labelled) for which, one in judged.items()}


def _claims(
    overlap: Floats,
    asked: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    of_size: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    iou_limit: float,
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.bool_]], np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """For IoUs (N, M), most confident row first: which rows hit an asked-for column, and which rows count at all."""
    hit, counts = np.zeros(len(overlap), np.bool_), of_size.copy()
    free = overlap.copy()
    # Most rows lie on nothing: only those that could claim something are gone through one by one.
    for row in np.flatnonzero((overlap >= iou_limit).any(axis=1)) if overlap.shape[1] else ():
        for columns in (np.flatnonzero(asked), np.flatnonzero(~asked)):
            if not len(columns):
                continue
            best = columns[free[row, columns].argmax()]
            if free[row, best] >= iou_limit:
                hit[row] = counts[row] = bool(asked[best])
                free[:, best] = -1.0
                break
    return hit, counts
