"""How one tile of ground looks from each side from which it was seen, with nothing on it that came since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from streams.aerial.comparison import Compared, grown
from streams.aerial.sight import Sight
from streams.aerial.tiles import REACH_PX, Straight
from vision.static.packing import packed, packed_mask, unpacked
from vision.static.structure import Mask
from vision.types import Floats

_ASIDE_DEG = 12.0  # between lines of sight: farther, a post 3 m high lies 0.9 m off
_SCALE = 2.0
_MOST_VIEWS = 12
_STALE_S = 7 * 86_400.0  # ground that was not recognised for so long is another by now: snow, or new asphalt
_NEAR_OTHER_PX = 4
_PASS_GAP_S = 60.0
_MOST_PASSES = 20


@dataclass
class View:
    """The tile from one side: `luma` float32 (SIDE, SIDE) where it is `known`, when it was begun and last recognised.

    It is the first look's, and off by what telemetry was off then. `passes` say by how much, on the mean: `off_px`
    (x, y) is where on the tile, against where in `luma`, a thing lies."""

    sight: Sight
    luma: Floats
    known: Mask
    begun_s: float
    recognised_s: float
    off_px: tuple[float, float] = (0.0, 0.0)
    passes: int = 1
    text: tuple[str, str] | None = None


class GroundMemory:
    """One tile's. `begin` a view where `nearest` has none; `learn` from a look that was compared with one."""

    def __init__(self) -> None:
        self.views: list[View] = []

    def nearest(self, sight: Sight, at_s: float) -> View | None:
        """The view that a look from there may be compared with: whatever light it was in, but for those that nobody
        recognised for days."""
        self.views = [one for one in self.views if at_s - one.recognised_s <= _STALE_S]
        near = [one for one in self.views if _comparable(sight, one.sight)]
        return min(near, key=lambda one: sight.apart_deg(one.sight), default=None)

    def begin(self, sight: Sight, now: Straight, kept_out: Mask, at_s: float) -> None:
        """The first look from a side: all that lies there is ground, but for what is `kept_out`."""
        inner = slice(REACH_PX, -REACH_PX)
        known = np.asarray(now.seen[inner, inner] & ~kept_out)
        self.views.append(View(sight, now.luma[inner, inner].copy(), known, at_s, at_s))
        if len(self.views) > _MOST_VIEWS:
            self.views.remove(min(self.views, key=lambda one: one.recognised_s))

    def recognised(self, view: View, off_px: tuple[float, float], at_s: float) -> None:
        """A look was laid over a view. Looks of one pass are off alike, so the first of each counts."""
        if at_s - view.recognised_s > _PASS_GAP_S:
            view.passes = min(view.passes + 1, _MOST_PASSES)
            x, y = view.off_px
            view.off_px = x + (off_px[0] - x) / view.passes, y + (off_px[1] - y) / view.passes
        view.recognised_s = at_s

    def learn(self, view: View, look: Compared, kept_out: Mask, anew: Mask) -> None:
        """Take on what was not known, and what is to be learnt `anew`, in the light that the view is in. What is known
        stays as it is: taken on bit by bit, a heap that grows would become ground."""
        unknown = ~view.known & ~grown(look.other, _NEAR_OTHER_PX) & ~kept_out
        take = np.asarray(look.seen & (unknown | anew))
        if not take.any():
            return
        lighter = float(np.median(view.luma[look.both])) / max(float(np.median(look.luma[look.both])), 1.0)
        view.luma[take] = np.clip(look.luma[take] * lighter, 0, 255)
        view.known, view.text = view.known | take, None

    def state(self) -> list[dict[str, Any]]:
        found = []
        for one in self.views:
            if one.text is None:
                one.text = packed(one.luma), packed_mask(one.known)
            told = [
                one.sight.bearing_deg,
                one.sight.down_deg,
                one.sight.turned_deg,
                one.sight.metres_px,
                one.sight.light,
            ]
            sight = [round(value, 4) for value in told]
            pictures = {"luma": one.text[0], "known": one.text[1]}
            laid = {"begun_s": one.begun_s, "at_s": one.recognised_s, "off_px": one.off_px, "passes": one.passes}
            found.append({"sight": sight, **pictures, **laid})
        return found

    def restore(self, state: list[Mapping[str, Any]]) -> None:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no such state."""
        self.views = [
            View(
                Sight(*(float(v) for v in one["sight"])),
                unpacked(one["luma"]).astype(np.float32),
                np.asarray(unpacked(one["known"]) > 0),
                float(one["begun_s"]),
                float(one["at_s"]),
                (float(one["off_px"][0]), float(one["off_px"][1])),
                int(one["passes"]),
                (one["luma"], one["known"]),
            )
            for one in state
        ]


def _comparable(now: Sight, then: Sight) -> bool:
    scale = now.metres_px / then.metres_px
    return now.apart_deg(then) <= _ASIDE_DEG and 1 / _SCALE <= scale <= _SCALE
