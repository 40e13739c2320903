"""How many people there are where the detector cannot part them: an estimate, and how far to trust it.

Each person found stands for itself and for those like it that were missed: one in p is found, so each found counts 1/p
(Horvitz and Thompson 1952; in wildlife surveys the same is done for animals behind trees, Steinhorst and Samuel 1989).
How large p is, is measured for given weights on labelled pictures, by how tall a person is for the network and by
whether others stand in the way: `streams.accuracy.sightability`.

It rests on this: that people here are as hard to find as those in the pictures it was measured on, and that of each
kind at least one is found. Where heads merge and nothing at all is found, nothing can be weighted. Measured, it is not
good enough to be told of gatherings (docs/gathering.md), and no table is shipped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.boxes import intersection
from vision.types import Floats

Doubles = NDArray[np.float64]

EDGES_PX = np.array([16.0, 32.0, 64.0, 128.0])  # heights at the network's input
_CROWDED = 0.15  # share of a box that others cover, from which it stands in a crowd
_LEAST_SEEN = 0.08  # a share below this would let one box stand for a whole crowd


@dataclass(frozen=True)
class Sightability:
    """How often a person is found: `alone` and `crowded` float64 (5,), by height at the network's input under 16, 32,
    64 and 128 px and above; `doubt` is one standard deviation of those shares, (2, 5)."""

    alone: Doubles
    crowded: Doubles
    doubt: Doubles

    def shares(self, height_px: Doubles, crowded: NDArray[np.bool_]) -> tuple[Doubles, Doubles]:
        """The share of such persons that are found, and its standard deviation, both (N,)."""
        at = np.searchsorted(EDGES_PX, height_px, side="right")
        share = np.where(crowded, self.crowded[at], self.alone[at])
        return np.maximum(share, _LEAST_SEEN), np.where(crowded, self.doubt[1, at], self.doubt[0, at])


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many people there may be: two of three times between `low` and `high`. `found` is how many were seen."""

    people: float
    low: float
    high: float
    found: int


def estimate(height_px: Doubles, crowded: NDArray[np.bool_], table: Sightability) -> Estimate:
    """From those who were found: their heights at the network's input, px (N,), and whether others cover them."""
    share, doubt = table.shares(height_px, crowded)
    each = 1 / share
    people = float(each.sum())
    # Of chance, who is found and who is not; and of the shares themselves, which err together.
    chance, shares = ((1 - share) / share**2).sum(), (doubt / share**2).sum() ** 2
    error = float(np.sqrt(chance + shares))
    return Estimate(people, max(float(len(share)), people - error), people + error, len(share))


def is_crowded(xyxy: Floats) -> NDArray[np.bool_]:
    """Which boxes (N, 4) others cover in part, or cover others, (N,)."""
    shared = intersection(xyxy, xyxy)
    np.fill_diagonal(shared, 0)
    own = np.maximum((xyxy[:, 2:] - xyxy[:, :2]).prod(axis=1), 1)
    return np.asarray((shared > _CROWDED * own[:, None]).any(axis=1), np.bool_)
