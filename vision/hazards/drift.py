"""A view that shakes or has been knocked: where the anchors are in this picture, and whether all light changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.appearance import Patches, Smooth, patches, similarities
from vision.hazards.sight import SAME
from vision.registration import changed_share, detail, is_shifted, shift
from vision.types import Floats, Picture

_ALL_CHANGED = 0.7  # share of the picture that is not what it was when the places last were


@dataclass(frozen=True, slots=True)
class Aligned:
    """The picture under the anchors, shifted by `drift_px` (2,), px of the full frame; `alike` (N,) to what is known;
    `all_changed` where the whole picture looks different at once."""

    now: Patches
    alike: Floats
    drift_px: Floats
    all_changed: bool = False


class Drift:
    """One camera's, as one rule needs it: nothing is worked out while the places look as they did."""

    def __init__(self) -> None:
        self._good: Picture | None = None  # the last picture in which they did
        self._good_px: Floats = np.zeros(2, np.float32)
        self.px: Floats = np.zeros(2, np.float32)
        self.at_home = True  # not moved at all

    def align(
        self, smooth: Smooth, anchors: Floats, known: Floats, settled: NDArray[np.bool_], source_wh: tuple[int, int]
    ) -> Aligned:
        """Find places with anchors (N, 4) and details `known` in a picture. `settled`, bool (N,), are those that
        have been there for some looks: when half of them look different, the camera may have moved."""
        luma = smooth.picture
        best = self._tried(smooth, anchors, known, source_wh, self.px)
        if not self._doubtful(best, settled):
            self._good, self._good_px = luma, self.px
            return best
        for drift_px in self._guesses(luma, source_wh):
            other = self._tried(smooth, anchors, known, source_wh, drift_px)
            if not self._doubtful(other, settled):
                self.px, self._good, self._good_px = drift_px, luma, drift_px
                self.at_home = not drift_px.any()
                return other
        if self._good is not None and changed_share(detail(self._good), detail(luma)) > _ALL_CHANGED:
            self._good, self._good_px = luma, self.px
            return Aligned(best.now, best.alike, self.px, all_changed=True)
        return best

    def _guesses(self, luma: Picture, source_wh: tuple[int, int]) -> list[Floats]:
        guesses = [] if self.at_home else [np.zeros(2, np.float32)]
        found = None if self._good is None else shift(detail(self._good), detail(luma))
        if self._good is not None and found is not None:
            by_px = np.array([found[0] * source_wh[0], found[1] * source_wh[1]], np.float32)
            # Half a cell of what is compared is no shift: then something else is the matter.
            if np.abs(by_px).max() > source_wh[0] / 640 and is_shifted(self._good, luma, found):
                guesses.append(self._good_px + by_px)
        return guesses

    @staticmethod
    def _doubtful(tried: Aligned, settled: NDArray[np.bool_]) -> bool:
        unlike = np.count_nonzero((tried.alike < SAME) & settled)
        return bool(unlike > 0 and 2 * unlike >= np.count_nonzero(settled))

    @staticmethod
    def _tried(smooth: Smooth, anchors: Floats, known: Floats, source_wh: tuple[int, int], drift_px: Floats) -> Aligned:
        now = patches(smooth, anchors + np.tile(drift_px, 2) if drift_px.any() else anchors, source_wh)
        return Aligned(now, similarities(known, now.detail), drift_px)
