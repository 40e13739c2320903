"""Whether somebody stays, or one passes after another: how likely it is that a stream fills a place by chance.

Where people walk densely, one stands near where another stood a look ago, and a place is never empty though nobody
stays. Two things tell them apart: how many have gone without having stayed, which says how many would be near a place
by chance, and how near to it whoever is found there stands: one who stays is off by no more than his box is. Each look
adds the logarithm of how much likelier it is of one who stays (Wald 1945; in radar the score of a track among false
echoes of known density, Blackman and Popoli 1999).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.circles import squared
from vision.ground import GroundPlane

Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]

SHOWN = 2.0  # evidence from which somebody is known to stay: it is e² times as likely as chance
_MOST = 4.0  # no more is kept either way: whoever has gone is known for it within some looks
_WINDOW_S, _LATE_S = 10.0, 2.5  # what tells of now; so long after he was last seen somebody is known to have gone
_AROUND_M = 1.5
_SWAYS_M = 0.15  # who stays shifts from foot to foot by so much
_STEPS, _STEPS_M = 0.2, 1.2  # share of the looks in which he took a step as well, of up to so far
_NOBODY_M2 = 0.005  # people on a square metre, in a look, that may pass where none has been seen to
_STRANGERS = 0.3  # share of those about that may pass, before it is known who does
_TURNOVER = 0.3  # so many of as many as are there have gone while one who mills about would have been there


@dataclass(frozen=True, slots=True)
class _Gone:
    at_s: float
    feet: Doubles
    looks: Doubles
    left: Doubles


class Passing:
    """Who went through one zone of late without having stayed: of them their places are known, for seconds. Around a
    place `wide_m` wide people mill about for `wide_s` before it counts."""

    def __init__(self, wide_m: float, wide_s: float) -> None:
        self._wide_m, self._wide_s = wide_m, wide_s
        self._looks: deque[float] = deque()
        self._gone: deque[_Gone] = deque()

    def look(self, at_s: float, feet: Doubles, looks: Doubles, left: Doubles) -> None:
        """What a look tells: at `feet` (N, 2) px somebody had been found in so many looks (N,) and is no more; from
        around `left` (M, 2) px somebody has gone so far that he does not mill about there."""
        self._looks.append(at_s)
        self._gone.append(_Gone(at_s, feet, looks, left))
        kept_s = max(_WINDOW_S, self._wide_s)
        while at_s - self._looks[0] > kept_s + _LATE_S:
            self._looks.popleft()
        while at_s - self._gone[0].at_s > kept_s:
            self._gone.popleft()

    def per_m2(self, at_m: Doubles, plane: GroundPlane, at_s: float) -> Doubles:
        """How many people who pass a look finds on a square metre around places (S, 2), each of which has somebody."""
        lately = [gone for gone in self._gone if at_s - gone.at_s <= _WINDOW_S]
        feet = np.concatenate([np.zeros((0, 2)), *(gone.feet for gone in lately)])
        looks = np.concatenate([np.zeros(0), *(gone.looks for gone in lately)])
        told = max(1, sum(_LATE_S <= at_s - look_s <= _WINDOW_S + _LATE_S for look_s in self._looks))
        passed = (squared(at_m, plane.metres(feet)) <= _AROUND_M**2) @ looks / told
        others = (squared(at_m, at_m) <= _AROUND_M**2).sum(axis=1) - 1
        strangers = _STRANGERS * (1 - self._known(_WINDOW_S - _LATE_S)) * others
        return np.asarray(_NOBODY_M2 + (passed + strangers) / (np.pi * _AROUND_M**2), np.float64)

    def turns_over(self, at_m: Doubles, plane: GroundPlane, at_s: float) -> Mask:
        """Around which places (S, 2) people come and go so much that nobody can be told to mill about there."""
        left = np.concatenate([np.zeros((0, 2)), *(g.left for g in self._gone if at_s - g.at_s <= self._wide_s)])
        gone = (squared(at_m, plane.metres(left)) <= self._wide_m**2).sum(axis=1)
        here = (squared(at_m, at_m) <= self._wide_m**2).sum(axis=1)
        known = self._known(self._wide_s)
        return np.asarray(gone >= np.maximum(_TURNOVER * known * here, known >= 1), np.bool_)

    def _known(self, of_s: float) -> float:
        """How much of a time looks have told of, 0 to 1."""
        since_s = self._looks[-1] - self._looks[0] - _LATE_S if self._looks else 0.0
        return min(1.0, max(0.0, since_s) / of_s)

    def shift_clock(self, by_s: float) -> None:
        self._looks = deque(look_s + by_s for look_s in self._looks)
        self._gone = deque(_Gone(g.at_s + by_s, g.feet, g.looks, g.left) for g in self._gone)

    def scale(self, across: float, down: float) -> None:
        by = np.array([across, down])
        self._gone = deque(_Gone(g.at_s, g.feet * by, g.looks, g.left * by) for g in self._gone)


def shown(so_far: Doubles, apart_m: Doubles, jitter_m: Doubles, passing_m2: Doubles) -> Doubles:
    """The evidence (S,) that somebody stays, with a look that finds him so far from where he was; his box is off by
    `jitter_m`, and so many pass."""
    spread = _SWAYS_M**2 + jitter_m**2
    stays = (1 - _STEPS) * np.exp(-(apart_m**2) / (2 * spread)) / (2 * np.pi * spread)
    told = np.nan_to_num(np.log((stays + _STEPS / (np.pi * _STEPS_M**2)) / passing_m2))  # beyond the horizon: nothing
    return np.asarray(np.clip(so_far + told, -_MOST, _MOST), np.float64)


def within_m(jitter_m: Doubles) -> Doubles:
    """How far off at most one who stays is found, metres (N,), where boxes are off by `jitter_m`."""
    return np.asarray(2 * np.sqrt(_SWAYS_M**2 + jitter_m**2), np.float64)
