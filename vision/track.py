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
_GROUPS: Ints = np.array([0, 1, 2, 2, 2], np.int64)  # a van may be called car now and truck then, never person

# Rows of the table of tracks: centre and size, px; the same per s; identity; variances, in box sizes.
_STATE, _SPEED, _MOTION = slice(0, 4), slice(4, 8), slice(0, 8)
_BORN_S, _ID, _SEEN_S, _GROUP = 8, 9, 10, 11
_TOLD = slice(4, 10)
_VARIANCE, _POSITION, _PLACE, _COVARIANCE, _SPEED_VARIANCE = slice(12, 15), 12, slice(12, 14), 13, 14
_ROWS = 15

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
        # A column a track: what is asked of all tracks at once lies side by side, and they come and go in one copy.
        self._table: Doubles = np.zeros((_ROWS, 0))

    def update(self, detections: Detections, at_s: float) -> Tracks:
        """Predict to `at_s` (s, any steady clock, never backwards), associate, correct, spawn, forget."""
        self._predict(at_s)
        measured = _centre_size(detections.xyxy)
        group = _GROUPS[detections.class_id]
        row_of_track = self._associate(measured, group)
        track_of_row = np.full(len(detections), -1, np.int64)
        matched = (row_of_track >= 0).nonzero()[0]
        if len(matched):
            self._correct(row_of_track, measured, at_s)
            track_of_row[row_of_track[matched]] = matched
        fresh = ((track_of_row < 0) & (detections.confidence >= self._start)).nonzero()[0]
        if len(fresh):
            track_of_row[fresh] = self._table.shape[1] + np.arange(len(fresh))
            self._spawn(measured[:, fresh], group[fresh], at_s)
        tracks = self._emit(detections, track_of_row, at_s)
        self._forget(at_s)
        return tracks

    def _predict(self, at_s: float) -> None:
        dt = 0.0 if self._at_s is None else at_s - self._at_s
        if dt < 0:
            raise ValueError(f"time must not go backwards: {at_s} s after {self._at_s} s")
        self._at_s = at_s
        self._table[_STATE] += self._table[_SPEED] * dt
        moved = np.array([[1.0, 2 * dt, dt * dt], [0.0, 1.0, dt], [0.0, 0.0, 1.0]]) @ self._table[_VARIANCE]
        noise = np.array([[dt**4 / 4], [dt**3 / 2], [dt**2]])
        np.add(moved, _ACCELERATION**2 * noise, out=self._table[_VARIANCE])

    def _associate(self, measured: Doubles, group: Ints) -> Ints:
        """For each track the detection row that continues it, -1 for none: nearest pairs first."""
        x, y = self._table[0], self._table[1]
        size, size_now = _size(self._table[_STATE]), _size(measured)
        gate = _GATE * np.sqrt(self._table[_POSITION] + _MEASUREMENT**2)
        reach = gate * size * (1 + 1e-9) + 1e-6  # rounding may not lose a pair that the gate would let through
        tracks, rows = _near(x + _APART_PX * self._table[_GROUP], reach, measured[0] + _APART_PX * group)
        down = np.abs(measured[1].take(rows) - y.take(tracks))
        near = (down <= reach.take(tracks)).nonzero()[0]
        tracks, rows, down = tracks.take(near), rows.take(near), down.take(near)
        size = size.take(tracks)
        offset = np.maximum(np.abs(measured[0].take(rows) - x.take(tracks)), down) / size
        grown = np.abs(np.log(size_now.take(rows) / size))
        possible = (offset <= gate.take(tracks)) & (grown <= _TWICE)
        # As long as a camera is away a track's reach grows, and in the end beyond what parts the groups.
        possible &= self._table[_GROUP].take(tracks) == group.take(rows)
        cost = (offset + grown)[possible]
        return _nearest_first(tracks[possible], rows[possible], cost, self._table.shape[1], len(group))

    def _correct(self, row_of_track: Ints, measured: Doubles, at_s: float) -> None:
        seen, table = row_of_track >= 0, self._table
        # Kalman gains (2, T) of place and speed; none for what was not seen, whatever row -1 says of it.
        gain = table[_PLACE] / (table[_POSITION] + _MEASUREMENT**2) * seen
        residual = measured.take(row_of_track, axis=1) - table[_STATE]
        motion = table[_MOTION].reshape(2, 4, -1)
        motion += gain[:, None] * residual
        table[_SPEED_VARIANCE] -= gain[1] * table[_COVARIANCE]
        table[_PLACE] -= gain[0] * table[_PLACE]
        table[_SEEN_S][seen] = at_s

    def _spawn(self, measured: Doubles, group: Ints, at_s: float) -> None:
        n = len(group)
        fresh = np.zeros((_ROWS, n))
        fresh[_STATE] = measured
        fresh[_BORN_S] = fresh[_SEEN_S] = at_s
        fresh[_ID] = self._next_id + np.arange(n)
        fresh[_GROUP] = group
        fresh[_POSITION], fresh[_SPEED_VARIANCE] = _MEASUREMENT**2, _FIRST_SPEED**2
        self._next_id += n
        self._table = np.concatenate([self._table, fresh], axis=1)

    def _emit(self, detections: Detections, track_of_row: Ints, at_s: float) -> Tracks:
        n = len(detections)
        if not self._table.shape[1]:
            return Tracks(detections, np.full(n, -1, np.int64), np.zeros((n, 2), np.float32), np.zeros(n, np.float32))
        told = self._table[_TOLD].take(track_of_row, axis=1)
        told[_BORN_S - _TOLD.start] = at_s - told[_BORN_S - _TOLD.start]
        unknown = track_of_row < 0
        if unknown.any():
            told[:, unknown] = 0
            told[_ID - _TOLD.start, unknown] = -1
        velocity = np.ascontiguousarray(told[:2].T, np.float32)
        return Tracks(detections, told[-1].astype(np.int64), velocity, told[-2].astype(np.float32))

    def _forget(self, at_s: float) -> None:
        lost = at_s - self._table[_SEEN_S] > self._lost_s
        if lost.any():
            self._table = self._table.take((~lost).nonzero()[0], axis=1)


