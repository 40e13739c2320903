"""Whether a look shows that a place is free: from where it was found, by the picture as well as by the detector.

A detector misses the same car in every look of a pass, since every look shows it the same way. So that it finds nothing
tells only from where it did find the thing; and the picture itself must show that the thing is gone: the ground around
lies as it did, and where the thing stood the ground goes on. Anything else is *unknown*.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.aerial.sight import Sight
from vision.types import Picture

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MOST_VIEWS = 16  # flown past on both sides, a place is seen from ten
FOUND = 2  # times from comparable views, before its absence there tells anything
FLAT_DEG = 15.0  # below that a place is seen upright, not from above

PATCH_M, PX_M = 12.0, 0.3  # a person is 2 px wide
SIDE = round(PATCH_M / PX_M)
REACH_M = 4.5  # how far a look may lie off what is known
# On rendered streets things that stay change by 0.6 at most, or are alike by 0.8 and more; where nothing stands a
# quarter of the px at most lies outside of what the ground around shows (bench/all_clear.py).
_GROUND_LIKE, _AS_WELL, _RISES = 0.4, 0.08, 0.02
_LIKE, _CHANGED, _STRANGE, _LEAST_CONTRAST = 0.8, 0.6, 0.3, 0.05
_UNLIKE, _CHANGED_TOO, _HARDLY_STRANGE = 0.7, 0.45, 0.2
_COMPARED = 3
_MARGIN = 4  # px round a thing that are its own still
_LEAST_GROUND = 0.3  # of a patch, to know it again
UNSEEN = 0  # in a patch: outside of the picture


class Shows(Enum):
    """What a look in which a detector found nothing shows of a place."""

    FREE = "free"
    THERE = "there"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """A view from which a thing was found `found` times, and what it looked like the last time: `patch` uint8
    (SIDE, SIDE), its ground from above with north up, or seen flat as it stands, `UNSEEN` where that was outside of the
    picture, and `thing`, where in that it was."""

    sight: Sight
    found: int
    patch: Picture
    thing: Mask

    def state(self) -> dict[str, Any]:
        sight = self.sight
        told = [sight.bearing_deg, sight.down_deg, sight.turned_deg, sight.metres_px, sight.light]
        packed = np.packbits(self.thing).tobytes()
        return {
            "sight": [round(value, 4) for value in told],
            "found": self.found,
            "patch": base64.b64encode(self.patch.tobytes()).decode(),
            "thing": base64.b64encode(packed).decode(),
        }

    @classmethod
    def of(cls, state: dict[str, Any]) -> Self:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no such state."""
        patch = np.frombuffer(base64.b64decode(state["patch"]), np.uint8).reshape(SIDE, SIDE)
        bits = np.unpackbits(np.frombuffer(base64.b64decode(state["thing"]), np.uint8), count=SIDE * SIDE)
        return cls(
            Sight(*(float(v) for v in state["sight"])), int(state["found"]), patch, bits.reshape(SIDE, SIDE) == 1
        )


def remembered(known: tuple[Memory, ...], new: Memory) -> tuple[Memory, ...]:
    """With one more look that found it: of each view the newest picture is kept, and of views those that found it most
    often, besides the newest."""
    same = [one for one in known if one.sight.view == new.sight.view]
    others = [one for one in known if one.sight.view != new.sight.view]
    if len(others) >= _MOST_VIEWS:
        others.remove(min(others, key=lambda one: one.found))
    return (*others, replace(new, found=new.found + sum(one.found for one in same)))


def told_from(known: Iterable[Memory]) -> Sight | None:
    """From where a look that has the place in the middle of its picture is most like those that found a thing there: at
    the edge of a picture it lies askew, and no such look is like that one. None where nothing is known."""
    known = tuple(known)

    def found(one: Memory) -> tuple[float, int]:
        return sum(other.found * one.sight.centred.likeness(other.sight) for other in known), one.found

    best = max(known, key=found, default=None)
    return None if best is None else best.sight


def tells(patch: Picture, thing: Mask) -> bool:
    """Whether all of a thing and enough of the ground around it are seen to know them again."""
    if not thing.any() or bool((patch[_grown(thing, 2)] == UNSEEN).any()):
        return False
    return float(_ground(patch, thing).mean()) >= _LEAST_GROUND


def shows(known: Iterable[Memory], now: Sight, around: Picture | None) -> Shows:
    """What a look shows of a place in which its detector found nothing. `around`: as `patches.Look.around` gives it."""
    alike = _alike(known, now)
    if around is None or sum(one.found for one in alike) < FOUND:
        return Shows.UNKNOWN
    nearest = sorted(alike, key=lambda one: now.apart_deg(one.sight))[:_COMPARED]
    found = [compared(one, around) for one in nearest]
    said = {_said(one) for one in found if one is not None}
    return Shows.THERE if Shows.THERE in said else Shows.FREE if said == {Shows.FREE} else Shows.UNKNOWN


