"""Poses and patrol plans. Angles are degrees, distances metres; positions are WGS-84 longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a drone and its camera were at one moment.

    `altitude_amsl_m` is above mean sea level, `height_above_home_m` above the take-off point. Gimbal angles are in the
    earth frame: yaw clockwise from true north, pitch -90 straight down, roll 0 level; None where not reported.
    """

    captured_at: datetime
    lon: float
    lat: float
    altitude_amsl_m: float | None
    height_above_home_m: float | None
    gimbal_yaw_deg: float | None
    gimbal_pitch_deg: float | None
    gimbal_roll_deg: float | None


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A place to fly through; `height_above_home_m` is above the take-off point, not above the ground below."""

    lon: float
    lat: float
    height_above_home_m: float
    speed_m_s: float


@dataclass(frozen=True, slots=True)
class PatrolPlan:
    """A planned flight: take off at `home` (lon, lat), fly the waypoints in order, return."""

    name: str
    home: tuple[float, float]
    waypoints: tuple[Waypoint, ...]
