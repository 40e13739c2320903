"""Who belongs together on the ground: people who stay near each other and move alike, look after look.

Each pair carries how well it has agreed so far, in distance and in velocity, older looks counting ever less; pairs that
agree are bound, and whoever is bound to each other, directly or through others, is a group. All that is known of a
person is the number by which the tracker calls it for as long as it is in the picture; it is forgotten seconds after.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.circles import squared
from vision.types import Ints

Doubles = NDArray[np.float64]

_FORGET_S = 5.0
_MOTION_S, _JITTER_S = 1.6, 0.05  # motion is told from where somebody was so long ago, or at the last look
_FASTEST_M_S = 4.0
_UNKNOWN = 0.3  # how much a look counts in which one's motion is not known yet
_CHUNK = 32  # rooms for persons come in so many at once


@dataclass(frozen=True, slots=True)
class Bonds:
    """What binds a pair. `apart_m` and `unlike_m_s` are one standard deviation of the distance and of the difference of
    velocity between two who are together, `memory_s` how long a look counts, and `bound` the mean agreement, 0 to 1,
    from which they are.

    The distance is Hall's (1966): those who are together keep within 0.45 to 1.2 m of each other, side by side or one
    after the other; strangers rarely do for long. How the figures were come by: docs/gathering.md.
    """

    apart_m: float = 1.2
    unlike_m_s: float = 0.7
    memory_s: float = 15.0
    bound: float = 0.5


class Groups:
    """Groups of one camera. Call `update` once a look, in order of capture, even with nobody."""

    def __init__(self, bonds: Bonds | None = None) -> None:
        self._bonds = bonds or Bonds()
        self._id: Ints = np.full(_CHUNK, -1, np.int64)
        self._seen_s: Doubles = np.full(_CHUNK, -np.inf)
        self._agreed: Doubles = np.zeros((_CHUNK, _CHUNK))
        self._weight: Doubles = np.zeros((_CHUNK, _CHUNK))
        self._at_s: float | None = None
        self._past: deque[tuple[float, Doubles]] = deque(maxlen=8)
        self.velocity_m_s: Doubles = np.zeros((0, 2))

    def update(self, track_id: Ints, at_m: Doubles, at_s: float) -> Ints:
        """A label for each person (N,), the same for those who are together.

        `track_id` int64 (N,) is the tracker's, -1 for whom it does not know; `at_m` is (N, 2) on the ground. Raises
        `ValueError` where time goes backwards.
        """
        if self._at_s is not None and at_s < self._at_s:
            raise ValueError(f"time must not go backwards: {at_s} s after {self._at_s} s")
        room = self._rooms(track_id, at_s)
        if self._at_s is not None:
            fade = np.exp(-(at_s - self._at_s) / self._bonds.memory_s)
            self._agreed *= fade
            self._weight *= fade
        self._at_s = at_s
        self.velocity_m_s = self._motion(room, at_m, at_s)
        now = self._agreement(at_m, self.velocity_m_s)
        pairs = np.ix_(room, room)
        told = np.where(np.isnan(self.velocity_m_s).any(axis=1), _UNKNOWN, 1.0)
        weight = np.minimum(told[:, None], told[None])
        self._agreed[pairs] += weight * now
        self._weight[pairs] += weight
        mean = self._agreed[pairs] / self._weight[pairs]
        return joined(mean > self._bonds.bound)

    def _motion(self, room: NDArray[np.intp], at_m: Doubles, at_s: float) -> Doubles:
        """Velocities (N, 2) from the oldest place known of the last moments; NaN for who has just come.

        A tracker's velocity is of the middle of a box, in px, and takes some looks to settle: with it F1 on ETH is 0.80
        in place of 0.90.
        """
        while len(self._past) > 1 and at_s - self._past[0][0] > _MOTION_S + _JITTER_S:
            self._past.popleft()
        velocity = np.full((len(room), 2), np.nan)
        for was_s, was_m in reversed(self._past):
            known = ~np.isnan(was_m[room, 0])
            velocity[known] = (at_m[known] - was_m[room[known]]) / max(at_s - was_s, 1e-3)
        velocity[~(np.hypot(*velocity.T) <= _FASTEST_M_S)] = (
            np.nan
        )  # nobody walks so fast: two took each other's number
        now = np.full((len(self._id), 2), np.nan)
        now[room] = at_m
        self._past.append((at_s, now))
        return velocity

    def _agreement(self, at_m: Doubles, velocity_m_s: Doubles) -> Doubles:
        off = squared(at_m / self._bonds.apart_m, at_m / self._bonds.apart_m)
        motion = velocity_m_s / self._bonds.unlike_m_s
        unlike = squared(motion, motion)
        off += np.where(np.isnan(unlike), 0.0, unlike)
        return np.exp(-0.5 * off)

    def _rooms(self, track_id: Ints, at_s: float) -> NDArray[np.intp]:
        """Where each person's row and column are; whoever is new takes one that is free."""
        self._id[at_s - self._seen_s > _FORGET_S] = -1
        room = np.full(len(track_id), -1, np.intp)
        order = np.argsort(self._id, kind="stable")
        if len(track_id):
            at = np.minimum(np.searchsorted(self._id[order], track_id), len(order) - 1)
            known = (self._id[order][at] == track_id) & (track_id >= 0)
            room[known] = order[at[known]]
        fresh = np.flatnonzero(room < 0)
        taken = self._id >= 0
        taken[room[room >= 0]] = True
        if np.count_nonzero(~taken) < len(fresh):
            self._grow(len(fresh))
            taken = np.concatenate([taken, np.zeros(len(self._id) - len(taken), bool)])
        free = np.flatnonzero(~taken)[: len(fresh)]
        room[fresh] = free
        self._id[free] = track_id[fresh]
        for matrix in (self._agreed, self._weight):
            matrix[free], matrix[:, free] = 0.0, 0.0
        for _, was_m in self._past:
            was_m[free] = np.nan
        self._seen_s[room] = at_s
        return room

    def _grow(self, by: int) -> None:
        more = (by + _CHUNK - 1) // _CHUNK * _CHUNK
        self._id = np.concatenate([self._id, np.full(more, -1, np.int64)])
        self._seen_s = np.concatenate([self._seen_s, np.full(more, -np.inf)])
        self._past = deque(
            ((t, np.pad(m, ((0, more), (0, 0)), constant_values=np.nan)) for t, m in self._past), maxlen=8
        )
        self._agreed, self._weight = (np.pad(matrix, (0, more)) for matrix in (self._agreed, self._weight))


def joined(bound: NDArray[np.bool_]) -> Ints:
    """Labels (N,) of what hangs together in a symmetric matrix (N, N): the smallest row of each part."""
    n = len(bound)
    label = np.arange(n)
    near = bound | np.eye(n, dtype=bool)
    while n:
        lower = np.where(near, label[None], n).min(axis=1)
        lower = lower[lower]
        if (lower == label).all():
            break
        label = lower
    return label.astype(np.int64)


def density(at_m: Doubles) -> float:
    """Persons on a square metre where people (N, 2) stand: of the ground that they span, half a metre around each."""
    spread = at_m.max(axis=0) - at_m.min(axis=0) + 1.0
    return float(len(at_m) / (np.pi / 4 * spread.prod()))
