"""Small builders for frames' worth of detections and pictures."""

from __future__ import annotations

import cv2
import numpy as np

from models.spec import ObjectClass
from vision.types import Detections, Picture

WH = (640, 360)


def boxes(
    *rows: tuple[float, float, float, float], kind: ObjectClass = ObjectClass.CAR, sure: float = 0.8
) -> Detections:
    """Detections of one class at the given boxes, px of a 640 x 360 frame."""
    n = len(rows)
    xyxy = np.array(rows, np.float32).reshape(n, 4)
    return Detections(xyxy, np.full(n, sure, np.float32), np.full(n, int(kind), np.int64))


def join(*parts: Detections) -> Detections:
    return Detections(
        np.concatenate([p.xyxy for p in parts]),
        np.concatenate([p.confidence for p in parts]),
        np.concatenate([p.class_id for p in parts]),
    )


def street(seed: int = 0) -> Picture:
    """An empty street: smooth texture, uint8 (360, 640, 3)."""
    noise = np.random.default_rng(seed).normal(0, 1, (12, 20, 3))
    grown = np.kron(noise, np.ones((30, 32, 1)))
    return np.clip(120 + 10 * grown, 0, 255).astype(np.uint8)


def paint(picture: Picture, box: tuple[float, float, float, float], seed: int = 1, gain: float = 1.0) -> Picture:
    """A copy with a patterned thing standing at `box`; the same seed is the same thing; `gain` is the light."""
    x1, y1, x2, y2 = (int(v) for v in box)
    cells = np.random.default_rng(seed).uniform(20, 235, (6, 8, 3))
    rows = np.linspace(0, 5.99, y2 - y1).astype(int)
    cols = np.linspace(0, 7.99, x2 - x1).astype(int)
    copy = picture.copy()
    copy[y1:y2, x1:x2] = cells[rows][:, cols]
    return np.clip(copy * gain, 0, 255).astype(np.uint8)


def grey(picture: Picture) -> Picture:
    """Its brightness, as a frame's `luma`."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
