"""Attitudes in the earth frame, and between frames of a vehicle and of the camera that it carries.

Angles are degrees: yaw clockwise from true north, pitch up (-90 is straight down), roll right side down. Rows of a
matrix are the camera's right, down and forward as unit vectors of east, north, up.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Doubles = NDArray[np.float64]

_STRAIGHT = 1e-6  # share of a unit vector: nearer to straight up or down, yaw and roll are one angle


def axes(yaw_deg: ArrayLike, pitch_deg: ArrayLike, roll_deg: ArrayLike) -> Doubles:
    """Camera axes (..., 3, 3) of attitudes that broadcast to (...).

    >>> axes(90, 0, 0).round(9) + 0.0  # looks east: right is south
    array([[ 0., -1.,  0.],
           [ 0.,  0., -1.],
           [ 1.,  0.,  0.]])
    """
    yaw, pitch, roll = np.broadcast_arrays(
        *(np.radians(np.asarray(a, np.float64)) for a in (yaw_deg, pitch_deg, roll_deg))
    )
    sin_y, cos_y, sin_p, cos_p = np.sin(yaw), np.cos(yaw), np.sin(pitch), np.cos(pitch)
    forward = np.stack([sin_y * cos_p, cos_y * cos_p, sin_p], axis=-1)
    level = np.stack([cos_y, -sin_y, np.zeros_like(yaw)], axis=-1)
    below = np.cross(forward, level)
    sin_r, cos_r = np.sin(roll)[..., None], np.cos(roll)[..., None]
    return np.stack([level * cos_r + below * sin_r, below * cos_r - level * sin_r, forward], axis=-2)


def angles(matrix: Doubles) -> Doubles:
    """Yaw, pitch, roll (..., 3) of axes (..., 3, 3). Straight down or up, roll is 0 and yaw says all."""
    right, down, forward = matrix[..., 0, :], matrix[..., 1, :], matrix[..., 2, :]
    flat = np.hypot(forward[..., 0], forward[..., 1])
    straight = flat < _STRAIGHT
    yaw = np.where(straight, np.arctan2(-right[..., 1], right[..., 0]), np.arctan2(forward[..., 0], forward[..., 1]))
    pitch = np.arctan2(forward[..., 2], flat)
    roll = np.where(straight, 0.0, np.arctan2(-right[..., 2], -down[..., 2]))
    found: Doubles = np.degrees(np.stack([yaw, pitch, roll], axis=-1))
    return found


def carried(vehicle_deg: ArrayLike, relative_deg: ArrayLike) -> Doubles:
    """Yaw, pitch, roll (3,) in the earth frame of a camera at `relative_deg` (yaw, pitch, roll) to the body of a
    vehicle at `vehicle_deg` (yaw, pitch, roll), each turned in that order (MISB ST 0601.8, items 18 to 20)."""
    vehicle, relative = np.asarray(vehicle_deg, np.float64), np.asarray(relative_deg, np.float64)
    # The camera's axes in the body's frame, as if the body were level and looked north, are then turned with it.
    level = axes(*relative)
    body = axes(*vehicle)
    forward, right, up = body[2], body[0], -body[1]
    return angles(level @ np.stack([right, forward, up]))


def from_quaternion(w: float, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Yaw, pitch, roll of a MAVLink attitude: aerospace order, x forward, y right, z down."""
    yaw = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    pitch = np.arcsin(np.clip(2 * (w * y - z * x), -1, 1))
    roll = np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def apart_deg(one: Any, other: Any) -> Any:
    """How far `one` is clockwise of `other`, -180 to 180."""
    return (np.asarray(one, np.float64) - other + 180.0) % 360.0 - 180.0
