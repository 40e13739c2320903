"""The ground seen from above as a painted, worn picture, and its view through a camera."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from models.scenes.camera import Camera
from models.scenes.mesh import Colour

Picture = npt.NDArray[np.uint8]


def cloudy(
    shape_hw: tuple[int, int], rng: np.random.Generator, octaves: Sequence[int] = (4, 16, 64, 256)
) -> npt.NDArray[np.float32]:
    """Noise of several sizes, mean 0, about -1 to 1, float32 (H, W)."""
    total = np.zeros(shape_hw, np.float32)
    for weight, cells in zip((0.5, 0.3, 0.25, 0.2), octaves, strict=False):
        small = rng.normal(0, 1, (max(2, cells), max(2, cells))).astype(np.float32)
        total += weight * cv2.resize(small, shape_hw[::-1], interpolation=cv2.INTER_LINEAR)
    return total


@dataclass
class GroundPlan:
    """A rectangle of ground, `west_south_m` to `east_north_m`, painted from above at `px_per_m`. Row 0 is north."""

    west_south_m: tuple[float, float]
    east_north_m: tuple[float, float]
    base: Colour
    rng: np.random.Generator
    px_per_m: float = 14.0
    picture: Picture = field(init=False)

    def __post_init__(self) -> None:
        wide = int((self.east_north_m[0] - self.west_south_m[0]) * self.px_per_m)
        high = int((self.east_north_m[1] - self.west_south_m[1]) * self.px_per_m)
        self.picture = np.full((high, wide, 3), self.base, np.uint8)

    def _px(self, points_m: npt.ArrayLike) -> npt.NDArray[np.int32]:
        points = np.asarray(points_m, np.float64).reshape(-1, 2)
        x = (points[:, 0] - self.west_south_m[0]) * self.px_per_m
        y = (self.east_north_m[1] - points[:, 1]) * self.px_per_m
        return np.round(np.column_stack([x, y]) * 16).astype(np.int32)

    def area(self, polygon_m: npt.ArrayLike, colour: Colour) -> None:
        """Fills a polygon."""
        cv2.fillPoly(self.picture, [self._px(polygon_m)], colour, cv2.LINE_AA, 4)

    def strip(self, start: tuple[float, float], end: tuple[float, float], wide_m: float, colour: Colour) -> None:
        """A painted band along a line."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = math.hypot(dx, dy)
        nx, ny = -dy / length * wide_m / 2, dx / length * wide_m / 2
        self.area(
            [
                (start[0] + nx, start[1] + ny),
                (end[0] + nx, end[1] + ny),
                (end[0] - nx, end[1] - ny),
                (start[0] - nx, start[1] - ny),
            ],
            colour,
        )

    def dashes(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        wide_m: float,
        dash_m: float,
        gap_m: float,
        colour: Colour,
    ) -> None:
        length = math.hypot(end[0] - start[0], end[1] - start[1])
        ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
        for at in np.arange(0.0, length - dash_m, dash_m + gap_m):
            a = (start[0] + ux * at, start[1] + uy * at)
            self.strip(a, (a[0] + ux * dash_m, a[1] + uy * dash_m), wide_m, colour)

    def tiles(self, polygon_m: npt.ArrayLike, tile_m: float, colour: Colour, grout: Colour) -> None:
        """Paving: a filled polygon with a grid of joints."""
        points = np.asarray(polygon_m, np.float64)
        mask = np.zeros(self.picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [self._px(points)], 255, cv2.LINE_8, 4)
        layer = np.full_like(self.picture, np.array(colour, np.uint8))
        step = max(3, int(tile_m * self.px_per_m))
        layer[::step] = grout
        layer[:, ::step] = grout
        np.copyto(self.picture, layer, where=mask[..., None] > 0)

    def wear(self, strength: float) -> None:
        """Stains, patches, cracks and grain over everything."""
        high, wide = self.picture.shape[:2]
        shade = cloudy((high, wide), self.rng) * strength
        grain = self.rng.normal(0, strength * 0.7, (high // 2, wide // 2)).astype(np.float32)
        shade += cv2.resize(grain, (wide, high), interpolation=cv2.INTER_LINEAR)
        self.picture = np.clip(self.picture + shade[..., None], 0, 255).astype(np.uint8)
        for _ in range(int(self.rng.integers(3, 12))):
            at = self.rng.uniform([0, 0], [wide, high])
            size = self.rng.uniform(0.5, 3.0, 2) * self.px_per_m
            corner, other = (at - size).astype(int), (at + size).astype(int)
            patch = self.picture[max(0, corner[1]) : max(0, other[1]), max(0, corner[0]) : max(0, other[0])]
            patch[:] = np.clip(patch * self.rng.uniform(0.85, 1.1), 0, 255).astype(np.uint8)
        for _ in range(int(self.rng.integers(4, 16))):
            walk = np.cumsum(self.rng.normal(0, 6, (14, 2)), axis=0) + self.rng.uniform([0, 0], [wide, high])
            cv2.polylines(self.picture, [walk.astype(np.int32)], False, (52, 52, 52), 1, cv2.LINE_AA)

    def seen(self, camera: Camera, far: Colour) -> Picture:
        """The ground through the camera, BGR uint8 (H, W, 3); beyond the plan it is of the colour `far`."""
        wide, high = camera.resolution_wh
        to_m = np.array(
            [[1 / self.px_per_m, 0, self.west_south_m[0]], [0, -1 / self.px_per_m, self.east_north_m[1]], [0, 0, 1]]
        )
        matrix = camera.ground_homography() @ to_m
        # The far half, where one px of the view covers several of the plan, is read from a blurred plan: no glitter.
        blurred = cv2.GaussianBlur(self.picture, (0, 0), 2.5)
        border = tuple(float(v) for v in far)
        near_view = cv2.warpPerspective(
            self.picture,
            matrix,
            (wide, high),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=border,
        )
        far_view = cv2.warpPerspective(
            blurred, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border
        )
        rows = np.arange(high) - camera.horizon_y_px()
        # Ground covered by one row, in px of the plan, falls with the square of the distance below the horizon.
        per_row = camera.height_m * camera.focal_px / np.maximum(rows, 1.0) ** 2 * self.px_per_m
        share = np.clip((per_row - 1.0) / 3.0, 0, 1)[:, None, None]
        view = near_view * (1 - share) + far_view * share
        view[rows < 1] = far
        return np.asarray(view, np.uint8)
