"""A zone's ground as looks show it: each tile laid over how it looked before, and those left out that went astray."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from streams.aerial.comparison import Compared, compared, moved
from streams.aerial.ground_memory import GroundMemory, View
from streams.aerial.patches import Look
from streams.aerial.tiles import Tile, straightened, tiles_of
from vision.static.structure import Mask
from vision.types import Picture

_EVERY_S = 0.9  # a tile takes 12 ms, and nothing lies down in less
_FLATTEST_DEG = 25.0  # below that a heap hides more ground than it covers, and kerbs hide the lane
_AGREE_PX = 8.0  # between tiles of one look, of which telemetry is off by the same


class Shown(NamedTuple):
    """A tile that a look shows, and the view with which it was compared: `laid` where the view is."""

    tile: Tile
    memory: GroundMemory
    view: View
    laid: Compared

    @property
    def found(self) -> Compared:
        """The same where it is on the ground, by all passes."""
        laid, by_px = self.laid, self.view.off_px
        come, gone = (tuple(moved(patch, by_px) for patch in patches) for patches in (laid.come, laid.gone))
        return replace(laid, both=moved(laid.both, by_px), other=moved(laid.other, by_px), come=come, gone=gone)

    @property
    def lean_px(self) -> tuple[float, float]:
        """By how much telemetry puts this look elsewhere than where the tile is by all passes."""
        return self.laid.off_px[0] - self.view.off_px[0], self.laid.off_px[1] - self.view.off_px[1]

    def learn(self, kept_out: Mask, anew: Mask) -> None:
        """Where things lie is no ground; what is to be learnt `anew` is. Both where they are on the ground."""
        x, y = self.view.off_px
        self.memory.learn(self.view, self.laid, moved(kept_out, (-x, -y)), moved(anew, (-x, -y)))


class Ground:
    """Of one zone. Raises `ValueError` where that is larger than is watched in time."""

    def __init__(self, corners: tuple[tuple[float, float], ...]) -> None:
        self.tiles = tiles_of(corners)
        self._memories = [GroundMemory() for _ in self.tiles]
        self._looked_s = [-math.inf] * len(self.tiles)

    def shown(self, look: Look, hidden: Picture, taken: Callable[[Tile], Mask]) -> list[Shown]:
        """The tiles of which a look tells. `hidden` uint8, as large as the look's luma, is above 0 over what others
        judge; `taken` are the px of a tile on which things lie, for a side that is seen for the first time."""
        at_s = look.frame.captured_at.timestamp()
        each = [self._tile(n, look, hidden, taken, at_s) for n in range(len(self.tiles))]
        found = _agreeing([one for one in each if one is not None])
        for one in found:
            one.memory.recognised(one.view, one.laid.off_px, at_s)
        return found

    def state(self) -> list[Any]:
        return [memory.state() for memory in self._memories]

    def restore(self, state: list[list[Mapping[str, Any]]]) -> None:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no such state."""
        for memory, one in zip(self._memories, state, strict=True):
            memory.restore(one)

    def _tile(self, n: int, look: Look, hidden: Picture, taken: Callable[[Tile], Mask], at_s: float) -> Shown | None:
        """None where there is nothing yet to compare it with, or the ground is not recognised."""
        tile, memory = self.tiles[n], self._memories[n]
        if 0 <= at_s - self._looked_s[n] < _EVERY_S:
            return None
        sight = look.sight(tile.lon, tile.lat, 0.0)
        if sight.down_deg < _FLATTEST_DEG:
            return None
        straight = straightened(tile, look, hidden)
        if straight is None:
            return None
        self._looked_s[n] = at_s
        view = memory.nearest(sight, at_s)
        if view is None:
            memory.begin(sight, straight, taken(tile), at_s)
            return None
        laid = compared(view.luma, view.known, straight)
        return None if laid is None else Shown(tile, memory, view, laid)


def _agreeing(shown: list[Shown]) -> list[Shown]:
    """Along a kerb one stretch is as good as the next: a tile that was laid otherwise than the others went astray. Of
    two that disagree neither is believed."""
    leans = np.array([one.lean_px for one in shown]).reshape(-1, 2)
    if len(shown) < 2:
        return shown
    near = np.linalg.norm(leans[:, None] - leans[None], axis=2) <= _AGREE_PX
    best = near[near.sum(axis=1).argmax()]
    return [one for one, ok in zip(shown, best, strict=True) if ok] if best.sum() > len(shown) / 2 else []
