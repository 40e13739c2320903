"""What a zone looks like when nothing stands in it, at two rates: as it is now, and as it has been for long.

What is in the quick one and not in the slow one has newly come to rest. The slow one follows the light and never takes
in what differs from it, unless it is told that there is nothing behind the difference.
"""

from __future__ import annotations

import math
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.static.packing import packed, packed_mask, unpacked
from vision.static.structure import LEAST, Mask, Structure, differs
from vision.types import Floats, Picture

_FOLLOW_S = 30.0  # how fast light is followed
_ABSORB_S = 1800.0  # litter, leaves and puddles too small to be anything become part of the ground
_FOLLOW_EVERY_S = 5.0  # learning costs a third of looking
_FLICKER_S = 20.0
_NOISY = 5.0  # times a pixel's own usual flicker, below which there is no edge ...
_MOST = 8.0  # ... but never more than so many times the least edge
_CONFIRMED_ANYWAY_S = 120.0  # what may be a person or a vehicle for so long without moving belongs to the place
_BETWEEN_LOOKS_S = 5.0


class Background:
    """Both pictures of one window. Call `see` once a look.

    A pixel is unknown until two looks running agree on it and nobody was seen there: until then nothing can be new.
    `new` and `still`, bool (h, w): what differs from the slow picture, and what is as it was at the look before.
    `since_s` float64 (h, w): capture time since when each pixel has been still.
    """

    def __init__(self) -> None:
        self.slow: Structure | None = None
        self.now: Structure | None = None
        self.new = self.still = np.zeros((0, 0), np.bool_)
        self.since_s: NDArray[np.float64] = np.zeros((0, 0))
        self.floor: Floats = np.zeros((0, 0), np.float32)
        self.at_s = -math.inf
        self._known = np.zeros((0, 0), np.bool_)
        self._began_s = self._owed_s = 0.0
        self._flicker: Floats = np.zeros((0, 0), np.float32)

    @property
    def is_known(self) -> bool:
        """Whether most of the ground has been seen."""
        return bool(np.count_nonzero(self._known) > 0.9 * self._known.size)

    @property
    def present(self) -> Structure:
        """The picture as it is now. Raises `ValueError` before the first look."""
        if self.now is None:
            raise ValueError("no look has been taken in yet: call see first")
        return self.now

    @property
    def past(self) -> Structure:
        """The picture as it has been for long. Raises `ValueError` before the first look."""
        if self.slow is None:
            raise ValueError("no look has been taken in yet: call see first")
        return self.slow

    def see(self, picture: Picture, at_s: float, doubted: Mask | None) -> None:
        """Take in a look, uint8 (h, w), or with Cb and Cr (h, w, 3). `doubted`: where people or vehicles were last
        seen, which is not ground."""
        now, before = Structure.of(picture), self.now
        if self.slow is not None:
            self.slow = self.slow.in_colours_of(now)
        if before is not None and before.luma.shape == now.luma.shape:
            before = before.in_colours_of(now)
        if self.slow is None:
            self._begin(now, at_s)
        elif not math.isfinite(self._began_s):
            self._began_s = at_s
        if before is None or before.luma.shape != now.luma.shape:
            self.still = np.zeros(now.luma.shape, np.bool_)
            self.since_s = np.full(now.luma.shape, at_s)
        else:
            shared = now.shared(before)
            moved = differs(now, before, self.floor, shared)
            self._learn_flicker(now, before, shared, at_s - self.at_s)
            self.still = ~moved
            self.since_s[moved] = at_s
            self._confirm(now, self.still, doubted, at_s)
        self.new = differs(now, self.past, self.floor) & self._known
        self.now, self.at_s = now, at_s

    def follow(self, elapsed_s: float, kept: Mask) -> None:
        """After a look: learn the light where nothing is new, and what is small and still where nothing is `kept`."""
        self._owed_s += min(elapsed_s, _BETWEEN_LOOKS_S)
        if self._owed_s < _FOLLOW_EVERY_S:
            return
        elapsed_s, self._owed_s = self._owed_s, 0.0
        free = ~kept
        self._blend(free & ~self.new, _share(elapsed_s, _FOLLOW_S))
        litter = free & self.new & self.still
        if litter.any():
            self._blend(litter, _share(elapsed_s, _ABSORB_S))

    def absorb(self, where: Mask) -> None:
        """Here is only ground, and light on it."""
        self._blend(where, 1.0)
        self._known |= where
        self.new = self.new & ~where

    def relit(self) -> None:
        """The whole picture has come into another light, and everything in it is taken as it is now."""
        if self.now is not None:
            self._begin(self.now, self.at_s)
            self._known[:] = True
            self.new = np.zeros_like(self.new)

    def resize(self, size: tuple[int, int]) -> None:
        """Go on with pictures of another size (h, w)."""
        if self.slow is None:
            return
        picture, known = resized(self.slow.picture, size), resized(self._known.astype(np.float32), size) > 0.5
        self._begin(Structure.of(picture), self._began_s)
        self._known = known

    def shift_clock(self, by_s: float) -> None:
        self.since_s += by_s
        self.at_s += by_s
        self._began_s += by_s

    def _begin(self, now: Structure, at_s: float) -> None:
        self.slow = now.part(slice(None), slice(None))
        shape = now.luma.shape
        self.new = self.still = np.zeros(shape, np.bool_)
        self._known = np.zeros(shape, np.bool_)
        self._flicker = np.zeros(shape, np.float32)
        self.floor = np.full(shape, LEAST, np.float32)
        self._began_s = at_s

    def _confirm(self, now: Structure, still: Mask, doubted: Mask | None, at_s: float) -> None:
        unknown = ~self._known
        if self.slow is None or not unknown.any():
            return
        self.slow.blend(now, 1.0, unknown)
        agreed = unknown & still
        if doubted is not None and at_s - self._began_s < _CONFIRMED_ANYWAY_S:
            agreed &= ~doubted
        self._known |= agreed

    def _learn_flicker(self, now: Structure, before: Structure, shared: Floats, elapsed_s: float) -> None:
        moved = now.energy + before.energy - 2 * shared
        by = _share(min(elapsed_s, _BETWEEN_LOOKS_S), _FLICKER_S)
        # What moves more is something that passes, and no flicker to get used to.
        cv2.accumulateWeighted(moved, self._flicker, by, (moved <= 2 * LEAST).view(np.uint8))
        self.floor = np.clip(np.float32(_NOISY) * self._flicker, np.float32(LEAST), np.float32(_MOST * LEAST))

    def _blend(self, where: Mask, share: float) -> None:
        if self.now is None or self.slow is None:
            return
        self.slow.blend(self.now, share, where)

    def state(self) -> dict[str, Any]:
        """A few kB: the slow picture, and which of it is known."""
        if self.slow is None:
            return {}
        return {"picture": packed(self.slow.picture), "known": packed_mask(self._known)}

    def restore(self, state: dict[str, Any]) -> None:
        """Raises `ValueError` or `KeyError` for what is no state."""
        if not state:
            return
        self._begin(Structure.of(unpacked(state["picture"])), -math.inf)
        self._known = unpacked(state["known"]) > 0
        if self._known.shape != self.floor.shape:
            raise ValueError(f"known must be {self.floor.shape}, got {self._known.shape}")


def resized(picture: Floats, size: tuple[int, int]) -> Floats:
    return cast(Floats, cv2.resize(picture, size[::-1], interpolation=cv2.INTER_LINEAR))


def _share(elapsed_s: float, over_s: float) -> float:
    return 1 - math.exp(-max(elapsed_s, 0.0) / over_s)
