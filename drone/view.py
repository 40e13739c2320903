"""Where a camera was and how it looked, as arrays: poses over a ground whose height is stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from drone.types import Pose

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """How high the ground is. `amsl_m` above mean sea level needs poses with `altitude_amsl_m`; without it heights are
    above home, and home is `home_above_m` above the ground that is looked at. `doubt_m` is one standard deviation."""

    amsl_m: float | None = None
    home_above_m: float = 0.0
    doubt_m: float = 0.5


@dataclass(frozen=True, slots=True)
class View:
    """Poses as arrays, float64 (M,) each, NaN where not known: degrees WGS-84, metres above the ground, degrees in the
    earth frame as `drone.types.Pose` has them."""

    lon: Doubles
    lat: Doubles
    height_m: Doubles
    yaw_deg: Doubles
    pitch_deg: Doubles
    roll_deg: Doubles

    def __len__(self) -> int:
        return len(self.lon)

    @classmethod
    def of(cls, poses: Sequence[Pose | None], ground: Ground) -> View:
        rows = [_row(pose, ground) for pose in poses]
        return cls(*np.array(rows, np.float64).reshape(-1, 6).T.copy())

    def repeated(self, times: int) -> View:
        """Each row as often: for one pose and many pixels."""
        return View(*(np.repeat(getattr(self, field.name), times) for field in fields(self)))


def _row(pose: Pose | None, ground: Ground) -> tuple[float, ...]:
    if pose is None:
        return (np.nan,) * 6
    height = np.nan
    if ground.amsl_m is not None and pose.altitude_amsl_m is not None:
        height = pose.altitude_amsl_m - ground.amsl_m
    elif ground.amsl_m is None and pose.height_above_home_m is not None:
        height = pose.height_above_home_m + ground.home_above_m
    gimbal = (pose.gimbal_yaw_deg, pose.gimbal_pitch_deg, pose.gimbal_roll_deg)
    yaw, pitch, roll = (np.nan if angle is None else angle for angle in gimbal)
    # Some telemetry leaves roll out where the gimbal holds it level.
    return pose.lon, pose.lat, height, yaw, pitch, 0.0 if np.isnan(roll) else roll
