"""Fit a picture into a network's input without changing its aspect, and bring boxes back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vision.types import Floats, Picture

_GREY = 114  # the border value that YOLO weights were trained with


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the picture lies in the input: input_px = picture_px * scale + offset, in x and in y."""

    scale: float
    offset_xy: tuple[int, int]
    picture_wh: tuple[int, int]


def letterbox(rgb: Picture, canvas: Picture) -> Placement:
    """Write `rgb`, uint8 (h, w, 3), centred into `canvas`, uint8 (H, W, 3), in place; grey fills the rest.

    A picture that the decoder has already scaled to fit is only copied.
    """
    h, w = rgb.shape[:2]
    height, width = canvas.shape[:2]
    scale = min(height / h, width / w)
    fitted_w, fitted_h = min(width, round(w * scale)), min(height, round(h * scale))
    if (fitted_w, fitted_h) != (w, h):
        rgb = cv2.resize(rgb, (fitted_w, fitted_h), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    x, y = (width - fitted_w) // 2, (height - fitted_h) // 2
    canvas[:y] = canvas[y + fitted_h :] = _GREY
    canvas[y : y + fitted_h, :x] = canvas[y : y + fitted_h, x + fitted_w :] = _GREY
    canvas[y : y + fitted_h, x : x + fitted_w] = rgb
    return Placement(scale, (x, y), (w, h))


def to_source(xyxy: Floats, placement: Placement, source_wh: tuple[int, int]) -> Floats:
    """Boxes (N, 4) in px of the input, in px of the camera's full frame, clipped to it."""
    w, h = placement.picture_wh
    x, y = placement.offset_xy
    per_px = np.array([source_wh[0] / w, source_wh[1] / h] * 2, np.float32) / np.float32(placement.scale)
    boxes = (xyxy - np.array([x, y, x, y], np.float32)) * per_px
    limit = np.array([*source_wh, *source_wh], np.float32)
    return np.clip(boxes, 0, limit).astype(np.float32, copy=False)
