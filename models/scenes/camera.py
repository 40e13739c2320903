"""A pinhole camera on a pole, and where the ground lies in its picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
NEAR_M = 0.5


@dataclass(frozen=True)
class Camera:
    """`yaw_rad` is clockwise from north (+y), `pitch_rad` is down from level, `fov_rad` spans the picture's width."""

    x_m: float
    y_m: float
    height_m: float
    yaw_rad: float
    pitch_rad: float
    fov_rad: float
    resolution_wh: tuple[int, int] = (960, 540)

    @cached_property
    def position(self) -> FloatArray:
        return np.array([self.x_m, self.y_m, self.height_m])

    @cached_property
    def focal_px(self) -> float:
        return self.resolution_wh[0] / 2 / math.tan(self.fov_rad / 2)

    @cached_property
    def axes(self) -> FloatArray:
        """Rows: right, down, forward, as unit vectors of the world."""
        sin_y, cos_y = math.sin(self.yaw_rad), math.cos(self.yaw_rad)
        sin_p, cos_p = math.sin(self.pitch_rad), math.cos(self.pitch_rad)
        forward = np.array([sin_y * cos_p, cos_y * cos_p, -sin_p])
        right = np.array([cos_y, -sin_y, 0.0])
        return np.stack([right, np.cross(forward, right), forward])

    def project(self, points_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """World points (N, 3) to px (N, 2) and depth along the view (N,); px mean nothing where depth < NEAR_M."""
        seen = (np.asarray(points_m, np.float64).reshape(-1, 3) - self.position) @ self.axes.T
        depth = seen[:, 2]
        safe = np.where(depth < NEAR_M, NEAR_M, depth)
        wide, high = self.resolution_wh
        px = seen[:, :2] / safe[:, None] * self.focal_px + np.array([wide / 2, high / 2])
        return px, depth

    def ground_homography(self) -> FloatArray:
        """3x3, from ground metres (x, y, 1) to homogeneous px."""
        wide, high = self.resolution_wh
        lens = np.array([[self.focal_px, 0, wide / 2], [0, self.focal_px, high / 2], [0, 0, 1]])
        pose = np.column_stack([self.axes[:, 0], self.axes[:, 1], -self.axes @ self.position])
        return np.asarray(lens @ pose)

    def horizon_y_px(self) -> float:
        """Row of the horizon; may lie above the picture."""
        return self.resolution_wh[1] / 2 - self.focal_px * math.tan(self.pitch_rad)

    def resized(self, resolution_wh: tuple[int, int]) -> Camera:
        """The same view at another size (the same field of view across)."""
        return Camera(self.x_m, self.y_m, self.height_m, self.yaw_rad, self.pitch_rad, self.fov_rad, resolution_wh)
