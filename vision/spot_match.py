"""Which spot on the ground each person of a look stands on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vision.circles import squared
from vision.passing import within_m
from vision.types import Ints

Doubles = NDArray[np.float64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

_SAME_M = 0.6  # two looks of one who stays lie no farther apart


def match(
    at_m: Doubles, track_id: Ints, jitter_m: Doubles, spot_m: Doubles, spot_track: Ints, mean_m: Doubles, held: Mask
) -> Rows:
    """The spot of each person at (N, 2), -1 for none: the nearest of those that are `held` (S,), by where he was in the
    middle, else that of his track, else the nearest that is near enough.

    Among people who stand close to others who walk, a tracker's numbers switch, and would carry a spot away from
    whoever stands on it.
    """
    spot = np.full(len(at_m), -1, np.intp)
    if not len(spot_m) or not len(at_m):
        return spot
    from_mean = np.sqrt(squared(at_m, mean_m))
    _pair(spot, np.where(held & (from_mean <= within_m(jitter_m)[:, None]), from_mean, np.inf))
    own = (track_id[:, None] == spot_track[None]) & (track_id >= 0)[:, None]
    own[spot >= 0], own[:, spot[spot >= 0]] = False, False
    rows, spots = np.nonzero(own)
    spot[rows] = spots
    apart = np.sqrt(squared(at_m, spot_m))
    cost = np.where(apart <= _SAME_M + jitter_m[:, None], apart, np.inf)
    cost[spot >= 0], cost[:, spot[spot >= 0]] = np.inf, np.inf
    _pair(spot, cost)
    return spot


def _pair(spot: Rows, cost: Doubles) -> None:
    """Give persons (N,) the spots that are nearest to them and they to those: `cost` (N, S), inf for never."""
    while np.isfinite(cost).any():
        nearest, back = cost.argmin(axis=1), cost.argmin(axis=0)
        mutual = np.flatnonzero((back[nearest] == np.arange(len(cost))) & np.isfinite(cost.min(axis=1)))
        spot[mutual] = nearest[mutual]
        cost[mutual], cost[:, nearest[mutual]] = np.inf, np.inf
