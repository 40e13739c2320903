"""A real clip looked through once: what can be cut out of it, what passes and stands in it, if its camera moves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.spec import VEHICLES, ObjectClass
from streams.bench.footage import FPS, Footage, load_footage
from streams.bench.plan import cut_out
from streams.bench.survey import grown, see
from vision.boxes import area, intersection, iou
from vision.detect import Detector
from vision.registration import wandered
from vision.types import Detections, Floats, Picture

_EVERY = 10  # pictures: two looks and a half a second
_SURE, _FAINT = 0.55, 0.1
_ALONE = 0.05  # share of a box that another may lie on
_WITHIN = 0.35  # share of a smaller thing that may lie in a box to be cut out
_STANDS_IOU = 0.7  # a second later and still there
_SMALLEST, _LARGEST = 0.07, 0.6  # of the picture's height
_LEAST_PX = 22  # tall: below, a cut is a few blocks of the codec
_MARGIN = 0.08
_WIDEST = 640  # px: a sub-stream's size, and what most detectors are shown
_MOVED = 0.006  # of the width from the first picture to the last: a drone that hovers moves by more
_CLASSES = (*VEHICLES, ObjectClass.TWO_WHEELER, ObjectClass.PERSON)


@dataclass(frozen=True, slots=True)
class Cut:
    """Something to cut out of picture `number`: `xyxy` px of the clip's own size, what it is, and whether it is all
    that is cut out: a long bus at a slant has cars behind it within its box."""

    number: int
    xyxy: tuple[int, int, int, int]
    kind: ObjectClass
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Patch:
    """Pixels to lay over a picture: RGB uint8 (h, w, 3), how opaque each is, float32 (h, w, 1), 0 to 1, and the size
    `wh` of the thing within, px."""

    rgb: Picture
    alpha: Floats
    wh: tuple[float, float]

    def scaled(self, by: float) -> Patch:
        size = max(2, round(self.rgb.shape[1] * by)), max(2, round(self.rgb.shape[0] * by))
        how = cv2.INTER_AREA if by < 1 else cv2.INTER_LINEAR
        rgb = np.asarray(cv2.resize(self.rgb, size, interpolation=how), np.uint8)
        alpha = np.asarray(cv2.resize(self.alpha, size, interpolation=how), np.float32)[:, :, None]
        return Patch(rgb, alpha, (self.wh[0] * by, self.wh[1] * by))


@dataclass(frozen=True, slots=True)
class Street:
    """`size_wh` is that of the pictures made from it. `passing` and `standing`, boxes (N, 4), are in px of that size:
    all that was seen at all, and what was still there a second later."""

    name: str
    footage: Footage
    size_wh: tuple[int, int]
    cuts: tuple[Cut, ...]
    passing: Floats
    standing: Floats
    people: Floats
    looks: int
    moves: bool

    def cuts_of(self, *kinds: ObjectClass) -> list[Cut]:
        return [cut for cut in self.cuts if cut.kind in kinds]

    def picture(self, at_s: float) -> Picture:
        """RGB uint8 (h, w, 3): the clip there and back for as long as one likes."""
        yuv = self.footage.yuv[self.footage.index(round(at_s * FPS))]
        rgb = np.asarray(cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB_I420), np.uint8)
        if self.size_wh == self.footage.size_wh:
            return rgb
        return np.asarray(cv2.resize(rgb, self.size_wh, interpolation=cv2.INTER_AREA), np.uint8)

    def patch(self, cut: Cut) -> Patch:
        bgr, alpha = cut_out(self.footage, cut.number, cut.xyxy, self.size_wh)
        by = self.size_wh[0] / self.footage.size_wh[0]
        wide, high = (cut.xyxy[2] - cut.xyxy[0]) * by, (cut.xyxy[3] - cut.xyxy[1]) * by
        return Patch(np.ascontiguousarray(bgr[:, :, ::-1]), alpha, (wide, high))

    def box_of(self, cut: Cut) -> Floats:
        """Where it was cut from, px of `size_wh`."""
        return np.array(cut.xyxy, np.float32) * np.float32(self.size_wh[0] / self.footage.size_wh[0])


def look_through(path: Path, referee: Detector) -> Street:
    """The beginning of a clip, up to 14 s, surveyed by a detector that should not be the one that is measured.

    Raises `SourceUnusable` where it cannot be read or is shorter than two seconds.
    """
    footage = load_footage(path)
    numbers = range(0, len(footage.yuv), _EVERY)
    seen = [_worth(see(referee, footage.bgr(number))) for number in numbers]
    wide, high = footage.size_wh
    by = min(1.0, _WIDEST / wide)
    size_wh = (2 * round(wide * by / 2), 2 * round(high * by / 2))
    cuts = [cut for number, found in zip(numbers, seen, strict=True) for cut in cuts_in(footage.size_wh, number, found)]
    return Street(
        path.name,
        footage,
        size_wh,
        tuple(cuts),
        _all([found.xyxy for found in seen]) * np.float32(by),
        _standing(seen) * np.float32(by),
        _all([found.xyxy[found.class_id == ObjectClass.PERSON] for found in seen]) * np.float32(by),
        len(seen),
        _moves(footage),
    )


def _worth(found: Detections) -> Detections:
    return found[np.isin(found.class_id, _CLASSES) & (found.confidence >= _FAINT)]


def _all(boxes: list[Floats]) -> Floats:
    return np.concatenate([np.zeros((0, 4), np.float32), *boxes])


def _standing(seen: list[Detections]) -> Floats:
    later = max(1, round(FPS / _EVERY))
    return _all(
        [
            one.xyxy[iou(one.xyxy, then.xyxy).max(axis=1) >= _STANDS_IOU]
            for one, then in zip(seen, seen[later:], strict=False)
            if len(one) and len(then)
        ]
    )


def cuts_in(size_wh: tuple[int, int], number: int, found: Detections) -> list[Cut]:
    """Of what was found in picture `number`: what nothing covers, whole in the picture, neither tiny nor huge."""
    wide, high = size_wh
    common = intersection(found.xyxy, found.xyxy)
    np.fill_diagonal(common, 0)
    shared, within = common / np.maximum(area(found.xyxy)[:, None], 1), common / np.maximum(area(found.xyxy), 1)
    cuts = []
    for row, box in enumerate(found.xyxy):
        tall = (box[3] - box[1]) / high
        around = grown(box, _MARGIN)
        whole = around[0] >= 0 and around[1] >= 0 and around[2] <= wide and around[3] <= high
        if found.confidence[row] < _SURE or shared[row].max(initial=0) > _ALONE or not whole:
            continue
        if _SMALLEST <= tall <= _LARGEST and tall * high >= _LEAST_PX:
            x1, y1, x2, y2 = (round(float(v)) for v in box)
            alone = bool(within[row].max(initial=0) <= _WITHIN)
            cuts.append(Cut(number, (x1, y1, x2, y2), ObjectClass(int(found.class_id[row])), alone))
    return cuts


def _moves(footage: Footage) -> bool:
    """Whether the view wanders off: by phase correlation of later pictures with the first, the median of the last
    few."""
    first = _grey(footage, 0)
    shares = [wandered(first, _grey(footage, number)) for number in range(2 * FPS, len(footage.yuv), FPS)]
    told = [share for share in shares if share is not None]
    return bool(told) and float(np.median(told[-3:])) > _MOVED


def _grey(footage: Footage, number: int) -> Picture:
    return np.asarray(footage.yuv[footage.index(number)][: footage.size_wh[1]], np.uint8)
