"""How well thin lines were found, whatever their strength: the measure of edge detection, by distance.

A predicted pixel is right within `MAX_DISTANCE` of the picture's diagonal of a true one, and a true pixel is found
within as much of a predicted one (distance transforms; the benchmark of Martin, Fowlkes and Malik 2004 matches one to
one instead, which can only be stricter). ODS: one threshold for all pictures, the best of 99.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_DISTANCE = 0.0075
THRESHOLDS = tuple(round(i / 100, 2) for i in range(1, 100))


@dataclass(frozen=True, slots=True)
class LineScore:
    """Shares from 0 to 1, over all pictures together, at one threshold (0 to 1)."""

    f1: float
    precision: float
    recall: float
    threshold: float


class LineCounts:
    """Counts of pixels over pictures; `add` each, then ask for `at` a threshold or `best`."""

    def __init__(self) -> None:
        self._sums = np.zeros((len(THRESHOLDS), 4), np.int64)  # right, predicted, found, true

    def add(self, strength: NDArray[np.float32], truth: NDArray[np.bool_]) -> None:
        """One picture: `strength` (h, w), 0 to 1, of thinned lines; `truth` (h, w)."""
        if strength.shape != truth.shape:
            raise ValueError(f"strength must have the shape of truth, {truth.shape}, got {strength.shape}")
        reach = MAX_DISTANCE * float(np.hypot(*truth.shape))
        levels = np.floor(strength * 100 + 1e-4).astype(np.int64)
        near_truth = _distance(truth) <= reach
        self._sums[:, 0] += _at_least(levels[near_truth])
        self._sums[:, 1] += _at_least(levels)
        # A true pixel is found as long as the strongest predicted pixel within reach is above the threshold.
        disc = (np.hypot(*np.mgrid[-int(reach) : int(reach) + 1, -int(reach) : int(reach) + 1]) <= reach).astype(
            np.uint8
        )
        strongest = cv2.dilate(np.clip(levels, 0, 100).astype(np.uint8), disc)
        self._sums[:, 2] += _at_least(strongest[truth].astype(np.int64))
        self._sums[:, 3] += int(truth.sum())

    def at(self, threshold: float) -> LineScore:
        return self._score(int(np.argmin([abs(t - threshold) for t in THRESHOLDS])))

    def best(self) -> LineScore:
        """The score at the threshold that is best for all pictures together (ODS)."""
        return max((self._score(i) for i in range(len(THRESHOLDS))), key=lambda s: s.f1)

    def _score(self, index: int) -> LineScore:
        right, predicted, found, true = (int(v) for v in self._sums[index])
        precision, recall = right / max(1, predicted), found / max(1, true)
        f1 = 2 * precision * recall / max(1e-12, precision + recall)
        return LineScore(f1, precision, recall, THRESHOLDS[index])


def score(pairs: Iterable[tuple[NDArray[np.float32], NDArray[np.bool_]]]) -> LineCounts:
    """Counts over (strength, truth) of many pictures."""
    counts = LineCounts()
    for strength, truth in pairs:
        counts.add(strength, truth)
    return counts


def _distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def _at_least(levels: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many values reach each threshold."""
    histogram = np.bincount(np.clip(levels, 0, 100).ravel(), minlength=101)
    return np.cumsum(histogram[::-1])[::-1][1:100]
