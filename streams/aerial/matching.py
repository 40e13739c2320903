"""Which known place each thing of a look is.

Places of one look are off together, by metres, when a compass or a receiver is off; against each other they are right
to half a metre. So a look is first laid over what is known, as a whole, and only then matched thing by thing: two cars
parked bumper to bumper stay two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.aerial.locator import Sightings
from streams.aerial.place import GROUP, Doubles, Place, metres

_ONE_M = (0.4, 0.5, 1.3)  # by group: the middles of two cars side by side are 2 m apart at least
_IN_IT_M = 0.9  # no motorcycle stands in the middle of a car
_NEAR_M = 1.8  # after the look was laid over what is known
_CLUSTER_M = 1.2
_GATE = 2.45  # of the common ellipse, where one look's things are too few to lay it over


def matched(
    seen: Sightings,
    usable: NDArray[np.intp],
    known: Sequence[Place],
    linked: Sequence[tuple[int, int]],
    before: Doubles | None,
) -> tuple[list[tuple[int, int]], Doubles | None]:
    """Pairs (row of the look, index into `known`) that are one thing; and the shift in metres, east and north, by which
    the look was laid over what is known, None where too little said so.

    `usable` are the rows to be matched, `linked` the pairs (index into `usable`, index into `known`) of which the
    picture itself says so, `before` the shift of the look before.
    """
    means = [place.mean() for place in known]
    lon0, lat0 = float(seen.located.lon[usable[0]]), float(seen.located.lat[usable[0]])
    there = np.array([metres(lon, lat, lon0, lat0) for lon, lat, _ in means])
    here = np.array([metres(seen.located.lon[r], seen.located.lat[r], lon0, lat0) for r in usable])
    group = np.array([place.group for place in known])
    mine = np.array([GROUP[int(seen.detections.class_id[r])] for r in usable])
    apart = there[None] - here[:, None]  # (rows, places, 2): the shift that would make them one
    together = np.stack([covariance for *_, covariance in means])[None] + seen.located.covariance_m2[usable][:, None]
    inverse = np.linalg.inv(together + np.eye(2) * 0.09)
    far = np.sqrt(np.einsum("rpi,rpij,rpj->rp", apart, inverse, apart))
    far[mine[:, None] != group[None]] = np.inf
    shift = _laid_over(apart, far, linked, before)
    if shift is None:
        left = np.where(far <= _GATE, far, np.inf)
    else:
        left = np.linalg.norm(apart - shift, axis=2)
        left[(left > _NEAR_M) | ~np.isfinite(far)] = np.inf
    for row, column in linked:
        left[row, column] = -1.0
    pairs = []
    while left.size and left.min() < np.inf:
        nearest, column = (int(n) for n in np.unravel_index(int(left.argmin()), left.shape))
        pairs.append((int(usable[nearest]), column))
        left[nearest], left[:, column] = np.inf, np.inf
    return pairs, shift


def _laid_over(
    apart: Doubles, far: Doubles, linked: Sequence[tuple[int, int]], before: Doubles | None
) -> Doubles | None:
    """The shift, in metres, by which this look lies on what is known; None where too little says so."""
    if linked:
        return np.asarray(np.median(np.array([apart[pair] for pair in linked]), axis=0))
    pairs = np.argwhere(far <= _GATE)
    if len({int(row) for row, _ in pairs}) < 2:
        return None
    shifts = np.array([apart[row, column] for row, column in pairs])
    best, score = None, (0, -math.inf)
    for shift in [*shifts, *([before] if before is not None else [])]:
        close = np.linalg.norm(shifts - shift, axis=1) < _CLUSTER_M
        count = min(len(set(pairs[close, 0])), len(set(pairs[close, 1])))
        now = (count, -float(np.linalg.norm(shift)))
        if now > score:
            best, score = shifts[close].mean(axis=0) if close.any() else shift, now
    return best if score[0] >= 2 else None


def one_m(group: int, other: int) -> float:
    """Nearer than that two things of such groups are one thing; 0 where they cannot be."""
    if group == other:
        return _ONE_M[group]
    return _IN_IT_M if 0 not in (group, other) else 0.0


def once(seen: Sightings, usable: NDArray[np.intp]) -> NDArray[np.intp]:
    """Without what a detector found twice: the surer one of two that lie nearer than two things can."""
    order = usable[np.argsort(-seen.detections.confidence[usable], kind="stable")]
    found: list[int] = []
    for row in order.tolist():
        lon, lat = float(seen.located.lon[row]), float(seen.located.lat[row])
        group = GROUP[int(seen.detections.class_id[row])]
        twice = any(
            math.hypot(*metres(float(seen.located.lon[other]), float(seen.located.lat[other]), lon, lat))
            < one_m(GROUP[int(seen.detections.class_id[other])], group)
            for other in found
        )
        if not twice:
            found.append(row)
    return np.array(sorted(found), np.intp)
