"""How much of the ground people fill who stand there, whether the detector boxes them or not.

In a dense crowd a detector boxes the first row. But where somebody stands the street is hidden, and how the street
looks when nobody hides it is known from before: what differs from that around the people who were found is people. It
is told in people: as many as would fill it if none of them hid another.
"""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.ground import GroundPlane
from vision.standing import camera_over
from vision.static.structure import LEAST, Mask, Structure, differs
from vision.static.window import Window
from vision.types import Floats, Picture

Doubles = NDArray[np.float64]

_FOLLOW_S = 30.0  # how fast the street's light is followed where nobody is
_LEAST_LOOKS = 2  # in which nobody was at a pixel before it is known
_FLOOR = 2 * LEAST  # energy of edges under which there are none
_GROWN = 0.15  # of a box's height: so far around a person is no street
_CROWD_GROWN = 1.0  # the same where several are near each other: not all of them are boxed
_SHRINK_PX = 9  # edges are compared within so many px: what differs is found so much too large
_CLOSE_PX = 7
_KNOWN = 0.6  # share of what they fill that must be known
_OTHERWISE = 0.3  # share of the known rest that may differ too: more is another light
_TALL_M, _BODY_M2 = 1.68, 0.57  # somebody's height, and what of the view he takes up
_STEEPEST, _FLATTEST = np.radians(32.0), np.radians(15.0)  # camera angles that this was measured near


class Filled:
    """One zone's. `polygon`: corners (N, 2) in 0..1 of the picture. Call `see` once a look, `people` after it."""

    def __init__(self, polygon: Floats) -> None:
        self._polygon = [(float(x), float(y)) for x, y in polygon]
        self._window: Window | None = None
        self._street: Structure | None = None
        self._now: Structure | None = None
        self._looks: NDArray[np.int16] = np.zeros((0, 0), np.int16)
        self._people: Mask = np.zeros((0, 0), np.bool_)
        self._at_s = -math.inf
        self.since_s = math.inf  # when the street was first seen

    def see(self, luma: Picture, at_s: float, lone: Floats, near: Floats, source_wh: tuple[int, int]) -> None:
        """Take in a look, brightness uint8 (h, w). `lone` and `near`: boxes (N, 4), px of the full frame, of people and
        of those who have others near them."""
        if self._window is None or self._window.luma_hw != luma.shape or at_s < self._at_s:
            self._begin(luma, at_s)
        assert self._window is not None
        now = Structure.of(self._window.cut(luma))
        self._people = self._painted(lone, _GROWN, source_wh) | self._painted(near, _CROWD_GROWN, source_wh)
        free = ~self._people
        if self._street is None:
            self._street = now.part(slice(None), slice(None))
        else:
            # The first looks are averaged, later ones follow the light.
            fresh = free & (self._looks < _LEAST_LOOKS)
            for looks in range(_LEAST_LOOKS):
                self._street.blend(now, 1 / (looks + 1), fresh & (self._looks == looks))
            self._street.blend(now, 1 - math.exp(-max(0.0, at_s - self._at_s) / _FOLLOW_S), free & ~fresh)
        self._looks[free] = np.minimum(self._looks[free] + 1, _LEAST_LOOKS)
        self._now, self._at_s = now, at_s

    def people(
        self,
        boxes: Floats,
        vehicles: Floats,
        centre_m: Doubles,
        within_m: float,
        plane: GroundPlane,
        source_wh: tuple[int, int],
    ) -> float | None:
        """How many people would fill what is filled around those in `boxes` (N, 4), if none hid another: no farther
        than `within_m` from `centre_m` (2,), and of what lies in `vehicles` (M, 4) only the boxes. None where it cannot
        be told."""
        camera = camera_over(plane, source_wh)
        if self._window is None or self._street is None or self._now is None or camera is None:
            return None
        away_m = max(1e-3, float(np.linalg.norm(centre_m - camera[:2])))
        if not _FLATTEST <= math.atan2(camera[2], away_m) <= _STEEPEST:
            return None
        new = differs(self._now, self._street, np.full(self._looks.shape, _FLOOR, np.float32))
        known = self._looks >= _LEAST_LOOKS
        rest = known & ~self._people
        if np.count_nonzero(new & rest) > _OTHERWISE * np.count_nonzero(rest):
            return None
        vehicle = self._painted(vehicles, 0.0, source_wh) & ~self._painted(boxes, 0.0, source_wh)
        theirs = self._around(new & ~vehicle, boxes, source_wh)
        if not theirs.any() or np.count_nonzero(known & theirs) < _KNOWN * np.count_nonzero(theirs):
            return None
        return self._worth(theirs, centre_m, within_m, plane, camera, source_wh)

    def shift_clock(self, by_s: float) -> None:
        self._at_s += by_s
        self.since_s += by_s

    def _begin(self, luma: Picture, at_s: float) -> None:
        self.since_s = at_s
        window = Window(self._polygon, cast(tuple[int, int], luma.shape))
        self._window, self._street, self._now = window, None, None
        self._looks = np.zeros((window.height, window.width), np.int16)

    def _painted(self, boxes: Floats, grown: float, source_wh: tuple[int, int]) -> Mask:
        assert self._window is not None
        painted = np.zeros(self._looks.shape, np.uint8)
        by = grown * (boxes[:, 3:] - boxes[:, 1:2])
        for x1, y1, x2, y2 in self._window.from_source(boxes + by * np.array([-1, -1, 1, 1], np.float32), source_wh):
            cv2.rectangle(painted, (round(float(x1)), round(float(y1))), (round(float(x2)), round(float(y2))), 1, -1)
        return painted > 0

    def _around(self, new: Mask, boxes: Floats, source_wh: tuple[int, int]) -> Mask:
        """What hangs together with those in the boxes."""
        filled = cv2.morphologyEx(new.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((_CLOSE_PX, _CLOSE_PX), np.uint8))
        filled = cv2.erode(filled, np.ones((_SHRINK_PX, _SHRINK_PX), np.uint8))
        count, label = cv2.connectedComponents(filled)
        theirs = np.bincount(label[self._painted(boxes, 0.0, source_wh)], minlength=count) > 0
        theirs[0] = False
        return np.asarray(theirs[label], np.bool_)

    def _worth(
        self,
        filled: Mask,
        centre_m: Doubles,
        within_m: float,
        plane: GroundPlane,
        camera: Doubles,
        source_wh: tuple[int, int],
    ) -> float:
        assert self._window is not None
        rows, columns = np.nonzero(filled)
        at = self._window.to_px(np.stack([columns, rows], axis=1).astype(np.float64) + 0.5, source_wh)
        # Whose middle is seen there stands nearer than the ground behind it.
        below = camera[:2]
        feet_m = below + (plane.metres(at) - below) * (1 - _TALL_M / 2 / camera[2])
        near = np.linalg.norm(feet_m - centre_m, axis=1) <= within_m
        feet_m = feet_m[near]
        if not len(feet_m):
            return 0.0
        across_m = np.linalg.norm(plane.metres_per_px(plane.pixels(feet_m))[:, :, 0], axis=1)
        cos = np.cos(np.arctan2(camera[2], np.linalg.norm(feet_m - below, axis=1)))
        px = self._window.px_size(source_wh)
        return float((across_m**2 / cos).sum() * px[0] * px[1] / _BODY_M2)
