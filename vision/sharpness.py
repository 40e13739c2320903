"""How crisp a picture is, cell by cell, told apart from its noise and its light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scene import CELLS_WH, box_means
from vision.types import Floats, Picture

_TELLING = 1.0  # grey levels of finest detail; a cell with less has nothing to lose
_LEAST_CELLS = 6
_FLATTEST = 8  # cells of the 108 are flatter: what is fine there is noise


@dataclass(frozen=True, slots=True)
class Crispness:
    """`fine` is the finest detail per cell, float32 (9, 12) grey levels with the noise taken off, and `ratio` what it
    is of the coarse edges there. Of a picture of `size` (h, w): sizes are not compared."""

    size: tuple[int, ...]
    fine: Floats
    ratio: Floats


def crispness_of(luma: Picture, strength: Floats) -> Crispness:
    """`strength` (9, 12) is that of the picture's coarse edges: light and contrast change both alike, defocus takes the
    finest detail first."""
    fine = box_means(cast(Picture, cv2.absdiff(luma, cv2.blur(luma, (3, 3)))), CELLS_WH)
    noise = np.partition(fine.ravel(), _FLATTEST)[_FLATTEST]
    fine = np.sqrt(np.maximum(fine * fine - noise * noise, 0))
    return Crispness(luma.shape, fine, (fine + 0.05) / (strength + 0.3))


class Sharpness:
    """The crispness that a scene has in normal times: it rises within minutes and forgets within days, so that a lens
    which fogs up slowly does not become the norm. Of one size of picture: another size begins anew."""

    def __init__(self, kept: Crispness | None = None) -> None:
        self.kept = kept

    def left(self, now: Crispness, among: NDArray[np.bool_]) -> float | None:
        """The share of its crispness that the picture has, by the cells bool (9, 12) in which the scene is seen;
        None where there is nothing to tell it by."""
        if self.kept is None or now.size != self.kept.size:
            return None
        telling = among & (self.kept.fine > _TELLING)
        if int(telling.sum()) < _LEAST_CELLS:
            return None
        return float(np.median(now.ratio[telling] / self.kept.ratio[telling]))

    def learn(self, now: Crispness, among: NDArray[np.bool_], up: float, down: float) -> None:
        kept = self.kept
        if kept is None or now.size != kept.size:
            self.kept = now
        else:
            self.kept = Crispness(
                now.size,
                _followed(kept.fine, now.fine, among, up, down),
                _followed(kept.ratio, now.ratio, among, up, down),
            )


def _followed(kept: Floats, now: Floats, among: NDArray[np.bool_], up: float, down: float) -> Floats:
    by = np.where(now > kept, up, down).astype(np.float32)
    return kept + np.where(among, by * (now - kept), np.float32(0))
