"""Edges of a picture, and whether two pictures have the same ones at a place, whatever light falls on them.

Light, shadow and exposure scale the slopes of a picture and leave their pattern; what stands in the way replaces it.
So two places are compared by the correlation of their slopes within a few pixels, and brightness itself is not asked.
Slopes are those of brightness and, where the camera shows any, of both colour differences: a red box on asphalt that is
just as bright has no other.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """`planes`: brightness, or brightness, Cb and Cr; and the slopes of each, `across` and `down`, all float32 (h, w),
    slopes 8 times grey levels a pixel."""

    planes: tuple[Floats, ...]
    across: tuple[Floats, ...]
    down: tuple[Floats, ...]

    @classmethod
    def of(cls, picture: Picture | Floats) -> Structure:
        """Of brightness, (h, w), or of brightness, Cb and Cr, (h, w, 3)."""
        planes = cv2.split(np.asarray(picture, np.float32))
        across = [cv2.Sobel(plane, cv2.CV_32F, 1, 0) for plane in planes]
        down = [cv2.Sobel(plane, cv2.CV_32F, 0, 1) for plane in planes]
        return cls(_floats(planes), _floats(across), _floats(down))

    @property
    def luma(self) -> Floats:
        return self.planes[0]

    @property
    def has_colours(self) -> bool:
        return len(self.planes) > 1

    @property
    def picture(self) -> Floats:
        """As `of` took it."""
        return cast(Floats, cv2.merge(self.planes)) if self.has_colours else self.luma

    @cached_property
    def energy(self) -> Floats:
        """Mean squared slope near each pixel."""
        return self.shared(self)

    def part(self, rows: slice, columns: slice) -> Structure:
        """A rectangle of it, as its own copy."""
        cut = (rows, columns)
        return Structure(*(tuple(one[cut].copy() for one in some) for some in (self.planes, self.across, self.down)))

    def blend(self, other: Structure, share: float, where: Mask) -> None:
        """Take on so much of another one of the same size."""
        mask = where.view(np.uint8)
        for mine, theirs in ((self.planes, other.planes), (self.across, other.across), (self.down, other.down)):
            for one, new in zip(mine, theirs, strict=True):
                cv2.accumulateWeighted(new, one, share, mask)
        self.__dict__.pop("energy", None)

    def shared(self, other: Structure) -> Floats:
        """Mean product of both slopes near each pixel."""
        products = np.zeros(self.luma.shape, np.float32)
        for mine, theirs in ((self.across, other.across), (self.down, other.down)):
            for one, new in zip(mine, theirs, strict=True):
                cv2.accumulateProduct(one, new, products)
        return near(products)

    def in_colours_of(self, other: Structure) -> Structure:
        """Itself where both have colours or neither has; else without its own, or with those of the other, of the same
        size: what was stored before colours were looked at has none."""
        if self.has_colours == other.has_colours:
            return self
        return Structure(
            *(
                (mine[0], *(one.copy() for one in theirs[1:]))
                for mine, theirs in ((self.planes, other.planes), (self.across, other.across), (self.down, other.down))
            )
        )


def likeness(one: Structure, other: Structure, where: Mask) -> float:
    """Correlation, -1 to 1, of all slopes of two pictures at some pixels; 1 where there are none to speak of."""
    within = where.view(np.uint8)

    def total(some: Structure, others: Structure) -> float:
        pairs = (*zip(some.across, others.across, strict=True), *zip(some.down, others.down, strict=True))
        return sum(cv2.mean(cv2.multiply(a, b), within)[0] for a, b in pairs)

    whole = total(one, one) * total(other, other)
    return float(total(one, other) / whole**0.5) if whole > LEAST else 1.0


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


def _floats(planes: Sequence[object]) -> tuple[Floats, ...]:
    return cast(tuple[Floats, ...], tuple(planes))
