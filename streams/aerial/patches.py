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
from drone.locate import Relief, project
from drone.view import View
from streams.aerial.place import degrees, metres
from streams.aerial.sight import Sight
from streams.aerial.vacancy import FLAT_DEG, PATCH_M, PX_M, REACH_M, SIDE, UNSEEN, Mask, Memory, tells
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
        bearing_deg = math.degrees(math.atan2(east, north)) % 360.0
        return Sight(
            bearing_deg,
            math.degrees(math.atan2(up, along)),
            self._turned_deg(lon, lat, bearing_deg, half_height_m),
            math.hypot(up, along) / float(np.mean(self.lens.focal_px)),
            self.light,
        )

    def _turned_deg(self, lon: float, lat: float, bearing_deg: float, half_height_m: float) -> float:
        """How the picture of a place is turned: the camera's yaw in its middle; towards its edges what leads away from
        the camera is askew in it, and so is the place."""
        out = math.radians(bearing_deg)
        near, far = (degrees(lon, lat, by * math.sin(out), by * math.cos(out)) for by in (0.5, -0.5))
        (x0, y0), (x1, y1) = self.project(np.array([near, far]), half_height_m).tolist()
        askew_deg = math.degrees(math.atan2(x1 - x0, y0 - y1))
        return (bearing_deg + 180.0 - askew_deg) % 360.0 if math.isfinite(askew_deg) else float(self.view.yaw_deg[0])

    def memory(self, lon: float, lat: float, half_height_m: float, xyxy: NDArray[np.floating]) -> Memory | None:
        """A thing that was found there, in that box; None where not all of it or too little of the ground around is in
        the picture, or the box takes it all."""
        sight = self.sight(lon, lat, half_height_m)
        lies = self._lies(sight, lon, lat, half_height_m, PATCH_M)
        if lies is None:
            return None
        patch = self._straight(lies, SIDE)
        x1, y1, x2, y2 = (float(v) for v in xyxy)
        middle, half = np.array([x1 + x2, y1 + y2]) / 2, np.array([x2 - x1, y2 - y1]) / 2 * _BOX_KEPT
        thing: Mask = np.asarray((np.abs(_px_of(lies, SIDE) - middle) <= half).all(axis=2))
        return Memory(sight, 1, patch, thing) if tells(patch, thing) else None

    def around(self, lon: float, lat: float, half_height_m: float) -> tuple[Sight, Picture | None]:
        """How a place is seen, and its ground with a margin by which it may be off; `UNSEEN` outside of the picture."""
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

    def _straight(self, lies: Doubles, side: int) -> Picture:
        """The picture over those corners as uint8 (side, side); `UNSEEN` outside of it."""
        luma, (wide, high) = self.frame.luma, self.frame.source_wh
        scale = np.array([luma.shape[1] / wide, luma.shape[0] / high])
        edge_px = float(np.linalg.norm((lies - np.roll(lies, 1, axis=0)) * scale, axis=1).max())
        fine = int(np.clip(math.ceil(edge_px / side), 1, _MOST_FINE))
        matrix = cv2.getPerspectiveTransform((lies * scale).astype(np.float32), _corners(side * fine))
        large = cv2.warpPerspective(luma, matrix, (side * fine, side * fine), borderMode=cv2.BORDER_REPLICATE)
        straight = np.maximum(cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA), UNSEEN + 1)
        px = _px_of(lies, side)
        outside = (~((px >= 0) & (px < (wide, high))).all(axis=2)).astype(np.uint8)
        # A px at the edge is partly what lies beyond.
        straight[cv2.dilate(cast(Picture, outside), np.ones((3, 3), np.uint8)) > 0] = UNSEEN
        return cast(Picture, straight)


def _px_of(lies: Doubles, side: int) -> Doubles:
    """px of the full frame (side, side, 2) of the middle of each of a patch's px."""
    matrix = cv2.getPerspectiveTransform(_corners(side), lies.astype(np.float32))
    at = np.arange(side) + 0.5
    grid = np.stack(np.meshgrid(at, at), axis=2)
    return cast(Doubles, cv2.perspectiveTransform(grid.reshape(-1, 1, 2), matrix).reshape(side, side, 2))


def _corners(side: int) -> NDArray[np.float32]:
    return np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
