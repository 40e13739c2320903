"""Whether telemetry and pictures tell the same flight: without any surveyed point, from one look to the next.

Points of the ground that were followed from one picture to another are located by the first one's pose and put into
the second by its own. Where they do not land on themselves, something is wrong, and what it is shows by which single
correction makes them land: yaw that is turned, heights of another datum, or a clock that is ahead. Distances are
measured in px, where no correction can win by shrinking the ground.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drone.attitude import axes
from drone.lens import Lens
from drone.telemetry.track import ABOVE_HOME, AMSL, LAT, LON, PITCH, ROLL, YAW, PoseTrack
from drone.view import Ground

Doubles = NDArray[np.float64]

_METRES_PER_DEGREE = 111_320.0
_LEAST_PAIRS = 6
_AGREES = 0.004  # of the picture's width: what noise of angles and corners of a sound stream leaves
_STIRS = 0.01  # of the width: pictures that move less tell nothing
_EXPLAINS, _CLEARLY = 0.5, 0.75
_MOST_S = 10.0
_LONGEST_DOUBT_S = 0.5


class Finding(StrEnum):
    """What the check says of a stream."""

    SOUND = "sound"
    TOO_LITTLE = "too_little"
    TURNED = "turned"
    HEIGHT = "height"
    CLOCK = "clock"
    DISAGREES = "disagrees"


@dataclass(frozen=True, slots=True)
class Pair:
    """Ground points seen twice: times on the track's line of time as the video has them, px (K, 2) each."""

    before_s: float
    now_s: float
    before_px: Doubles
    now_px: Doubles


