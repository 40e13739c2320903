"""A car that parks at one spot, in pictures and boxes; whatever happens to the picture is a function laid over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np

from models.spec import VEHICLES, ObjectClass
from tests.vision.builders import WH, boxes
from tests.vision.street import Street
from vision.hazards.at_rest import AtRest
from vision.hazards.rules import Observation
from vision.hazards.terms import Terms
from vision.types import Change, Detections, Hazard, HazardKind, Picture
from vision.zones import Zone

SPOT = (200.0, 150.0, 300.0, 220.0)
DWELL_S, CLEAR_S = 60.0, 3.0
LEFT = Zone(((0, 0), (0.6, 0), (0.6, 1), (0, 1)))
Over = Callable[[Picture, float], Picture]

STREET = Street(seed=3)
_GRAINS = np.random.default_rng(5).normal(0, 2, (6, *WH[::-1])).round().astype(np.int16)


def car(picture: Picture, box: tuple[float, float, float, float] = SPOT, seed: int = 1, level: int = 120) -> Picture:
    """A copy of a luma picture with a car on it: a body of one level with windows, wheels and dents by seed."""
    x1, y1, x2, y2 = (round(v) for v in box)
    random = np.random.default_rng(seed)
    w, h = x2 - x1, y2 - y1
    body = np.full((h, w), level, np.uint8)
    for _ in range(14):
        x, y = int(random.integers(0, w)), int(random.integers(0, h))
        size = int(random.integers(6, max(7, w // 3))), int(random.integers(4, max(5, h // 3)))
        cv2.rectangle(body, (x, y), (x + size[0], y + size[1]), int(random.integers(20, 235)), -1)
    copy = picture.copy()
    copy[y1:y2, x1:x2] = body
    return copy


def rule(terms: Terms | None = None, dwell_s: float = DWELL_S) -> AtRest:
    return AtRest(HazardKind.ILLEGAL_PARKING, "kerb", LEFT, VEHICLES, dwell_s, CLEAR_S, terms)


class Trial:
    """Looks of one rule. `bare` is the empty street; `see` takes in a luma picture and the boxes found in it."""

    def __init__(self, terms: Terms | None = None, dwell_s: float = DWELL_S, source_wh: tuple[int, int] = WH) -> None:
        self.rule, self.found = rule(terms, dwell_s), list[Hazard]()
        self.bare = STREET.bare(cars=0)
        self.source_wh = source_wh
        self._looks = 0

    def see(self, at_s: float, picture: Picture, detections: Detections) -> list[Hazard]:
        self._looks += 1
        noisy = np.clip(picture + _GRAINS[self._looks % len(_GRAINS)], 0, 255).astype(np.uint8)
        new = self.rule.update(Observation(at_s, self.source_wh, noisy, detections))
        self.found += new
        return new

    def run(
        self,
        looks: Iterable[float],
        seed: int | None = 1,
        over: Over | None = None,
        box: tuple[float, float, float, float] = SPOT,
        boxed: bool | None = None,
        level: int = 120,
    ) -> list[Hazard]:
        """With the car of that seed on the spot, or nothing; `over` changes the picture; `boxed` says whether it is
        found, which it is when it is there."""
        found: list[Hazard] = []
        for at_s in looks:
            picture = self.bare if seed is None else car(self.bare, box, seed, level)
            seen = boxes(jittered(box, at_s)) if (seed is not None if boxed is None else boxed) else Detections.empty()
            found += self.see(at_s, picture if over is None else over(picture, at_s), seen)
        return found

    @property
    def changes(self) -> list[Change]:
        return [hazard.change for hazard in self.found]


def jittered(box: tuple[float, float, float, float], at_s: float) -> tuple[float, float, float, float]:
    """As a detector's box is, from look to look."""
    x, y = 3 * np.sin(7 * at_s), 2 * np.cos(11 * at_s)
    return box[0] + x, box[1] + y, box[2] + x, box[3] - y


def person(box: tuple[float, float, float, float]) -> Detections:
    return boxes(box, kind=ObjectClass.PERSON)
