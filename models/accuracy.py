"""When a faster precision may be used: what it loses against float32 on pictures, and how much it may lose.

The comparing itself needs a detector, which `models` knows nothing of: whoever has one (`api.cli.precision`) hands over
a `Check`, and the rule and the record are here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Candidate = tuple[str, str]  # provider and precision, by their short names

MOST_LABEL_LOSS = 0.003
# Without labels float32's own detections are the truth, and losing one is not always an error: see decision 7.
MOST_DISAGREEMENT = 0.01
# A single box is 1/N of the figure: below this, one box that flickers would decide.
LEAST_BOXES = 100


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One precision against float32 over the same pictures. AP50 is 0 to 1, each box of the truth counting the same.

    `truth` says what counted as right: labels, or float32's own detections (then `ap50_fp32` is 1 by definition).
    """

    provider: str
    precision: str
    truth: Literal["labels", "agreement"]
    pictures: int
    boxes: int
    ap50_fp32: float
    ap50: float
    source: str

    @property
    def loss(self) -> float:
        return round(self.ap50_fp32 - self.ap50, 4)

    @property
    def limit(self) -> float:
        return MOST_LABEL_LOSS if self.truth == "labels" else MOST_DISAGREEMENT

    @property
    def kept(self) -> bool:
        """Whether the precision may be used."""
        return self.boxes >= LEAST_BOXES and self.loss <= self.limit

    @property
    def verdict(self) -> str:
        """A sentence for a person: the figures and what follows from them."""
        against = "labels" if self.truth == "labels" else "float32's own detections, without labels"
        figures = (
            f"AP50 {self.ap50:.4f}, float32 {self.ap50_fp32:.4f}: loses {max(self.loss, 0.0):.4f} of {self.limit} "
            f"allowed (against {against}: {self.boxes} boxes in {self.pictures} pictures of {self.source})"
        )
        if self.boxes < LEAST_BOXES:
            return f"{figures}; not used: at least {LEAST_BOXES} boxes are needed to judge"
        return f"{figures}; {'may be used' if self.kept else 'not used'}"


Check = Callable[[Candidate, Sequence[Candidate]], Sequence[Accuracy]]
"""Compares candidates (second argument) with a float32 one (first) over one pass of the same pictures."""