def _near(centres: Doubles, reach: Doubles, measured: Doubles) -> tuple[Ints, Ints]:
    """Pairs (track, row) whose centres lie within the track's reach along one axis: a few a track, where all pairs of
    200 tracks and boxes are 40,000 and take 3 ms to compare."""
    order = np.argsort(measured, kind="stable")
    ends = measured.take(order).searchsorted(np.concatenate([centres - reach, centres + reach]))
    first, last = ends[: len(centres)], ends[len(centres) :]
    count = last - first
    through = count.cumsum()
    within = np.arange(through[-1] if len(through) else 0)
    return np.arange(len(centres)).repeat(count), order.take(within + (last - through).repeat(count))


def _nearest_first(tracks: Ints, rows: Ints, cost: Doubles, track_count: int, row_count: int) -> Ints:
    """For each track its row, -1 for none: of the pairs the cheapest, then the cheapest of what is left.

    A pair that comes first both for its track and for its row would be chosen in that order at some time: all such are
    taken at once, and with them all other pairs of theirs leave. The first are those that nobody competes for.
    """
    row_of_track = np.full(track_count, -1, np.int64)
    alone = (np.bincount(tracks, minlength=1).take(tracks) == 1) & (np.bincount(rows, minlength=1).take(rows) == 1)
    row_of_track[tracks[alone]] = rows[alone]
    contested = (~alone).nonzero()[0]
    tracks, rows = tracks.take(contested), rows.take(contested)
    order = np.lexsort((rows, tracks, cost.take(contested)))
    tracks, rows = tracks.take(order), rows.take(order)
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
    """Centre and sides (4, N) of boxes (N, 4)."""
    corners = np.asarray(xyxy.T, np.float64)
    result = np.empty((4, len(xyxy)))
    np.add(corners[:2], corners[2:], out=result[:2])
    result[:2] /= 2
    np.subtract(corners[2:], corners[:2], out=result[2:])
    np.maximum(result[2:], 1.0, out=result[2:])
    return result


def _size(centre_size: Doubles) -> Doubles:
    """One length per box (N,), px, of (4, N): the geometric mean of its sides."""
    sides = np.maximum(centre_size[2:], 1.0)
    length: Doubles = np.sqrt(sides[0] * sides[1])
    return length
