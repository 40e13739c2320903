"""Edges of a picture, and whether two pictures have the same ones at a place, whatever light falls on them.

Light, shadow and exposure scale the slopes of a picture and leave their pattern; what stands in the way replaces it.
So two places are compared by the correlation of their slopes within a few pixels, and brightness itself is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

NEAR_PX = 7  # of a window, within which slopes are compared
LEAST = 250.0  # squared slopes, of a step of about 9 grey levels; sensor noise by day leaves under 10
_ALIKE = 0.6  # correlation from which slopes are the same

Mask = NDArray[np.bool_]


@dataclass
class Structure:
    """`luma`, and its slopes `across` and `down`, float32 (h, w) each, 8 times grey levels a pixel."""

    luma: Floats
    across: Floats
    down: Floats

    @classmethod
    def of(cls, picture: Picture | Floats) -> Structure:
        luma = np.asarray(picture, np.float32)
        across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)
        return cls(luma, cast(Floats, across), cast(Floats, down))

    @cached_property
    def energy(self) -> Floats:
        """Mean squared slope near each pixel."""
        return self.shared(self)

    def part(self, rows: slice, columns: slice) -> Structure:
        """A rectangle of it, as its own copy."""
        cut = (rows, columns)
        return Structure(self.luma[cut].copy(), self.across[cut].copy(), self.down[cut].copy())

    def blend(self, other: Structure, share: float, where: Mask) -> None:
        """Take on so much of another one of the same size."""
        mask = where.view(np.uint8)
        cv2.accumulateWeighted(other.luma, self.luma, share, mask)
        cv2.accumulateWeighted(other.across, self.across, share, mask)
        cv2.accumulateWeighted(other.down, self.down, share, mask)
        self.__dict__.pop("energy", None)

    def shared(self, other: Structure) -> Floats:
        """Mean product of both slopes near each pixel."""
        products = cv2.add(cv2.multiply(self.across, other.across), cv2.multiply(self.down, other.down))
        return near(cast(Floats, products))


def likeness(one: Structure, other: Structure, where: Mask) -> float:
    """Correlation, -1 to 1, of all slopes of two pictures at some pixels; 1 where there are none to speak of."""
    within = where.view(np.uint8)
    both = [cv2.mean(cv2.multiply(a, b), within)[0] for a, b in ((one.across, other.across), (one.down, other.down))]
    here = [cv2.mean(cv2.multiply(a, a), within)[0] for a in (one.across, one.down)]
    there = [cv2.mean(cv2.multiply(a, a), within)[0] for a in (other.across, other.down)]
    whole = sum(here) * sum(there)
    return float(sum(both) / whole**0.5) if whole > LEAST else 1.0


def near(values: Floats) -> Floats:
    return cast(Floats, cv2.blur(values, (NEAR_PX, NEAR_PX)))


def differs(one: Structure, other: Structure, floor: Floats, shared: Floats | None = None) -> Mask:
    """Where two pictures of one size have other edges, bool (h, w). `floor` is the energy under which there are none:
    of noise."""
    together = one.shared(other) if shared is None else shared
    least = cv2.multiply(one.energy, other.energy, scale=_ALIKE * _ALIKE)
    # Signed squares: slopes the other way round are no less apart than none.
    apart = cv2.compare(cv2.multiply(together, np.abs(together)), least, cv2.CMP_LT)
    has_edges = cv2.compare(cv2.max(one.energy, other.energy), floor, cv2.CMP_GT)
    return cv2.bitwise_and(apart, has_edges) > 0
