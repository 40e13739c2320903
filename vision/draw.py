"""Zones, boxes and places drawn over a picture, for a person to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from models.spec import ObjectClass
from vision.hazards.rules import Rule, Stage
from vision.types import Detections, Picture

_ZONE, _BOX, _DWELLING, _RAISED = (255, 200, 60), (120, 220, 120), (40, 190, 255), (60, 60, 235)  # BGR
_SHOWN = 0.25  # confidence below which a box only clutters
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_look(
    bgr: Picture,
    detections: Detections,
    zones: Iterable[Sequence[tuple[float, float]]],
    rules: Iterable[Rule],
    caption: str,
) -> Picture:
    """A copy of `bgr`, uint8 (h, w, 3) in the full frame's size, with all that the rules know drawn on it."""
    picture = bgr.copy()
    h, w = picture.shape[:2]
    for polygon in zones:
        corners = np.round(np.asarray(polygon) * (w, h)).astype(np.int32)
        cv2.polylines(picture, [corners], True, _ZONE, 2)
    shown = detections[detections.confidence >= _SHOWN]
    for box, confidence, class_id in zip(shown.xyxy, shown.confidence, shown.class_id, strict=True):
        _box(picture, box, _BOX, f"{ObjectClass(class_id).label} {confidence:.2f}", 1)
    for rule in rules:
        for mark in rule.marks():
            colour = _RAISED if mark.stage is Stage.RAISED else _DWELLING
            _box(picture, mark.xyxy, colour, "", 2)
            _text(picture, mark.text, (int(mark.xyxy[0]), min(h - 6, int(mark.xyxy[3]) + 14)), colour)
    _text(picture, caption, (8, 20), (255, 255, 255))
    return picture


def _box(picture: Picture, xyxy: np.ndarray, colour: tuple[int, int, int], label: str, width: int) -> None:
    x1, y1, x2, y2 = (int(v) for v in xyxy)
    cv2.rectangle(picture, (x1, y1), (x2, y2), colour, width)
    if label:
        _text(picture, label, (x1, max(12, y1 - 4)), colour)


def _text(picture: Picture, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(picture, text, at, _FONT, 0.42, colour, 1, cv2.LINE_AA)
