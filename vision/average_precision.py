"""Average precision: how well a detector's boxes and their confidences match labelled boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.boxes import iou
from vision.types import Detections, Floats, Ints


@dataclass(frozen=True, slots=True)
class Judged:
    """Detections of one class over all pictures: `confidence` (N,), `hit` bool (N,), out of `labelled` boxes."""

    confidence: Floats
    hit: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    labelled: int


def judge(
    found: Sequence[Detections], labels: Sequence[tuple[Ints, Floats]], class_id: int, iou_limit: float
) -> Judged:
    """Detections of one class, each hit or not, over pictures given in the same order.

    `labels` holds class ids (M,) and xyxy (M, 4) per picture, in the detections' px. In each picture the more confident
    detection chooses first, the unclaimed label of the highest IoU, and hits where that is at least `iou_limit`;
    so a label is found once, and a second box on it is a false alarm (Everingham et al. 2010, as COCO does).
    """
    confidences: list[Floats] = []
    hits: list[np.ndarray[tuple[int, ...], np.dtype[np.bool_]]] = []
    labelled = 0
    for detections, (ids, boxes) in zip(found, labels, strict=True):
        mine = detections[detections.class_id == class_id]
        truth = boxes[ids == class_id]
        labelled += len(truth)
        order = np.argsort(-mine.confidence, kind="stable")
        confidences.append(mine.confidence[order])
        hits.append(_claims(iou(mine.xyxy[order], truth), iou_limit))
    if not confidences:
        return Judged(np.zeros(0, np.float32), np.zeros(0, np.bool_), 0)
    return Judged(np.concatenate(confidences), np.concatenate(hits), labelled)


def _claims(overlap: Floats, iou_limit: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """For IoUs (N, M), most confident row first: which rows claim a column that no earlier row has."""
    hit = np.zeros(len(overlap), np.bool_)
    free = overlap.copy()
    for row in range(len(overlap)):
        if free.shape[1] == 0:
            break
        best = int(free[row].argmax())
        if free[row, best] >= iou_limit:
            hit[row] = True
            free[:, best] = -1.0
    return hit


def average_precision(judged: Judged) -> float | None:
    """Area under the precision-recall curve, 0 to 1, by all its points, precision made non-increasing (VOC 2010 on).

    None where nothing is labelled: then there is nothing to find.
    """
    if judged.labelled == 0:
        return None
    order = np.argsort(-judged.confidence, kind="stable")
    hits = np.cumsum(judged.hit[order])
    recall = np.concatenate([[0.0], hits / judged.labelled])
    precision = hits / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall) * envelope))


def average_precision_by_class(
    found: Sequence[Detections], labels: Sequence[tuple[Ints, Floats]], class_ids: Sequence[int], iou_limit: float = 0.5
) -> dict[int, float | None]:
    """AP of each class at one IoU limit; AP50 by default."""
    return {which: average_precision(judge(found, labels, which, iou_limit)) for which in class_ids}


def average_precision_by_box(
    found: Sequence[Detections], labels: Sequence[tuple[Ints, Floats]], iou_limit: float = 0.5
) -> tuple[float, int]:
    """Mean AP of the labelled classes, each weighing as much as it has boxes, and how many boxes there are.

    For comparing two runs over the same pictures: in a plain mean one box of a class with four would move 5 % of it.
    (0.0, 0) where nothing is labelled.
    """
    ids = np.concatenate([np.zeros(0, np.int64), *(ids for ids, _ in labels)])
    classes, counts = np.unique(ids, return_counts=True)
    if not len(classes):
        return 0.0, 0
    by_class = average_precision_by_class(found, labels, classes.tolist(), iou_limit)
    return float(np.average([by_class[int(which)] or 0.0 for which in classes], weights=counts)), int(counts.sum())
