"""Poses over time, as telemetry gives them, and the pose at any moment in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drone.attitude import apart_deg
from drone.errors import BadTelemetry
from drone.types import Pose

Doubles = NDArray[np.float64]

LON, LAT, AMSL, ABOVE_HOME, YAW, PITCH, ROLL = range(7)
COLUMNS = 7
_ANGLES = (LON, YAW, ROLL)  # go round
_LONGEST_GAP_S = 3.0
_HELD_S = 1.1  # telemetry at 1 Hz holds to the end of its second
_METRES_PER_DEGREE = 111_320.0
_MOVING_M_S = 0.5


class Timing(StrEnum):
    """What a track's times are counted from."""

    MEDIA = "media"  # the first picture of the clip
    UTC = "utc"  # 1970, as UNIX seconds


@dataclass(frozen=True)
class PoseTrack:
    """`times_s` float64 (M,) rises; `values` float64 (M, 7) is lon, lat, altitude above mean sea level, height above
    home, gimbal yaw, pitch and roll, as in `drone.types.Pose`, NaN where not told.

    `step_deg` is by how much a position can change at least: coarse telemetry is off by a part of that. `began_at`
    is the wall time of the clip's first picture where the telemetry writes one; it is naive where it names no zone.
    `view_deg` is how wide the lens sees from left to right as telemetry has it, `focal_doubt` one standard
    deviation of its focal length as a share, and `ground_amsl_m` how high the ground is. `course_deg` float64 (M,)
    is where the vehicle goes, NaN at rest. `notes` are for people: what was left out and what is doubtful.
    """

    times_s: Doubles
    values: Doubles
    timing: Timing
    format: str
    step_deg: float = 0.0
    began_at: datetime | None = None
    view_deg: float | None = None
    focal_doubt: float = 0.01
    ground_amsl_m: float | None = None
    course_deg: Doubles = field(default_factory=lambda: np.zeros(0))
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.times_s):
            raise BadTelemetry(f"{self.format}: no position in it that can be used")
        if self.values.shape != (len(self.times_s), COLUMNS):
            raise ValueError(f"values must be ({len(self.times_s)}, {COLUMNS}), got {self.values.shape}")
        if np.any(np.diff(self.times_s) <= 0):
            raise ValueError("times_s must rise")
        if not len(self.course_deg):
            object.__setattr__(self, "course_deg", _course(self.times_s, self.values))

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def span_s(self) -> tuple[float, float]:
        return float(self.times_s[0]), float(self.times_s[-1])

    @property
    def has_gimbal(self) -> bool:
        """Whether any entry tells the gimbal's yaw and pitch."""
        return bool(np.any(~np.isnan(self.values[:, [YAW, PITCH]]).any(axis=1)))

    @property
    def step_m(self) -> float:
        """One standard deviation of a position's rounding."""
        return self.step_deg * _METRES_PER_DEGREE / 12**0.5

    def at(self, time_s: float, start: datetime | None = None) -> Pose | None:
        """The pose at a moment of the track's own timing; None where there is nothing within 3 s around it.

        `start` is the capture time of the clip's first picture, for tracks timed by media.
        """
        row = self.rows(np.array([time_s]))[0]
        if np.isnan(row[LON]) or np.isnan(row[LAT]):
            return None
        base = 0.0 if start is None or self.timing is Timing.UTC else start.timestamp()
        lon, lat, *rest = (float(v) for v in row)
        return Pose(datetime.fromtimestamp(base + time_s, UTC), lon, lat, *(None if np.isnan(v) else v for v in rest))

    def rows(self, times_s: Doubles) -> Doubles:
        """`values` (K, 7) at times (K,), in between by straight lines, angles by the shorter way; NaN where unknown."""
        after = np.clip(np.searchsorted(self.times_s, times_s), 1, max(1, len(self) - 1))
        before = after - 1
        after = np.minimum(after, len(self) - 1)
        t0, t1 = self.times_s[before], self.times_s[after]
        share = np.clip((times_s - t0) / np.where(t1 > t0, t1 - t0, 1.0), 0.0, 1.0)[:, None]
        v0, v1 = self.values[before], self.values[after]
        change = v1 - v0
        change[:, _ANGLES] = apart_deg(v1[:, _ANGLES], v0[:, _ANGLES])
        found = v0 + share * change
        # What only one neighbour tells is taken from it where it is the nearer one.
        found = np.where(np.isnan(v0) & (share > 0.5), v1, np.where(np.isnan(v1) & (share <= 0.5), v0, found))
        found[:, _ANGLES] = apart_deg(found[:, _ANGLES], 0.0)
        away = np.maximum(t0 - times_s, times_s - t1)
        unknown = (away > _HELD_S) | ((t1 - t0 > _LONGEST_GAP_S) & (away <= 0) & (share[:, 0] > 0) & (share[:, 0] < 1))
        found[unknown] = np.nan
        return found

    def motion(self, time_s: float, over_s: float = 1.0) -> tuple[float, ...]:
        """Around a moment: metres per second east and north, degrees per second of yaw; 0 where not known. By them a
        doubt of time becomes one of place."""
        one, other = self.rows(np.array([time_s - over_s / 2, time_s + over_s / 2]))
        shrunk = np.cos(np.radians(one[LAT]))
        east = float(apart_deg(other[LON], one[LON]) * shrunk * _METRES_PER_DEGREE / over_s)
        north = float((other[LAT] - one[LAT]) * _METRES_PER_DEGREE / over_s)
        turn = float(apart_deg(other[YAW], one[YAW]) / over_s)
        return tuple(np.nan_to_num([east, north, turn]).tolist())

    def shifted(self, by_s: float) -> PoseTrack:
        """The same telemetry `by_s` later."""
        return replace(self, times_s=self.times_s + by_s)

    def mounted(self, yaw_deg: float | None, pitch_deg: float, roll_deg: float) -> PoseTrack:
        """For a camera fixed to its vehicle: the gimbal's angles that are not told follow from the course and how the
        camera is mounted, `yaw_deg` clockwise from straight ahead. None leaves yaw unknown, for one that looks down.

        At rest the last course holds: a car stands as it came.
        """
        values = self.values.copy()
        told = ~np.isnan(values[:, PITCH])
        yaw = np.full(len(self), np.nan) if yaw_deg is None else apart_deg(_held(self.course_deg) + yaw_deg, 0.0)
        values[:, YAW] = np.where(np.isnan(values[:, YAW]), yaw, values[:, YAW])
        values[:, PITCH] = np.where(told, values[:, PITCH], pitch_deg)
        values[:, ROLL] = np.where(np.isnan(values[:, ROLL]), roll_deg, values[:, ROLL])
        return replace(self, values=values)


