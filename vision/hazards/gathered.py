"""A place where people have gathered, look by look. Of the people it knows how many there were, and no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vision.types import Floats

_BETWEEN_LOOKS_S = 5.0  # what two looks vouch for at most: longer apart, the time between was not observed
_GROWTH_S = 60.0  # how far back growth looks
_CHANGED_S = 10.0  # and how long counts must span before it is told


@dataclass(slots=True)
class Gathered:
    """`centre` (2,) is its middle, px of the full frame, and `xyxy` float32 (4,) what it takes up of the picture.

    `began_s` is when the last of the people that make it a gathering came; `seen_s` the last look that could see the
    place; `short_since_s` is set while too few are there. `unknown_s` is time since `began_s` that no look vouches for.
    `looks` counts the looks since then and `full` those of them in which enough people were there.
    `found` of the people the last look found; the others it may have missed. `counts` are (time, people) of the last
    minute.
    """

    slot: int
    centre: tuple[float, float]
    xyxy: Floats
    began_s: float
    seen_s: float
    count: int
    confidence: float
    raised: bool = False
    most: int = 0
    found: int = 0
    looks: int = 0
    full: int = 0
    unknown_s: float = 0.0
    short_since_s: float | None = None
    short_looks: int = 0
    counts: list[tuple[float, int]] = field(default_factory=list)

    def look(self, count: int, at_s: float, people: int, fewest: int) -> None:
        """A look that saw the place: `people` make a gathering, and one that has begun holds on above `fewest`."""
        self.unknown_s += max(0.0, at_s - self.seen_s - _BETWEEN_LOOKS_S)
        self.seen_s, self.count, self.most = at_s, count, max(self.most, count)
        self.looks += 1
        self.full += count >= people
        short = count <= fewest if self.raised else count < people
        self.short_looks = self.short_looks + 1 if short else 0
        if not short:
            self.short_since_s = None
        elif self.short_since_s is None:
            self.short_since_s = at_s
        self.counts = [(t, n) for t, n in self.counts if at_s - t <= _GROWTH_S] + [(at_s, count)]

    def short_s(self, at_s: float) -> float:
        """For how long too few have been there, s."""
        return 0.0 if self.short_since_s is None else at_s - self.short_since_s

    @property
    def growth_per_min(self) -> float | None:
        """People more each minute over the last one, by least squares; None before that can be told."""
        if len(self.counts) < 3 or self.counts[-1][0] - self.counts[0][0] < _CHANGED_S:
            return None
        t, n = np.array(self.counts).T
        t = t - t.mean()
        return float(60 * (t * (n - n.mean())).sum() / (t * t).sum())

    def shift_clock(self, by_s: float) -> None:
        self.began_s, self.seen_s = self.began_s + by_s, self.seen_s + by_s
        self.short_since_s = None if self.short_since_s is None else self.short_since_s + by_s
        self.counts = [(t + by_s, n) for t, n in self.counts]

    def scale(self, across: float, down: float) -> None:
        self.centre = self.centre[0] * across, self.centre[1] * down
        self.xyxy = self.xyxy * np.array([across, down, across, down], np.float32)

    def to_json(self) -> dict[str, Any]:
        return {
            "slot": self.slot,
            "centre": list(self.centre),
            "xyxy": [float(v) for v in self.xyxy],
            "began_s": self.began_s,
            "seen_s": self.seen_s,
            "count": self.count,
            "confidence": self.confidence,
            "raised": self.raised,
            "most": self.most,
            "looks": self.looks,
            "full": self.full,
            "unknown_s": self.unknown_s,
            "short_since_s": self.short_since_s,
            "short_looks": self.short_looks,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Gathered:
        known = dict(values)
        x, y = known.pop("centre")
        box = np.array(known.pop("xyxy"), np.float32)
        if box.shape != (4,):
            raise ValueError(f"xyxy must be (4,), got {box.shape}")
        return cls(centre=(float(x), float(y)), xyxy=box, **known)
