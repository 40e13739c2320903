"""Where on the ground somebody stays, whoever it is: spots, held over looks that miss them.

A detector misses a person in every third look, and a tracker's ids switch in a crowd. A spot outlives both for some
seconds. It is no identity: it holds a place on the ground, and is gone when nobody is seen on it for so long that
somebody would have been.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vision.boxes import intersection
from vision.circles import squared
from vision.ground import GroundPlane, foot, foot_error_px
from vision.persons import once
from vision.types import Detections, Floats, Ints

Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]
Since = Callable[[Floats], float]

_NEAR_M, _NEAR_S = 1.2, 2.5  # whoever keeps within so far for so long stays: under 0.48 m/s, whatever way he goes
_SAME_M = 0.6  # two looks of one who stays lie no farther apart
_MOST_JITTER_M = 0.5  # of a box's foot, that is allowed for
_LEAST_HITS, _HITS_IF_LAPSED = 2.0, 2.75  # two, or three where it may be one who passed and then another
_SURE = 0.3  # confidence from which one box tells of somebody; a tracked one may be weaker ...
_HINT, _HINTS = 0.12, 0.45  # ... and weaker ones, from the first on, where they add up to the second in one place
# Unseen for so long, a spot is given up: of one who passes, of one who comes to some who stay, and of any ...
_PASSING_S, _JOINING_S, _LONGEST_S = 2.5, 4.5, 8.0
_UNCHANGED_S = 30.0  # ... whose picture is not what it was when somebody was found there
_COMPANY = 3  # who stay within the radius
_BACK_DATED_S = 10.0  # the longest time that a still picture vouches for
_ASKED = 8  # spots a look of which that is asked
_DOUBT = 0.04  # chance up to which looks that missed somebody may have done so by bad luck
_FADE = 0.93  # how much of a spot's record a look leaves
_HIDDEN = 0.5  # share of a box that a nearer one covers, from which a miss says nothing


class Staying:
    """The spots of one zone. Call `update` for every look that the detector saw, in order of capture.

    Columns, one row a spot: `box` float64 (S, 4) px, the last one seen on it; `since_s` when whoever stands there came
    to stay; `seen_s` when somebody was last seen there; `sure` the mean confidence.
    """

    def __init__(self, wide_m: float) -> None:
        self._wide_m, self._wide_s = max(wide_m, _NEAR_M), _NEAR_S * max(wide_m, _NEAR_M) / _NEAR_M
        self.clear()

    def clear(self) -> None:
        self.box: Doubles = np.zeros((0, 4))
        self.track: Ints = np.zeros(0, np.int64)
        self.since_s, self.seen_s, self.sure = np.zeros(0), np.zeros(0), np.zeros(0)
        self._anchor, self._wide = np.zeros((0, 2)), np.zeros((0, 2))  # px: where since_s and wide_since_s hold
        self._wide_since_s = np.zeros(0)
        self._hits, self._looks, self._missed = np.zeros(0), np.zeros(0), np.zeros(0)
        self._told, self._lapsed = np.zeros(0), np.zeros(0, bool)
        self._unchanged = np.zeros(0, bool)

    def __len__(self) -> int:
        return len(self.box)

    def update(
        self,
        persons: Detections,
        track_id: Ints,
        in_front: Floats,
        plane: GroundPlane,
        at_s: float,
        same_since: Since | None = None,
    ) -> NDArray[np.intp]:
        """Take in the persons of a look; the spot of each, -1 for none (N,).

        `in_front` (M, 4) are all boxes that may hide a spot. `same_since` answers for a box (4,) since when the picture
        under it has been as it is: who was found in these very pixels is still there, whatever the detector says now.
        """
        spot = self._match(persons, track_id, plane)
        told = np.where((persons.confidence >= _SURE) | (track_id >= 0), _HINTS, persons.confidence).astype(np.float64)
        fresh = np.flatnonzero((spot < 0) & (told >= _HINT))
        missed = np.ones(len(self), bool)
        missed[spot[spot >= 0]] = False
        behind = np.zeros(len(self), bool)
        behind[missed] = hidden(self.box[missed], in_front)
        self._as_it_was(missed & ~behind, same_since)
        self._hit(persons, track_id, spot, plane, at_s, same_since)
        np.add.at(self._told, spot[spot >= 0], told[spot >= 0])
        behind |= self._unchanged
        self._looks = np.where(behind, self._looks, self._looks * _FADE + 1)
        self._hits = np.where(behind, self._hits, self._hits * _FADE + ~missed)
        self._missed = np.where(missed, self._missed + ~behind, 0)
        spot[fresh] = len(self) + np.arange(len(fresh))
        self._spawn(persons[fresh], track_id[fresh], told[fresh], at_s, same_since)
        return self._forget(spot, plane, at_s)

    def stays(self, at_s: float) -> Mask:
        """Which spots (S,) somebody stays on, and does not only pass."""
        near, wide = self.seen_s - self.since_s >= _NEAR_S, self.seen_s - self._wide_since_s >= self._wide_s
        hits = self._hits >= np.where(self._lapsed, _HITS_IF_LAPSED, _LEAST_HITS)
        return np.asarray((near | wide) & hits & (self._told >= _HINTS), np.bool_)

    @property
    def came_s(self) -> Doubles:
        """When whoever stays on each came there (S,)."""
        return np.where(self.seen_s - self.since_s >= _NEAR_S, self.since_s, self._wide_since_s)

    def detected(self) -> Doubles:
        """In which share of the looks somebody was found on each spot (S,)."""
        return (self._hits + 1) / (self._looks + 2)

    def shift_clock(self, by_s: float) -> None:
        self.since_s, self.seen_s, self._wide_since_s = (
            self.since_s + by_s,
            self.seen_s + by_s,
            self._wide_since_s + by_s,
        )

    def scale(self, across: float, down: float) -> None:
        """The camera was set to another resolution."""
        self.box = self.box * (across, down, across, down)
        self._anchor, self._wide = self._anchor * (across, down), self._wide * (across, down)

    def _match(self, persons: Detections, track_id: Ints, plane: GroundPlane) -> NDArray[np.intp]:
        """The spot of each person: that of its track, else the nearest that is near enough.

        The nearest first would be surer where a tracker's numbers switch, but takes a stream of people who walk
        through one place for people who stay.
        """
        spot = np.full(len(persons), -1, np.intp)
        if not len(self) or not len(persons):
            return spot
        own = (track_id[:, None] == self.track[None]) & (track_id >= 0)[:, None]
        rows, spots = np.nonzero(own)
        at, known = foot(persons.xyxy), foot(self.box)
        apart = np.sqrt(squared(plane.metres(at), plane.metres(known)))
        jitter = np.minimum(plane.jitter_m(at, foot_error_px(persons.xyxy)), _MOST_JITTER_M)
        spot[rows] = spots
        cost = np.where(np.isnan(apart) | (apart > _SAME_M + jitter[:, None]), np.inf, apart)
        cost[rows], cost[:, spots] = np.inf, np.inf
        while np.isfinite(cost).any():
            nearest, back = cost.argmin(axis=1), cost.argmin(axis=0)
            mutual = np.flatnonzero((back[nearest] == np.arange(len(cost))) & np.isfinite(cost.min(axis=1)))
            spot[mutual] = nearest[mutual]
            cost[mutual], cost[:, nearest[mutual]] = np.inf, np.inf
        return spot

    def _hit(
        self,
        persons: Detections,
        track_id: Ints,
        spot: NDArray[np.intp],
        plane: GroundPlane,
        at_s: float,
        same_since: Since | None,
    ) -> None:
        rows = np.flatnonzero(spot >= 0)
        spots = spot[rows]
        at = foot(persons.xyxy[rows])
        jitter = np.minimum(plane.jitter_m(at, foot_error_px(persons.xyxy[rows])), _MOST_JITTER_M)
        at_m = plane.metres(at)
        far = [np.linalg.norm(at_m - plane.metres(anchor[spots]), axis=1) for anchor in (self._anchor, self._wide)]
        moved = np.flatnonzero(~(far[0] <= _NEAR_M + jitter))
        came_s = np.full(len(rows), at_s)
        # Surest first: who walks is not still, and only costs the asking.
        asked = moved[np.argsort(-persons.confidence[rows[moved]], kind="stable")]
        came_s[asked] = _came_s(persons.xyxy[rows[asked]], at_s, same_since)
        gone = np.flatnonzero(~(far[1] <= self._wide_m + jitter))
        self._anchor[spots[moved]], self.since_s[spots[moved]] = at[moved], came_s[moved]
        self._wide[spots[gone]], self._wide_since_s[spots[gone]] = at[gone], came_s[gone]
        self.box[spots] = persons.xyxy[rows]
        self.track[spots] = np.where(track_id[rows] >= 0, track_id[rows], self.track[spots])
        self.seen_s[spots] = at_s
        self.sure[spots] += 0.3 * (persons.confidence[rows] - self.sure[spots])

    def _as_it_was(self, missed: Mask, same_since: Since | None) -> None:
        self._unchanged = np.zeros(len(self), bool)
        if same_since is None:
            return
        # Each answer takes some 20 us: where somebody was found most often is asked about first.
        rows = np.flatnonzero(missed)
        for row in rows[np.argsort(-self._hits[rows], kind="stable")][:_ASKED]:
            self._unchanged[row] = same_since(self.box[row].astype(np.float32)) <= self.seen_s[row]

    def _spawn(self, persons: Detections, track_id: Ints, told: Doubles, at_s: float, same_since: Since | None) -> None:
        n = len(persons)
        if not n:
            return
        at, came = foot(persons.xyxy), _came_s(persons.xyxy, at_s, same_since)
        self.box = np.concatenate([self.box, persons.xyxy.astype(np.float64)])
        self.track = np.concatenate([self.track, track_id])
        self._anchor, self._wide = np.concatenate([self._anchor, at]), np.concatenate([self._wide, at])
        self.since_s, self._wide_since_s = (
            np.concatenate([self.since_s, came]),
            np.concatenate([self._wide_since_s, came]),
        )
        self.seen_s = np.concatenate([self.seen_s, np.full(n, at_s)])
        self.sure = np.concatenate([self.sure, persons.confidence.astype(np.float64)])
        self._hits, self._looks = np.concatenate([self._hits, np.ones(n)]), np.concatenate([self._looks, np.ones(n)])
        self._missed, self._told = np.concatenate([self._missed, np.zeros(n)]), np.concatenate([self._told, told])
        no = np.zeros(n, bool)
        self._unchanged, self._lapsed = np.concatenate([self._unchanged, no]), np.concatenate([self._lapsed, no])

    def _forget(self, spot: NDArray[np.intp], plane: GroundPlane, at_s: float) -> NDArray[np.intp]:
        luck = (1 - self.detected()) ** self._missed
        unseen_s, stays = at_s - self.seen_s, self.stays(at_s)
        at_m = plane.metres(foot(self.box))
        joins = (squared(at_m, at_m[stays]) <= self._wide_m**2).sum(axis=1) >= _COMPANY
        self._lapsed |= ~stays & (unseen_s > _PASSING_S)
        limit_s = np.where(stays, _LONGEST_S, np.where(joins, _JOINING_S, _PASSING_S))
        limit_s = np.where(self._unchanged, _UNCHANGED_S, limit_s)
        keep = ((luck > _DOUBT) & (unseen_s <= limit_s) & ~self._doubled()) | (unseen_s <= 0)
        renamed = np.full(len(self) + 1, -1, np.intp)
        renamed[:-1][keep] = np.arange(np.count_nonzero(keep))
        if not keep.all():
            for name in (
                "box",
                "track",
                "since_s",
                "seen_s",
                "sure",
                "_anchor",
                "_wide",
                "_wide_since_s",
                "_hits",
                "_looks",
                "_missed",
                "_told",
                "_lapsed",
                "_unchanged",
            ):
                setattr(self, name, getattr(self, name)[keep])
        return renamed[spot]

    def _doubled(self) -> Mask:
        """Spots of somebody who has one that was seen later."""
        order = np.argsort(-self.seen_s, kind="stable")
        doubled = np.zeros(len(self), bool)
        doubled[order] = ~once(self.box[order].astype(np.float32))
        return doubled


def _came_s(boxes: Floats, at_s: float, same_since: Since | None) -> Doubles:
    """Since when whoever is in these pixels has been, though the detector may have missed him (N,)."""
    came = np.full(len(boxes), at_s)
    if same_since is not None:
        came[:_ASKED] = [max(same_since(box), at_s - _BACK_DATED_S) for box in boxes[:_ASKED]]
    return came


def hidden(boxes: NDArray[np.floating], in_front: Floats) -> Mask:
    """Which boxes (N, 4) nobody can be seen in: most of each lies behind one nearer box of `in_front` (M, 4)."""
    shared = intersection(np.asarray(boxes, np.float32), in_front)
    own = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1)
    nearer = in_front[None, :, 3] > boxes[:, None, 3]
    return np.asarray(((shared > _HIDDEN * own[:, None]) & nearer).any(axis=1), np.bool_)