@dataclass(frozen=True, slots=True)
class Compared:
    """A place now and as it was. `ground`: the correlation of the ground around where it lies best on what is
    remembered; `thing`: that of the thing, and `changed` by how much its px differ, a share of its own contrast against
    the ground; `strange`: the share of its px that are darker or brighter than the ground around is."""

    ground: float
    thing: float
    changed: float
    strange: float


def compared(one: Memory, around: Picture) -> Compared | None:
    """The thing is looked for wherever the ground around lies about as well as it does best: along a kerb one stretch
    of road is as good as the next. None where too little ground is in both pictures, or the thing may have stood
    outside of the picture."""
    edge, ground = _grown(one.thing, 2), _ground(one.patch, one.thing)
    then, now = one.patch.astype(np.float32), around.astype(np.float32)
    likeness = _correlation(then, ground, now, _LEAST_GROUND * SIDE * SIDE)
    if likeness.max() <= -1 or likeness[1:-1, 1:-1].max() < likeness.max() - _RISES:
        return None  # it may lie farther off than was looked
    maybe = _dilated((likeness >= likeness.max() - _AS_WELL).astype(np.uint8), 2)
    parts = np.lib.stride_tricks.sliding_window_view(now, (SIDE, SIDE))
    if bool((parts[maybe][:, edge] == UNSEEN).any()):
        return None
    row, column = np.unravel_index(int(np.argmax(likeness)), likeness.shape)
    best = parts[row, column]
    ground &= best != UNSEEN
    was, level = _level(then, ground), _level(best, ground)
    apart = parts[maybe][:, one.thing] / level - then[one.thing] / was
    contrast = max(float(np.sqrt(np.mean((then[one.thing] / was - 1.0) ** 2))), _LEAST_CONTRAST)
    low, high = np.percentile(best[ground], (5, 95))
    inside = (best[one.thing] >= low) & (best[one.thing] <= high)
    return Compared(
        float(likeness.max()),
        float(_correlation(then, edge, now, float(edge.sum()))[maybe].max()),
        float(np.sqrt(np.mean(apart**2, axis=1)).min()) / contrast,
        float(1.0 - inside.mean()),
    )


def _alike(known: Iterable[Memory], now: Sight) -> list[Memory]:
    return [one for one in known if now.comparable(one.sight)]


def _said(found: Compared) -> Shows:
    if found.ground < _GROUND_LIKE:
        return Shows.UNKNOWN  # the ground itself is not recognised
    if found.thing >= _LIKE and found.changed <= _CHANGED:
        return Shows.THERE
    # Much changed, how like it is says nothing: a kerb through it is alike with it and without.
    much = found.changed > _CHANGED and found.strange <= _STRANGE
    unlike = found.thing < _UNLIKE and found.changed > _CHANGED_TOO and found.strange <= _HARDLY_STRANGE
    return Shows.FREE if much or unlike else Shows.UNKNOWN


def _correlation(then: Reals, where: Mask, now: Reals, least_px: float) -> Reals:
    """Of what is remembered with each (SIDE, SIDE) part of `now`, over the px `where` that are seen in both; -1 where
    those are fewer than asked for, or there is nothing to see in them."""
    seen, mask = (now != UNSEEN).astype(np.float32), where.astype(np.float32)
    middle = float(then[where].mean()) if where.any() else 0.0  # sums of squares keep their last digits so
    then, now = (then - middle) * mask, (now - middle) * seen
    count = np.maximum(_sums(seen, mask), 1.0)
    one, other = _sums(seen, then) / count, _sums(now, mask) / count
    both = _sums(now, then) / count - one * other
    spread = (_sums(seen, then * then) / count - one**2) * (_sums(now * now, mask) / count - other**2)
    alike = both / np.sqrt(np.maximum(spread, 1e-6))
    return np.asarray(np.where((count >= least_px - 0.5) & (spread > 1.0), alike, -1.0), np.float32)


def _sums(now: Reals, weights: Reals) -> Reals:
    return np.asarray(cv2.matchTemplate(now, weights, cv2.TM_CCORR), np.float32)


def _level(patch: Reals, ground: Mask) -> float:
    return max(float(np.median(patch[ground])), 1.0)


def _ground(patch: Picture, thing: Mask) -> Mask:
    """What of a patch is seen and no part of the thing."""
    return np.asarray(~_grown(thing, _MARGIN) & (patch != UNSEEN))


def _grown(thing: Mask, by_px: int) -> Mask:
    return _dilated(thing.astype(np.uint8), by_px)


def _dilated(mask: Picture, by_px: int) -> Mask:
    return np.asarray(cv2.dilate(mask, np.ones((2 * by_px + 1, 2 * by_px + 1), np.uint8)) > 0)