@dataclass(frozen=True, slots=True)
class Offset:
    """How far telemetry's clock is ahead of the video's, and one standard deviation of that."""

    offset_s: float
    doubt_s: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`error_px` is by how much points miss themselves (median), `explained_px` what the best single correction
    leaves. `value` is that correction: degrees to add to yaw, the factor on heights, or seconds of `Offset`. `offset`
    is None where the flight does not show it, as with constant speed and heading. `said` is for people."""

    finding: Finding
    error_px: float
    explained_px: float
    value: float
    offset: Offset | None
    said: str


def check(pairs: Sequence[Pair], track: PoseTrack, lens: Lens, ground: Ground) -> Verdict:
    """Judge a stream by at least six pairs of pictures that moved."""
    tester = _Tester(pairs, track, lens, ground)
    wide = lens.resolution_wh[0]
    error = tester.error()
    if tester.stirred_px() < _STIRS * wide or tester.usable < _LEAST_PAIRS or not np.isfinite(error):
        said = (
            "too little of the ground moved through the picture, or too few poses are whole, to check telemetry by it"
        )
        return Verdict(Finding.TOO_LITTLE, error, error, 0.0, None, said)
    clock_s, clock_px, doubt_s = _clock(tester)
    offset = None if doubt_s > _LONGEST_DOUBT_S else Offset(clock_s, doubt_s)
    if error <= _AGREES * wide:
        told = "how far their clocks are apart does not show: it takes a turn, or a change of speed"
        if offset is not None:
            told = f"clocks {offset.offset_s:+.2f} s apart, give or take {offset.doubt_s:.2f} s"
        said = f"telemetry and pictures agree to {error:.1f} px; {told}"
        return Verdict(Finding.SOUND, error, error, 0.0, offset, said)
    turn_deg, turn_px = _least(lambda v: tester.error(yaw_deg=v), np.arange(-180.0, 180.0, 7.5), 0.25)
    scale, scale_px = _least(lambda v: tester.error(scale=float(np.exp(v))), np.linspace(-2.5, 2.5, 41), 0.005)
    tried = sorted([(clock_px, Finding.CLOCK), (turn_px, Finding.TURNED), (scale_px, Finding.HEIGHT)])
    (best_px, best), (second_px, _) = tried[0], tried[1]
    if best_px > _EXPLAINS * error or best_px > _CLEARLY * second_px:
        said = f"telemetry and pictures disagree by {error:.0f} px, and no single cause explains it"
        return Verdict(Finding.DISAGREES, error, best_px, 0.0, offset, said)
    values = {Finding.CLOCK: clock_s, Finding.TURNED: turn_deg, Finding.HEIGHT: float(np.exp(scale))}
    return Verdict(
        best, error, best_px, values[best], offset, _said(best, values[best], error, best_px, tester.height_m)
    )


def _said(finding: Finding, value: float, error: float, left: float, height_m: float) -> str:
    fits = f"points miss themselves by {error:.0f} px, and by {left:.1f} px"
    match finding:
        case Finding.TURNED:
            return f"{fits} with the camera turned by {value:+.0f} degrees: yaw is of another frame, or flipped"
        case Finding.HEIGHT:
            more = f"{height_m * value:.0f} m in place of {height_m:.0f}"
            return f"{fits} with heights {value:.2f} times as large, {more}: they are of another datum"
        case _:
            return f"{fits} with telemetry's clock {value:+.2f} s ahead of the video's"


def _clock(tester: _Tester) -> tuple[float, float, float]:
    """Seconds, px that they leave, and one standard deviation: from how wide the valley of the error is."""
    best, left = _least(lambda v: tester.error(clock_s=v), np.arange(-_MOST_S, _MOST_S + 0.1, 0.25), 0.01)
    rim = left + max(0.25 * left, 0.0007 * tester.wide)
    reach = [0.0, 0.0]
    for side, sign in enumerate((-1.0, 1.0)):
        for away in (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8):
            reach[side] = away
            if tester.error(clock_s=best + sign * away) > rim:
                break
        else:
            reach[side] = np.inf
    return best, left, float(max(reach)) / 2


def _least(of: Callable[[float], float], grid: Doubles, to: float) -> tuple[float, float]:
    """The argument of the least error: over a grid, then ever finer around the best."""
    values = [of(float(one)) for one in grid]
    best, left = float(grid[int(np.nanargmin(values))]), float(np.nanmin(values))
    step = float(grid[1] - grid[0])
    while step > to:
        step /= 2
        for one in (best - step, best + step):
            if (error := of(one)) < left:
                best, left = one, error
    return best, left


class _Tester:
    """The points of all pairs with everything about them that no correction changes."""

    def __init__(self, pairs: Sequence[Pair], track: PoseTrack, lens: Lens, ground: Ground) -> None:
        self._track, self._lens, self._ground = track, lens, ground
        counts = [len(pair.before_px) for pair in pairs]
        self._pair = np.repeat(np.arange(len(pairs)), counts)
        self._times = np.array([(pair.before_s, pair.now_s) for pair in pairs], np.float64).reshape(-1, 2)
        before = np.concatenate([pair.before_px for pair in pairs]) if pairs else np.zeros((0, 2))
        self._now_px = np.concatenate([pair.now_px for pair in pairs]) if pairs else np.zeros((0, 2))
        self._before_px = before
        slopes = lens.slopes(before)
        self._rays = np.column_stack([slopes, np.ones(len(slopes))])
        self.wide = lens.resolution_wh[0]
        one, other = self._poses(0.0)
        whole = np.isfinite(one[:, [LON, LAT, 2, YAW, PITCH]]).all(axis=1)
        self.usable = int(np.count_nonzero(whole & np.isfinite(other[:, [LON, LAT, 2, YAW, PITCH]]).all(axis=1)))
        self.height_m = float(np.nanmedian(one[:, 2])) if np.isfinite(one[:, 2]).any() else np.nan

    def stirred_px(self) -> float:
        """How far points move in the picture."""
        if not len(self._now_px):
            return 0.0
        return float(np.median(np.linalg.norm(self._now_px - self._before_px, axis=1)))

    def error(self, *, yaw_deg: float = 0.0, scale: float = 1.0, clock_s: float = 0.0) -> float:
        """Median distance over all points, px; NaN where too few can be tried."""
        one, other = self._poses(clock_s)
        one, other = one[self._pair], other[self._pair]
        with np.errstate(invalid="ignore", divide="ignore"):
            world = np.einsum("nj,nji->ni", self._rays, _axes(one, yaw_deg))
            down = np.where(world[:, 2] < 0, -world[:, 2], np.nan)
            height = one[:, 2] * scale
            place = world[:, :2] / down[:, None] * height[:, None] - _moved(one, other)
            rise = (other[:, 2] - one[:, 2]) + height  # what is climbed between two looks is right whatever the datum
            towards = np.column_stack([place, -rise])
            seen = np.einsum("nij,nj->ni", _axes(other, yaw_deg), towards)
            slopes = np.where(seen[:, 2:] > 0, seen[:, :2] / seen[:, 2:], np.nan)
            away = np.linalg.norm(self._lens.pixels(slopes) - self._now_px, axis=1)
        # A point that would leave the view misses by as much as can be told.
        known = np.isfinite(one[:, [LON, 2, YAW, PITCH]]).all(axis=1) & np.isfinite(other[:, [LON, 2, YAW, PITCH]]).all(
            axis=1
        )
        away = np.minimum(np.where(known & ~np.isfinite(away), self.wide, away), self.wide)
        # A clock that leaves the telemetry behind has nothing to be judged by.
        judged = away[known]
        return float(np.median(judged)) if len(judged) > 0.6 * len(away) else np.nan

    def _poses(self, clock_s: float) -> tuple[Doubles, Doubles]:
        """Rows (P, 7) of both looks of each pair, the third column the height above the ground."""
        found = []
        for times in self._times.T:
            rows = self._track.rows(times + clock_s) if len(times) else np.zeros((0, 7))
            amsl = self._ground.amsl_m
            rows[:, 2] = rows[:, ABOVE_HOME] + self._ground.home_above_m if amsl is None else rows[:, AMSL] - amsl
            found.append(rows)
        return found[0], found[1]


def _axes(rows: Doubles, yaw_deg: float) -> Doubles:
    return axes(rows[:, YAW] + yaw_deg, rows[:, PITCH], np.nan_to_num(rows[:, ROLL]))


def _moved(one: Doubles, other: Doubles) -> Doubles:
    """East and north (N, 2) of the camera from one look to the other."""
    shrunk = np.cos(np.radians(one[:, LAT]))
    turned = (other[:, LON] - one[:, LON] + 180.0) % 360.0 - 180.0
    return np.column_stack([turned * shrunk, other[:, LAT] - one[:, LAT]]) * _METRES_PER_DEGREE
