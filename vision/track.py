"""A tracker whose every constant is in seconds or box sizes, so 0.5 Hz and 25 Hz are the same code.

Constant-velocity Kalman filters (Kalman 1960; white-noise acceleration as in Bar-Shalom et al. 2001, section 6.2.2)
over all tracks at once, and greedy association by predicted distance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vision.types import Detections, Floats, Ints, Tracks

_ACCELERATION = 0.5  # process noise: box sizes per s², as a vehicle brakes or pulls away
_MEASUREMENT = 0.06  # a detector's box jitters by about 6 % of its size
_FIRST_SPEED = 2.5  # spread of an unknown speed: box sizes per s
_GATE = 3.0  # standard deviations
_TWICE = float(np.log(2.0))  # a box that doubles or halves from one look to the next is another thing
_APART_PX = 1e6  # groups are laid beside each other by this, so that only pairs of one group are ever compared
_GROUP: Ints = np.array([0, 1, 2, 2, 2], np.int64)  # a van may be called car now and truck then, never person

Doubles = NDArray[np.float64]


class Tracker:
    """Tracks of one camera. Call `update` once per look, even with no detections.

    `start` is the confidence that begins a track; weaker detections only continue one (Zhang et al. 2022, ByteTrack).
    `lost_s` is how long an unseen track is remembered. Ids belong to the instance and are never used again.
    """

    def __init__(self, *, start: float = 0.35, lost_s: float = 5.0) -> None:
        self._start, self._lost_s = start, lost_s
        self._next_id = 1
        self._at_s: float | None = None
        self._id: Ints = np.zeros(0, np.int64)
        self._group: Ints = np.zeros(0, np.int64)
        self._state: Doubles = np.zeros((0, 4))  # cx cy w h, px
        self._speed: Doubles = np.zeros((0, 4))  # the same per s
        self._variance: Doubles = np.zeros((3, 0))  # position, covariance, speed, in box sizes
        self._seen_s: Doubles = np.zeros(0)
        self._born_s: Doubles = np.zeros(0)

    def update(self, detections: Detections, at_s: float) -> Tracks:
        """Predict to `at_s` (s, any steady clock, never backwards), associate, correct, spawn, forget."""
        self._predict(at_s)
        measured = _centre_size(detections.xyxy)
        group = _GROUP[detections.class_id]
        row_of_track = self._associate(measured, group)
        matched = np.flatnonzero(row_of_track >= 0)
        self._correct(matched, measured[row_of_track[matched]], at_s)
        track_of_row = np.full(len(detections), -1, np.int64)
        track_of_row[row_of_track[matched]] = matched
        fresh = np.flatnonzero((track_of_row < 0) & (detections.confidence >= self._start))
        track_of_row[fresh] = len(self._id) + np.arange(len(fresh))
        self._spawn(measured[fresh], group[fresh], at_s)
        tracks = self._emit(detections, track_of_row, at_s)
        self._keep(at_s - self._seen_s <= self._lost_s)
        return tracks

    def _predict(self, at_s: float) -> None:
        dt = 0.0 if self._at_s is None else at_s - self._at_s
        if dt < 0:
            raise ValueError(f"time must not go backwards: {at_s} s after {self._at_s} s")
        self._at_s = at_s
        self._state += self._speed * dt
        position, covariance, speed = self._variance  # views: the filters' covariances are moved on in place
        noise = _ACCELERATION**2
        position += 2 * dt * covariance + dt * dt * speed + noise * dt**4 / 4
        covariance += dt * speed + noise * dt**3 / 2
        speed += noise * dt**2

    def _associate(self, measured: Doubles, group: Ints) -> Ints:
        """For each track the detection row that continues it, -1 for none: nearest pairs first."""
        size = _size(self._state)
        spread = np.sqrt(self._variance[0] + _MEASUREMENT**2)
        tracks, rows = _near(
            self._state[:, 0] + _APART_PX * self._group, _GATE * spread * size, measured[:, 0] + _APART_PX * group
        )
        apart = np.abs(measured[rows, :2] - self._state[tracks, :2])
        offset = np.maximum(apart[:, 0], apart[:, 1]) / size[tracks]
        grown = np.abs(np.log(_size(measured)[rows] / size[tracks]))
        possible = (offset / spread[tracks] <= _GATE) & (grown <= _TWICE) & (self._group[tracks] == group[rows])
        tracks, rows, cost = tracks[possible], rows[possible], (offset + grown)[possible]
        order = np.lexsort((rows, tracks, cost))
        return _nearest_first(tracks[order], rows[order], len(self._id), len(measured))

    def _correct(self, tracks: NDArray[np.intp], measured: Doubles, at_s: float) -> None:
        position, covariance, speed = self._variance[:, tracks]
        gain = position / (position + _MEASUREMENT**2)
        gain_speed = covariance / (position + _MEASUREMENT**2)
        residual = measured - self._state[tracks]
        self._state[tracks] += gain[:, None] * residual
        self._speed[tracks] += gain_speed[:, None] * residual
        self._variance[:, tracks] = (1 - gain) * position, (1 - gain) * covariance, speed - gain_speed * covariance
        self._seen_s[tracks] = at_s

    def _spawn(self, measured: Doubles, group: Ints, at_s: float) -> None:
        n = len(measured)
        if not n:
            return
        self._id = np.concatenate([self._id, self._next_id + np.arange(n, dtype=np.int64)])
        self._next_id += n
        self._group = np.concatenate([self._group, group])
        self._state = np.concatenate([self._state, measured])
        self._speed = np.concatenate([self._speed, np.zeros((n, 4))])
        first = np.array([[_MEASUREMENT**2], [0.0], [_FIRST_SPEED**2]])
        self._variance = np.concatenate([self._variance, np.repeat(first, n, axis=1)], axis=1)
        self._seen_s = np.concatenate([self._seen_s, np.full(n, at_s)])
        self._born_s = np.concatenate([self._born_s, np.full(n, at_s)])

    def _emit(self, detections: Detections, track_of_row: Ints, at_s: float) -> Tracks:
        n = len(detections)
        track_id = np.full(n, -1, np.int64)
        velocity, age = np.zeros((n, 2), np.float32), np.zeros(n, np.float32)
        rows = np.flatnonzero(track_of_row >= 0)
        tracks = track_of_row[rows]
        track_id[rows] = self._id[tracks]
        velocity[rows] = self._speed[tracks, :2]
        age[rows] = at_s - self._born_s[tracks]
        return Tracks(detections, track_id, velocity, age)

    def _keep(self, rows: NDArray[np.bool_]) -> None:
        if rows.all():
            return
        self._id, self._group = self._id[rows], self._group[rows]
        self._state, self._speed, self._variance = self._state[rows], self._speed[rows], self._variance[:, rows]
        self._seen_s, self._born_s = self._seen_s[rows], self._born_s[rows]


def _near(centres: Doubles, reach: Doubles, measured: Doubles) -> tuple[Ints, Ints]:
    """Pairs (track, row) whose centres lie within the track's reach along one axis: a few a track, where all pairs of
    200 tracks and boxes are 40,000 and take 3 ms to compare."""
    order = np.argsort(measured, kind="stable")
    ascending = measured[order]
    wider = reach * (1 + 1e-9) + 1e-6  # rounding may not lose a pair that the gate would let through
    first = np.searchsorted(ascending, centres - wider, side="left")
    count = np.searchsorted(ascending, centres + wider, side="right") - first
    tracks = np.repeat(np.arange(len(centres)), count)
    within = np.arange(len(tracks)) - np.repeat(np.cumsum(count) - count, count)
    return tracks, order[np.repeat(first, count) + within]


def _nearest_first(tracks: Ints, rows: Ints, track_count: int, row_count: int) -> Ints:
    """For each track its row, -1 for none, from pairs in order of cost: the best pair, then the best of what is left.

    A pair that comes first both for its track and for its row would be chosen in that order at some time: all such are
    taken at once, and with them all other pairs of theirs leave.
    """
    row_of_track = np.full(track_count, -1, np.int64)
    first_of_track, first_of_row = np.zeros(track_count, np.int64), np.zeros(row_count, np.int64)
    taken = np.zeros(row_count, bool)
    while len(tracks):
        place = np.arange(len(tracks))
        first_of_track[tracks[::-1]] = place[::-1]  # of several written to one place the last stays: the best
        first_of_row[rows[::-1]] = place[::-1]
        chosen = (first_of_track[tracks] == place) & (first_of_row[rows] == place)
        row_of_track[tracks[chosen]] = rows[chosen]
        taken[rows[chosen]] = True
        left = (row_of_track[tracks] < 0) & ~taken[rows]
        tracks, rows = tracks[left], rows[left]
    return row_of_track


def _centre_size(xyxy: Floats) -> Doubles:
    boxes = xyxy.astype(np.float64)
    return np.hstack([(boxes[:, :2] + boxes[:, 2:]) / 2, np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)])


def _size(centre_size: Doubles) -> Doubles:
    """One length per box, px: the geometric mean of its sides."""
    sides: Doubles = np.maximum(centre_size[:, 2:], 1.0)
    return np.sqrt(sides[:, 0] * sides[:, 1])
