"""What a box cannot be by its size on the ground: detectors that know vehicles from the street call a car that is seen
from above a motorcycle now and then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drone.lens import Lens
from drone.view import View
from models.spec import ObjectClass
from streams.aerial.locator import HALF_HEIGHT_M, looks_down_deg
from vision.types import Detections

_LONGEST_M = 3.2  # of what has two wheels, with whoever rides it: any way round, a side of its box is shorter
_FLATTEST_DEG = 20.0  # flatter, how far away a thing is hangs on a degree, and from a car's roof on how high it is


def by_size(found: Detections, view: View, lens: Lens) -> Detections:
    """Two-wheelers that are as long as a car are cars. `view` has one pose; boxes are px of the full frame."""
    middle = (found.xyxy[:, :2] + found.xyxy[:, 2:]).astype(np.float64) / 2
    down_deg = looks_down_deg(middle, view, lens)
    above_m = view.height_m[0] - HALF_HEIGHT_M[ObjectClass.TWO_WHEELER]
    away_m = above_m / np.sin(np.radians(np.maximum(down_deg, _FLATTEST_DEG)))
    long_m = (found.xyxy[:, 2:] - found.xyxy[:, :2]).max(axis=1) * away_m / np.mean(lens.focal_px)
    too_long = (found.class_id == ObjectClass.TWO_WHEELER) & (long_m > _LONGEST_M) & (down_deg >= _FLATTEST_DEG)
    return replace(found, class_id=np.where(too_long, np.int64(ObjectClass.CAR), found.class_id))
