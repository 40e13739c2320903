"""Poses and patrol plans. Angles are degrees, distances metres; positions are WGS-84 longitude and latitude.

Heights of plans are above home, the take-off point: an autopilot sets home where it arms (MAVLink frames 3 and 6).
Yaw is clockwise from true north, pitch 0 level and -90 straight down.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

Place = tuple[float, float]  # longitude, latitude


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
class Takeoff:
    """Rise straight up at home to `height_above_home_m`; a plan's first item."""

    height_above_home_m: float


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A place to fly through; `height_above_home_m` is above the take-off point, not above the ground below.

    `speed_m_s` holds on the way to it. `yaw_deg` None: the nose points along the way. `hold_s` hovers there.
    `transit` marks ways between home, or part and part, that look at nothing and may lie outside the area.
    """

    lon: float
    lat: float
    height_above_home_m: float
    speed_m_s: float
    yaw_deg: float | None = None
    hold_s: float = 0.0
    transit: bool = False


@dataclass(frozen=True, slots=True)
class Circle:
    """Fly `turns` round a point at `radius_m`, on an autopilot that can (MAV_CMD_NAV_LOITER_TURNS)."""

    lon: float
    lat: float
    height_above_home_m: float
    radius_m: float
    turns: float
    clockwise: bool = True


@dataclass(frozen=True, slots=True)
class Gimbal:
    """Point the camera. `yaw_deg` is in the earth frame; None: ahead, with the nose."""

    pitch_deg: float
    yaw_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Roi:
    """Keep looking at a place (`height_above_home_m` is the place's own), until `RoiEnd`."""

    lon: float
    lat: float
    height_above_home_m: float


@dataclass(frozen=True, slots=True)
class RoiEnd:
    """Stop looking at a place: the gimbal's last angles hold again."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture, here; with `every_m`, one each so many metres from here on; `every_m` 0 ends the series."""

    every_m: float | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """Start recording, or stop."""

    on: bool


@dataclass(frozen=True, slots=True)
class Land:
    """Land there; a plan's last item, instead of `Return`."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Return:
    """Fly straight home and land; a plan's last item."""


@dataclass(frozen=True, slots=True)
class Other:
    """A mission item of another program's that is carried through as it is: MAVLink's numbers, None for NaN."""

    command: int
    frame: int
    params: tuple[float | None, ...]


PlanItem = Takeoff | Waypoint | Circle | Gimbal | Roi | RoiEnd | Photo | Video | Land | Return | Other


@dataclass(frozen=True, slots=True)
class FencePolygon:
    """Where the autopilot keeps inside (`inclusion`) or out of. `ring` is closed by itself: first is not repeated."""

    ring: tuple[Place, ...]
    inclusion: bool


@dataclass(frozen=True, slots=True)
class FenceCircle:
    """The same as a circle."""

    lon: float
    lat: float
    radius_m: float
    inclusion: bool


@dataclass(frozen=True, slots=True)
class Rally:
    """A place to return to when home is farther or cut off."""

    lon: float
    lat: float
    height_above_home_m: float


@dataclass(frozen=True, slots=True)
class Zone:
    """Somewhere a rule holds: `no_fly`, or `people` for ground where many people are.

    `rings` is the outline, then holes; first points are not repeated. `floor_m` and `ceiling_m` are heights above
    ground between which the rule holds; None for the ground and for no upper end.
    """

    name: str
    kind: Literal["no_fly", "people"]
    rings: tuple[tuple[Place, ...], ...]
    floor_m: float | None = None
    ceiling_m: float | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera's own figures, from which swath, ground sampling distance and picture distance follow."""

    name: str
    sensor_width_mm: float
    sensor_height_mm: float
    focal_mm: float
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class PatrolPlan:
    """One flight on one battery: take off at `home`, do the items in order.

    Where the first item is no `Takeoff`, one to the first waypoint's height is meant; where the last is neither
    `Land` nor `Return`, a `Return` is. `fence` and `rally` are uploaded with the mission. `no_fly`, `camera` and the
    name say what it was planned for, and are no part of `hash`.
    """

    name: str
    home: Place
    items: tuple[PlanItem, ...]
    fence: tuple[FencePolygon | FenceCircle, ...] = ()
    rally: tuple[Rally, ...] = ()
    no_fly: tuple[Zone, ...] = ()
    camera: Camera | None = None

    @property
    def waypoints(self) -> tuple[Waypoint, ...]:
        return tuple(item for item in self.items if isinstance(item, Waypoint))

    @property
    def hash(self) -> str:
        """SHA-256, hexadecimal, over what is uploaded: positions in 1e-7 degrees, all else in thousandths."""
        flown = [
            _places([self.home]),
            *([_canonical(part) for part in group] for group in (self.items, self.fence, self.rally)),
        ]
        return hashlib.sha256(json.dumps(flown, separators=(",", ":")).encode()).hexdigest()


def _canonical(item: PlanItem | FencePolygon | FenceCircle | Rally) -> list[object]:
    values: list[object] = [type(item).__name__]
    for field in fields(item):
        value = getattr(item, field.name)
        if field.name == "transit":
            continue  # says what a leg is for; no autopilot gets it
        if field.name == "ring":
            values.append(_places(value))
        elif field.name == "params":
            values.append([None if number is None else round(number * 1e7) for number in value])
        elif isinstance(value, float | int) and not isinstance(value, bool):
            values.append(round(value * (1e7 if field.name in ("lon", "lat") else 1e3)))
        else:
            values.append(value)
    return values


def _places(places: list[Place] | tuple[Place, ...]) -> list[list[int]]:
    return [[round(lon * 1e7), round(lat * 1e7)] for lon, lat in places]
