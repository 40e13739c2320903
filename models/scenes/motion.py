"""Where a thing is at a time: paths in metres, sampled, so that a scene is a pure function of its time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.scenes.errors import BadScene


@dataclass(frozen=True)
class Pose:
    """On the ground: `heading_rad` is counter-clockwise from east (+x); `travelled_m` drives a walker's legs."""

    x_m: float
    y_m: float
    heading_rad: float
    travelled_m: float


@dataclass(frozen=True)
class Trajectory:
    """Rows of `knots` (K, 4): time_s, x_m, y_m, heading_rad (unwrapped). Outside its times the thing is not there.

    With `period_s`, times are taken modulo it, so that a clip of that length loops without a seam.
    """

    knots: npt.NDArray[np.float64]
    period_s: float | None = None

    def __post_init__(self) -> None:
        if self.knots.ndim != 2 or self.knots.shape[1] != 4 or len(self.knots) < 1:
            raise BadScene(f"knots must be (K, 4), got {self.knots.shape}")
        if np.any(np.diff(self.knots[:, 0]) <= 0):
            raise BadScene("knots must be in rising time")

    def pose(self, time_s: float) -> Pose | None:
        """The pose at a time, None when the thing is not there."""
        knots = self.knots
        if len(knots) == 1:
            return Pose(knots[0, 1], knots[0, 2], knots[0, 3], 0.0)
        first, last = knots[0, 0], knots[-1, 0]
        if self.period_s is not None:
            time_s = first + (time_s - first) % self.period_s
        if not first <= time_s <= last:
            return None
        x, y, heading = (float(np.interp(time_s, knots[:, 0], knots[:, k])) for k in (1, 2, 3))
        steps = np.hypot(np.diff(knots[:, 1]), np.diff(knots[:, 2]))
        travelled = float(np.interp(time_s, knots[:, 0], np.concatenate([[0.0], np.cumsum(steps)])))
        return Pose(x, y, heading, travelled)


def standing(x_m: float, y_m: float, heading_rad: float) -> Trajectory:
    """There always, at rest."""
    return Trajectory(np.array([[0.0, x_m, y_m, heading_rad]]))


def straight(
    start_xy: tuple[float, float],
    end_xy: tuple[float, float],
    depart_s: float,
    speed_m_s: float,
    period_s: float | None = None,
) -> Trajectory:
    """From start to end at one speed."""
    dx, dy = end_xy[0] - start_xy[0], end_xy[1] - start_xy[1]
    heading = math.atan2(dy, dx)
    arrive_s = depart_s + math.hypot(dx, dy) / speed_m_s
    return Trajectory(np.array([[depart_s, *start_xy, heading], [arrive_s, *end_xy, heading]], np.float64), period_s)


def stop_and_go(
    track: npt.NDArray[np.float64],
    stop_at_m: float,
    arrive_s: float,
    leave_s: float,
    speed_m_s: float,
    brake_m_s2: float = 2.0,
    period_s: float | None = None,
) -> Trajectory:
    """Along a polyline (K, 2), coming to rest `stop_at_m` along it at `arrive_s`, off again at `leave_s`."""
    steps = np.hypot(*np.diff(track, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    headings = np.unwrap(np.arctan2(*np.diff(track, axis=0).T[::-1]))
    headings = np.concatenate([headings, headings[-1:]])
    ramp_s, ramp_m = speed_m_s / brake_m_s2, speed_m_s**2 / (2 * brake_m_s2)
    before_s = ramp_s + max(0.0, stop_at_m - ramp_m) / speed_m_s
    after_s = ramp_s + max(0.0, along[-1] - stop_at_m - ramp_m) / speed_m_s
    times = np.concatenate(
        [np.arange(arrive_s - before_s, arrive_s, 0.1), [arrive_s], np.arange(leave_s, leave_s + after_s, 0.1)]
    )
    until = np.maximum(arrive_s - times, 0)
    since = np.maximum(times - leave_s, 0)
    share = np.where(times <= arrive_s, _eased(until, ramp_s, speed_m_s) * -1, _eased(since, ramp_s, speed_m_s))
    at = np.clip(stop_at_m + share, 0, along[-1])
    knots = np.column_stack(
        [times, *(np.interp(at, along, track[:, k]) for k in (0, 1)), np.interp(at, along, headings)]
    )
    return Trajectory(knots, period_s)


def _eased(elapsed_s: npt.NDArray[np.float64], ramp_s: float, speed_m_s: float) -> npt.NDArray[np.float64]:
    """Metres covered from rest: speeding up evenly for `ramp_s`, then at `speed_m_s`."""
    ramped = np.minimum(elapsed_s, ramp_s)
    return speed_m_s * ramped**2 / (2 * ramp_s) + speed_m_s * np.maximum(elapsed_s - ramp_s, 0)
