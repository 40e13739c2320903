"""A place as one look shows it: from where it is looked at, and its ground straightened out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from drone.lens import Lens
from drone.locate import Relief, View, project
from streams.aerial.places import degrees, metres
from streams.aerial.vacancy import FLAT_DEG, PATCH_M, PX_M, REACH_M, SIDE, Mask, Memory, Sight, tells
from vision.types import Frame, Picture

Doubles = NDArray[np.float64]

_MOST_FINE = 6  # times finer than a patch's px, before it is made smaller
_BOX_KEPT = 0.85  # of a box's sides: its corners are ground


@dataclass(frozen=True)
class Look:
    """One look, and through which lens and from where it was taken."""

    frame: Frame
    view: View
    lens: Lens
    relief: Relief | None = None

    @cached_property
    def light(self) -> float:
        return float(np.median(self.frame.luma))

    def project(self, lonlat: Doubles, above_ground_m: Doubles | float = 0.0) -> Doubles:
        """px (N, 2) of the full frame of places (N, 2)."""
        return project(lonlat, self.view, self.lens, above_ground_m, self.relief)

    def sight(self, lon: float, lat: float, half_height_m: float) -> Sight:
        """How it looks at a place."""
        east, north = metres(float(self.view.lon[0]), float(self.view.lat[0]), lon, lat)
        lies_m = 0.0 if self.relief is None else float(self.relief(np.array([lon]), np.array([lat]))[0])
        up, along = float(self.view.height_m[0]) - lies_m - half_height_m, math.hypot(east, north)
        return Sight(
            math.degrees(math.atan2(east, north)) % 360.0,
            math.degrees(math.atan2(up, along)),
            float(self.view.yaw_deg[0]),
            math.hypot(up, along) / float(np.mean(self.lens.focal_px)),
            self.light,
        )

    def memory(self, lon: float, lat: float, half_height_m: float, xyxy: NDArray[np.floating]) -> Memory | None:
        """A thing that was found there, in that box; None where too little of the ground around is in the picture, or
        the box takes it all."""
        sight = self.sight(lon, lat, half_height_m)
        lies = self._lies(sight, lon, lat, half_height_m, PATCH_M)
        if lies is None or (patch := self._straight(lies, SIDE)) is None:
            return None
        x1, y1, x2, y2 = (float(v) for v in xyxy)
        middle, half = np.array([x1 + x2, y1 + y2]) / 2, np.array([x2 - x1, y2 - y1]) / 2 * _BOX_KEPT
        thing: Mask = np.asarray((np.abs(_px_of(lies, SIDE) - middle) <= half).all(axis=2))
        return Memory(sight, 1, patch, thing) if tells(thing) else None

    def around(self, lon: float, lat: float, half_height_m: float) -> tuple[Sight, Picture | None]:
        """How a place is seen, and its ground with a margin by which it may be off."""
        sight = self.sight(lon, lat, half_height_m)
        side = SIDE + 2 * round(REACH_M / PX_M)
        lies = self._lies(sight, lon, lat, half_height_m, side * PX_M)
        return sight, None if lies is None else self._straight(lies, side)

    def _lies(self, sight: Sight, lon: float, lat: float, half_height_m: float, side_m: float) -> Doubles | None:
        """Where the corners of a square lie in px of the full frame (4, 2), north-west first and clockwise: level, half
        as high as the thing, or, seen flat, upright and facing the camera. None where one is behind it."""
        half, up = side_m / 2, np.zeros(4)
        east, north = np.array([-half, half, half, -half]), np.array([half, half, -half, -half])
        if sight.down_deg < FLAT_DEG:
            turn, up = math.radians(sight.bearing_deg), north
            east, north = east * -math.cos(turn), east * math.sin(turn)
        corners = np.array([degrees(lon, lat, float(e), float(n)) for e, n in zip(east, north, strict=True)])
        px = self.project(corners, half_height_m + up)
        return px if np.isfinite(px).all() else None

    def _straight(self, lies: Doubles, side: int) -> Picture | None:
        """The picture over those corners as uint8 (side, side); None where a tenth of it or more is outside."""
        luma, (wide, high) = self.frame.luma, self.frame.source_wh
        scale = np.array([luma.shape[1] / wide, luma.shape[0] / high])
        edge_px = float(np.linalg.norm((lies - np.roll(lies, 1, axis=0)) * scale, axis=1).max())
        fine = int(np.clip(math.ceil(edge_px / side), 1, _MOST_FINE))
        matrix = cv2.getPerspectiveTransform((lies * scale).astype(np.float32), _corners(side * fine))
        inside = (_px_of(lies, side) >= 0) & (_px_of(lies, side) < (wide, high))
        if inside.all(axis=2).mean() < 0.9:
            return None
        large = cv2.warpPerspective(luma, matrix, (side * fine, side * fine), borderMode=cv2.BORDER_REPLICATE)
        return cast(Picture, cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA))


def _px_of(lies: Doubles, side: int) -> Doubles:
    """px of the full frame (side, side, 2) of the middle of each of a patch's px."""
    matrix = cv2.getPerspectiveTransform(_corners(side), lies.astype(np.float32))
    at = np.arange(side) + 0.5
    grid = np.stack(np.meshgrid(at, at), axis=2)
    return cast(Doubles, cv2.perspectiveTransform(grid.reshape(-1, 1, 2), matrix).reshape(side, side, 2))


def _corners(side: int) -> NDArray[np.float32]:
    return np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
