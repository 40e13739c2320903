"""What a detector sees in a street: vehicles that can be cut out of it, and places where none stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from models.spec import VEHICLES
from streams.bench.footage import FPS, Footage
from vision.boxes import area, intersection, iou
from vision.detect import Detector
from vision.types import Detections, Floats, Picture

_EVERY = 5  # pictures: five looks a second
_SURE = 0.6
_FAINT = 0.1  # a vehicle behind another is one still
_ALONE = 0.03  # share of a vehicle's box that another box may lie on
_STANDS_IOU = 0.75  # a second later and still there
_SMALLEST, _LARGEST = 0.09, 0.45  # of the picture's height
_MARGIN = 0.08  # of the box, on each side: what a soft edge needs


@dataclass(frozen=True, slots=True)
class Cut:
    """A vehicle in picture `number`, `xyxy` px; the higher `sharpness`, the better its edges."""

    number: int
    xyxy: tuple[int, int, int, int]
    sharpness: float


@dataclass(frozen=True, slots=True)
class Survey:
    """`passing` are all vehicle boxes at five looks a second, `standing` those still there a second later."""

    footage: Footage
    cuts: tuple[Cut, ...]
    passing: Floats
    standing: Floats
    looks: int


def see(detector: Detector, bgr: Picture) -> Detections:
    """Detections in px of `bgr`, uint8 (h, w, 3)."""
    size_wh = (bgr.shape[1], bgr.shape[0])
    share = min(detector.fit_wh[0] / size_wh[0], detector.fit_wh[1] / size_wh[1], 1.0)
    small_wh = (round(size_wh[0] * share), round(size_wh[1] * share))
    small = cv2.resize(bgr, small_wh, interpolation=cv2.INTER_AREA)
    return detector(np.ascontiguousarray(small[:, :, ::-1]), size_wh)


def survey(footage: Footage, detector: Detector) -> Survey:
    """Look through the whole clip once; the same clip and weights give the same survey."""
    numbers = range(0, len(footage.yuv), _EVERY)
    seen = [_vehicles(see(detector, footage.bgr(number))) for number in numbers]
    later = FPS // _EVERY
    standing = [
        boxes.xyxy[iou(boxes.xyxy, seen[i + later].xyxy).max(axis=1) >= _STANDS_IOU]
        for i, boxes in enumerate(seen[: len(seen) - later])
        if len(boxes) and len(seen[i + later])
    ]
    none = np.zeros((0, 4), np.float32)
    cuts = [cut for number, boxes in zip(numbers, seen, strict=True) for cut in _cuts(footage, number, boxes)]
    cuts.sort(key=lambda cut: -cut.sharpness)
    passing = np.concatenate([none, *(boxes.xyxy for boxes in seen)])
    return Survey(footage, tuple(cuts), passing, np.concatenate([none, *standing]), len(seen))


def _vehicles(found: Detections) -> Detections:
    return found[np.isin(found.class_id, VEHICLES) & (found.confidence >= _FAINT)]


def _cuts(footage: Footage, number: int, boxes: Detections) -> Iterator[Cut]:
    """Sharp vehicles that nothing covers, whole in the picture, neither tiny nor huge."""
    width, height = footage.size_wh
    grey = footage.yuv[footage.index(number)][:height]
    around = np.array([grown(box, _MARGIN) for box in boxes.xyxy], np.float32).reshape(-1, 4)
    shared = intersection(around, boxes.xyxy) / np.maximum(area(boxes.xyxy)[:, None], 1)
    np.fill_diagonal(shared, 0)
    for row, box in enumerate(boxes.xyxy):
        tall = (box[3] - box[1]) / height
        if boxes.confidence[row] < _SURE or shared[row].max(initial=0) > _ALONE or not _SMALLEST <= tall <= _LARGEST:
            continue
        x1, y1, x2, y2 = (round(float(v)) for v in grown(box, _MARGIN))
        if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
            continue
        blur = float(cv2.Laplacian(grey[y1:y2, x1:x2], cv2.CV_32F).var())
        yield Cut(
            number, (round(float(box[0])), round(float(box[1])), round(float(box[2])), round(float(box[3]))), blur
        )


def grown(box: Floats, share: float) -> Floats:
    """The box with `share` of its sides added on each side."""
    across, down = (box[2] - box[0]) * share, (box[3] - box[1]) * share
    return np.asarray(box, np.float32) + np.array([-across, -down, across, down], np.float32)
