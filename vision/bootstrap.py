"""Is one detector better than another, or were the pictures kind to it: a paired bootstrap over pictures.

Efron 1979: pictures are drawn with replacement, both detectors are judged on the same draw, and the spread of the
differences over many draws says how certain the difference is. Pictures, not boxes: boxes of one picture go together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.average_precision import judge
from vision.types import Detections, Floats, Ints

Labels = tuple[Ints, Floats]
Counts = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Difference:
    """`ours` and `theirs` on all pictures; of the draws, the middle 95 % of `ours - theirs` and the share above 0."""

    ours: float
    theirs: float
    low: float
    high: float
    certainty: float
    boxes: int

    @property
    def gain(self) -> float:
        return self.ours - self.theirs


@dataclass(frozen=True, slots=True)
class _Ranked:
    """One detector's finds of one class over all pictures, most confident first."""

    picture: Counts
    hit: Values
    labelled: Counts  # per picture

    def average_precision(self, times: Counts) -> float | None:
        """AP where each picture counts `times` (P,) times; None where nothing of the class is labelled in them."""
        total = float(times @ self.labelled)
        if total == 0:
            return None
        weight = times[self.picture]
        hits = np.cumsum(weight * self.hit)
        found = np.cumsum(weight)
        precision = np.divide(hits, found, out=np.zeros_like(hits), where=found > 0)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float(np.sum(np.diff(hits, prepend=0.0) / total * envelope))


def paired_bootstrap(
    ours: Sequence[Detections],
    theirs: Sequence[Detections],
    labels: Sequence[Labels],
    class_ids: Sequence[int],
    *,
    draws: int = 2000,
    seed: int = 0,
    iou_limit: float = 0.5,
) -> tuple[Difference, dict[int, Difference]]:
    """The difference of mean AP50 over the labelled classes, and by class. All three sequences are by picture.

    Raises:
        ValueError: no picture, or nothing labelled: then there is nothing to compare on.
    """
    ranked = {
        which: (_ranked(ours, labels, which, iou_limit), _ranked(theirs, labels, which, iou_limit))
        for which in class_ids
        if any((ids == which).any() for ids, _ in labels)
    }
    if not ranked:
        raise ValueError("nothing is labelled in these pictures: there is nothing to compare on")
    rng = np.random.default_rng(seed)
    count = len(labels)
    by_class = {which: np.full((draws, 2), np.nan) for which in ranked}
    for draw in range(draws):
        times = np.bincount(rng.integers(count, size=count), minlength=count)
        for which, pair in ranked.items():
            by_class[which][draw] = [np.nan if (ap := one.average_precision(times)) is None else ap for one in pair]
    once = np.ones(count, np.int64)
    whole = {which: [one.average_precision(once) or 0.0 for one in pair] for which, pair in ranked.items()}
    boxes = {which: int(pair[0].labelled.sum()) for which, pair in ranked.items()}
    spread = _mean_of_known(np.stack(list(by_class.values())))
    mean = np.mean(list(whole.values()), axis=0)
    overall = _difference(spread, float(mean[0]), float(mean[1]), sum(boxes.values()))
    return overall, {
        which: _difference(by_class[which], whole[which][0], whole[which][1], boxes[which]) for which in ranked
    }


def _mean_of_known(drawn: Values) -> Values:
    """Means over the classes (C, draws, 2): a class that a draw left out does not count in that draw's mean."""
    known = ~np.isnan(drawn)
    count = known.sum(axis=0)
    total = np.where(known, drawn, 0.0).sum(axis=0)
    mean: Values = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean


def _difference(drawn: Values, ours: float, theirs: float, boxes: int) -> Difference:
    gains = drawn[:, 0] - drawn[:, 1]
    gains = gains[~np.isnan(gains)]
    low, high = np.quantile(gains, [0.025, 0.975]) if len(gains) else (0.0, 0.0)
    above = float(np.mean(gains > 0)) if len(gains) else 0.0
    return Difference(ours, theirs, float(low), float(high), above, boxes)


def _ranked(found: Sequence[Detections], labels: Sequence[Labels], class_id: int, iou_limit: float) -> _Ranked:
    per_picture = [judge([one], [truth], class_id, iou_limit) for one, truth in zip(found, labels, strict=True)]
    confidence = np.concatenate([one.confidence for one in per_picture])
    hit = np.concatenate([one.hit for one in per_picture]).astype(np.float64)
    picture = np.repeat(np.arange(len(per_picture)), [len(one.hit) for one in per_picture])
    order = np.argsort(-confidence, kind="stable")
    return _Ranked(picture[order], hit[order], np.array([one.labelled for one in per_picture], np.int64))
