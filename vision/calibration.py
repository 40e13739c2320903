"""Confidences that mean the same whatever weights they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from models.spec import ObjectClass
from vision.types import Floats, Ints

_LEAST = 1e-6  # from 0 and 1, where a logit ends


class Calibration:
    """Platt's scaling (1999) by class: sigmoid(a * logit(said) + b). `by_label` holds a and b of those classes whose
    confidences do not mean what other weights' do, by their labels; a is above 0, so that no order changes."""

    def __init__(self, by_label: Mapping[str, tuple[float, float]]) -> None:
        figures = [by_label.get(one.label, (1.0, 0.0)) for one in ObjectClass]
        self._slope, self._shift = (np.array(column, np.float32) for column in zip(*figures, strict=True))

    def meant(self, said: Floats, class_id: Ints) -> Floats:
        """What confidences (N,) of the network mean, of classes (N,)."""
        within = np.clip(said, _LEAST, 1 - _LEAST)
        logit = self._slope[class_id] * np.log(within / (1 - within)) + self._shift[class_id]
        return np.asarray(1 / (1 + np.exp(-logit)), np.float32)

    def said(self, meant: float) -> float:
        """The lowest of what the network may say, of any class, that means so much or more."""
        if not 0 < meant < 1:
            return meant
        logits = (math.log(meant / (1 - meant)) - self._shift) / self._slope
        return float(1 / (1 + math.exp(-float(logits.min()))))