def track(
    rows: Sequence[tuple[float, Sequence[float]]],
    timing: Timing,
    format: str,
    notes: Sequence[str] = (),
    **more: object,
) -> PoseTrack:
    """A track of (time, seven values) in any order; of equal times the first counts. Raises `BadTelemetry` where none
    is left: a position of 0, 0 is a receiver that has none, one outside the globe is damaged."""
    times = np.array([time for time, _ in rows], np.float64)
    values = np.array([row for _, row in rows], np.float64).reshape(-1, COLUMNS)
    lon, lat = values[:, LON], values[:, LAT]
    sound = (np.abs(lon) <= 180) & (np.abs(lat) <= 90) & ((np.abs(lon) > 1e-6) | (np.abs(lat) > 1e-6))
    times, values = times[sound], values[sound]
    times, first = np.unique(times, return_index=True)
    said = list(notes)
    if lost := int(np.count_nonzero(~sound)):
        said.append(f"{lost} entries without a position were left out")
    return PoseTrack(times, values[first], timing, format, notes=tuple(said), **more)  # type: ignore[arg-type]


def _course(times_s: Doubles, values: Doubles) -> Doubles:
    """Where each entry goes, degrees clockwise from north, by its neighbours; NaN below walking pace."""
    if len(times_s) < 2:
        return np.full(len(times_s), np.nan)
    shrunk = np.cos(np.radians(values[:, LAT]))
    east = np.gradient(values[:, LON], times_s) * shrunk * _METRES_PER_DEGREE
    north = np.gradient(values[:, LAT], times_s) * _METRES_PER_DEGREE
    course = np.degrees(np.arctan2(east, north))
    return np.where(np.hypot(east, north) >= _MOVING_M_S, course, np.nan)


def _held(values: Doubles) -> Doubles:
    """Gaps filled by what came before, the first by what comes after."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return values
    return values[known[np.clip(np.searchsorted(known, np.arange(len(values)), side="right") - 1, 0, None)]]
