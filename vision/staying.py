"""Where on the ground somebody stays, whoever it is: spots, held over looks that miss them.

A detector misses a person in every third look, and a tracker's ids switch in a crowd. A spot outlives both for some
seconds. It is no identity: it holds a place on the ground, and is gone when nobody is seen on it for so long that
somebody would have been.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vision.boxes import hidden
from vision.circles import squared
from vision.ground import GroundPlane, foot, foot_error_px
from vision.passing import SHOWN, Passing, shown
from vision.persons import once
from vision.spot_match import match
from vision.types import Detections, Floats, Ints

Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]
Since = Callable[[Floats], float]

_NEAR_M, _NEAR_S = 1.2, 2.5  # whoever keeps within so far for so long stays: under 0.48 m/s, whatever way he goes
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
_HELD, _HELD_SURE = 1.0, 0.35  # evidence and mean confidence from which a spot is known by its place, not by a track
_MEAN_LOOKS = 5  # so many looks the middle of where somebody was remembers

_NUMBERS = ("since_s", "seen_s", "sure", "_wide_since_s", "_hits", "_looks", "_missed", "_told", "_found", "_shown")
_PLACES, _MARKS = ("_anchor", "_wide", "_mean"), ("_lapsed", "_unchanged", "_turns_over")
_COLUMNS = ("box", "track", *_NUMBERS, *_PLACES, *_MARKS)


class Staying:
    """The spots of one zone. Call `update` for every look that the detector saw, in order of capture.

    Columns, one row a spot: `box` float64 (S, 4) px, the last one seen on it; `since_s` when whoever stands there came
    to stay; `seen_s` when somebody was last seen there; `sure` the mean confidence. `_anchor` and `_wide` are the
    places, px, where `since_s` and `_wide_since_s` hold; since he came to the first he was found in `_found` looks, at
    `_mean` in the middle, and `_shown` is the evidence that he stays and is not one who passes and then another.
    """

    box: Doubles
    track: Ints
    since_s: Doubles
    seen_s: Doubles
    sure: Doubles
    _wide_since_s: Doubles
    _hits: Doubles
    _looks: Doubles
    _missed: Doubles
    _told: Doubles
    _found: Doubles
    _shown: Doubles
    _anchor: Doubles
    _wide: Doubles
    _mean: Doubles
    _lapsed: Mask
    _unchanged: Mask
    _turns_over: Mask

    def __init__(self, wide_m: float) -> None:
        self._wide_m, self._wide_s = max(wide_m, _NEAR_M), _NEAR_S * max(wide_m, _NEAR_M) / _NEAR_M
        self.clear()

    def clear(self) -> None:
        self.box, self.track = np.zeros((0, 4)), np.zeros(0, np.int64)
        for names, empty in ((_NUMBERS, np.zeros(0)), (_PLACES, np.zeros((0, 2))), (_MARKS, np.zeros(0, bool))):
            for name in names:
                setattr(self, name, empty)
        self._passing = Passing(self._wide_m, self._wide_s)
        # Of this look: from where on the ground somebody walked on, in how many looks he was found there, and from
        # what wide place somebody went.
        self._walked, self._walked_looks, self._went = np.zeros((0, 2)), np.zeros(0), np.zeros((0, 2))

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
        near = (self.seen_s - self.since_s >= _NEAR_S) & (self._shown >= SHOWN)
        wide = (self.seen_s - self._wide_since_s >= self._wide_s) & ~self._turns_over
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
        self._passing.shift_clock(by_s)

    def scale(self, across: float, down: float) -> None:
        """The camera was set to another resolution."""
        self.box = self.box * (across, down, across, down)
        for name in _PLACES:
            setattr(self, name, getattr(self, name) * (across, down))
        self._passing.scale(across, down)

    def _match(self, persons: Detections, track_id: Ints, plane: GroundPlane) -> NDArray[np.intp]:
        at = foot(persons.xyxy)
        return match(
            plane.metres(at),
            track_id,
            np.minimum(plane.jitter_m(at, foot_error_px(persons.xyxy)), _MOST_JITTER_M),
            plane.metres(foot(self.box)),
            self.track,
            plane.metres(self._mean),
            (self._shown >= _HELD) & (self.sure >= _HELD_SURE),
        )

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
        apart_m = np.linalg.norm(at_m - plane.metres(self._mean[spots]), axis=1)
        evidence = shown(self._shown[spots], apart_m, jitter, self._passing.per_m2(at_m, plane, at_s))
        self._show(spots, at, evidence, moved, _at_once(came_s[moved], at_s))
        gone = np.flatnonzero(~(far[1] <= self._wide_m + jitter))
        self._went = self._wide[spots[gone]]
        self._anchor[spots[moved]], self.since_s[spots[moved]] = at[moved], came_s[moved]
        self._wide[spots[gone]], self._wide_since_s[spots[gone]] = at[gone], came_s[gone]
        self.box[spots] = persons.xyxy[rows]
        self.track[spots] = np.where(track_id[rows] >= 0, track_id[rows], self.track[spots])
        self.seen_s[spots] = at_s
        self.sure[spots] += 0.3 * (persons.confidence[rows] - self.sure[spots])

    def _show(
        self, spots: NDArray[np.intp], at: Doubles, evidence: Doubles, moved: NDArray[np.intp], anew: Doubles
    ) -> None:
        """Take in what finding them at `at` (N, 2) px tells; those at rows `moved` have gone on and begin `anew`."""
        walked = spots[moved][self._shown[spots[moved]] < SHOWN]
        self._walked, self._walked_looks = self._mean[walked], self._found[walked]
        self._shown[spots] = evidence
        self._found[spots] += 1
        self._mean[spots] += (at - self._mean[spots]) / np.minimum(self._found[spots], _MEAN_LOOKS)[:, None]
        self._shown[spots[moved]], self._found[spots[moved]], self._mean[spots[moved]] = anew, 1.0, at[moved]

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
        at, came, no = foot(persons.xyxy), _came_s(persons.xyxy, at_s, same_since), np.zeros(n, bool)
        fresh = {
            "box": persons.xyxy.astype(np.float64),
            "track": track_id,
            "since_s": came,
            "seen_s": np.full(n, at_s),
            "sure": persons.confidence.astype(np.float64),
            "_wide_since_s": came,
            "_hits": np.ones(n),
            "_looks": np.ones(n),
            "_missed": np.zeros(n),
            "_told": told,
            "_found": np.ones(n),
            "_shown": _at_once(came, at_s),
            **dict.fromkeys(_PLACES, at),
            **dict.fromkeys(_MARKS, no),
        }
        for name in _COLUMNS:
            setattr(self, name, np.concatenate([getattr(self, name), fresh[name]]))

    def _forget(self, spot: NDArray[np.intp], plane: GroundPlane, at_s: float) -> NDArray[np.intp]:
        luck = (1 - self.detected()) ** self._missed
        unseen_s, stays = at_s - self.seen_s, self.stays(at_s)
        at_m = plane.metres(foot(self.box))
        joins = (squared(at_m, at_m[stays]) <= self._wide_m**2).sum(axis=1) >= _COMPANY
        self._lapsed |= ~stays & (unseen_s > _PASSING_S)
        limit_s = np.where(stays, _LONGEST_S, np.where(joins, _JOINING_S, _PASSING_S))
        limit_s = np.where(self._unchanged, _UNCHANGED_S, limit_s)
        doubled = self._doubled()
        keep = ((luck > _DOUBT) & (unseen_s <= limit_s) & ~doubled) | (unseen_s <= 0)
        left = ~keep & ~doubled & (self._shown < SHOWN) & (self._told >= _HINTS)
        self._passing.look(
            at_s,
            np.concatenate([self._walked, self._mean[left]]),
            np.concatenate([self._walked_looks, self._found[left]]),
            np.concatenate([self._went, self._mean[left]]),
        )
        self._turns_over = self._passing.turns_over(at_m, plane, at_s)
        renamed = np.full(len(self) + 1, -1, np.intp)
        renamed[:-1][keep] = np.arange(np.count_nonzero(keep))
        if not keep.all():
            for name in _COLUMNS:
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


def _at_once(came_s: Doubles, at_s: float) -> Doubles:
    """The evidence that those stay who have just come to a spot: none, but for who was in those pixels before."""
    return np.where(at_s - came_s >= _NEAR_S, SHOWN, 0.0)
