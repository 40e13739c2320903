"""The ground drawn as squares of 5 m, so that a person sees whether metres are right."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.draw_strip import write
from vision.ground import GroundPlane
from vision.types import Picture

STEP_M = 5.0
_REACH_M = 60.0
_COLOUR = (150, 150, 110)
_SAMPLES = 121


def draw_ground(picture: Picture, plane: GroundPlane) -> None:
    """Draw on `picture`, uint8 (h, w, 3), squares of 5 m about where its lower middle stands on the ground."""
    h, w = picture.shape[:2]
    middle = plane.metres(np.array([[w / 2, h - 1.0]]))[0]
    if not np.isfinite(middle).all():
        return
    x0, y0 = np.round(middle / STEP_M) * STEP_M
    steps = np.arange(-_REACH_M, _REACH_M + STEP_M / 2, STEP_M)
    run = np.linspace(-_REACH_M, _REACH_M, _SAMPLES)
    for step in steps:
        _line(picture, plane, np.column_stack([np.full(_SAMPLES, x0 + step), y0 + run]))
        _line(picture, plane, np.column_stack([x0 + run, np.full(_SAMPLES, y0 + step)]))
    write(picture, f"ground: squares of {STEP_M:g} m", (8, h - 8), _COLOUR)


def _line(picture: Picture, plane: GroundPlane, along_m: NDArray[np.float64]) -> None:
    h, w = picture.shape[:2]
    points = plane.pixels(along_m)
    # Far outside, a line leaves what integers of a drawing can hold; behind the camera there is none.
    near = np.isfinite(points).all(axis=1) & (np.abs(points - (w / 2, h / 2)) < 4 * max(w, h)).all(axis=1)
    for first, second in zip(np.flatnonzero(near)[:-1], np.flatnonzero(near)[1:], strict=True):
        if second == first + 1:
            ends = np.round(points[[first, second]]).astype(np.int32)
            cv2.polylines(picture, [ends], False, _COLOUR, 1, cv2.LINE_AA)
