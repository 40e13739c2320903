"""A plot: what happens in front of one camera, drawn up by a seed, and the truth of it; what all kinds share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from streams.accuracy import overlay
from streams.accuracy.material import Box, Stand, common
from streams.accuracy.overlay import Overlay, Random
from streams.accuracy.places import is_a_vehicle, place_for, vehicle_cuts
from streams.accuracy.stage import Actor, Stage, visible_after_s
from streams.accuracy.street import Patch, Street
from streams.errors import SourceUnusable
from vision.boxes import intersection
from vision.detect import Detector
from vision.types import Floats, HazardKind

Polygon = tuple[tuple[float, float], ...]
_DRIVES_S = 1.5  # a vehicle comes from beside its place within so long
_PLACES = 25


@dataclass(slots=True)
class Plot:
    """One seed's. Times are seconds from the material's beginning; `hidden` are spans in which nothing can be seen of
    what stands at the place, `passing` those in which something drives past before it."""

    rng: Random
    street: Street
    referee: Detector
    dwell_s: float
    kind: HazardKind
    tags: list[str] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    front: list[Actor] = field(default_factory=list)
    overlays: list[Overlay] = field(default_factory=list)
    truth: list[Stand] = field(default_factory=list)
    hidden: list[tuple[float, float]] = field(default_factory=list)
    passing: list[tuple[float, float]] = field(default_factory=list)
    gaps: list[tuple[float, float]] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    resized_s: float = math.inf
    resized: float = 1.0
    polygon: Polygon = ()
    length_s: float = 120.0

    def relative(self, box: Floats) -> Box:
        wide, high = self.street.size_wh
        return float(box[0]) / wide, float(box[1]) / high, float(box[2]) / wide, float(box[3]) / high

    def vehicle(self, near: Floats | None = None, taken: Floats | None = None) -> tuple[Patch, Floats]:
        """A vehicle and a place for it, or, where `near` is given, another one that is about as large, there. Raises
        `SourceUnusable` where the street has neither."""
        cuts = vehicle_cuts(self.street)
        none = np.zeros((0, 4), np.float32)
        for _ in range(_PLACES if cuts else 0):
            cut = cuts[int(self.rng.integers(len(cuts)))]
            patch, home = self.street.patch(cut), self.street.box_of(cut)
            if near is None:
                others = none if taken is None else taken
                box = place_for(self.street, self.rng, patch.wh, float(home[3]), others, by_road=True)
            else:
                patch = patch.scaled(float(near[3] - near[1]) / patch.wh[1] * self.rng.uniform(0.9, 1.1))
                box = at_foot(patch, float(near[0] + near[2]) / 2 + self.rng.uniform(-4, 4), float(near[3]))
                whole = box[0] >= 0 and box[2] <= self.street.size_wh[0] and box[1] >= 0
                box = box if whole else None
            if box is not None and cut.alone and is_a_vehicle(self.street, patch, box, self.referee):
                return patch, box
        raise SourceUnusable(f"{self.street.name}: no place for a vehicle that could be told for one")

    def stands(self, patch: Patch, box: Floats, from_s: float, until_s: float, *, drives: bool = True) -> Actor:
        """It comes from beside its place, stands there from `from_s` until `until_s`, and drives off."""
        x, y = float(box[0] + box[2]) / 2, float(box[3])
        if not drives:
            return Actor(patch, ((from_s, x, y), (until_s, x, y)))
        aside = patch.wh[0] * self.rng.choice([-1.6, 1.6])
        beside = x + aside, y + 0.1 * patch.wh[1]
        path = ((from_s - _DRIVES_S, *beside), (from_s, x, y), (until_s, x, y), (until_s + _DRIVES_S, *beside))
        return Actor(patch, path)

    def covers(self, actor: Actor, box: Floats, at_s: float) -> bool:
        """Whether it hides a good part of the box at that time."""
        there = actor.box(at_s, self.street.size_wh)
        return there is not None and common(there, self.relative(box)) >= 0.2

    def due(self, zone: str, box: Floats, from_s: float, until_s: float) -> Stand:
        """The truth of something that stands there; what hides it does not count towards its dwell, and what passes
        just when it is due puts that off until it has passed."""
        due_s = visible_after_s(from_s, self.dwell_s, [*self.hidden, *self.gaps])
        for begins, ends in sorted(self.passing):
            due_s = ends if begins <= due_s < ends else due_s
        return Stand(self.kind, zone, from_s, until_s, from_s + self.dwell_s, due_s, self.relative(box))

    def zone_around(self, box: Floats, *, spread: tuple[float, float] = (0.15, 0.6), below: float = 0.15) -> None:
        """The zone to watch: the place and some of what is around it, without what stands in the clip."""
        wide, high = float(box[2] - box[0]), float(box[3] - box[1])
        whole = np.array([0, 0, *self.street.size_wh], np.float32)
        for reach in (self.rng.uniform(*spread), spread[0], 0.05):
            zone = box + np.array([-reach * wide, -0.1 * high, reach * wide, below * high], np.float32)
            zone = np.concatenate([np.maximum(zone[:2], 0), np.minimum(zone[2:], whole[2:])]).astype(np.float32)
            if not intersection(zone[None], self.street.standing).any():
                break
        x1, y1, x2, y2 = (round(v, 5) for v in self.relative(zone))
        self.polygon = (x1, y1), (x2, y1), (x2, y2), (x1, y2)

    def weather(self, names: Sequence[str], from_s: float) -> None:
        """Lay these over the picture, in the order in which a camera would meet them."""
        for name in ("shadow", "light", "headlights", "rain", "infra_red", "shake"):
            if name in names:
                self.overlays.append(_WEATHER[name](self, from_s))
                self.tags.append(name)

    def finished(self) -> Stage:
        return Stage(
            self.street,
            (*self.actors, *self.front),
            (*self.overlays, overlay.sensor(self.rng)),
            speed=float(self.rng.uniform(0.9, 1.1)),
            offset_s=float(self.rng.uniform(0, 20)),
            resized_s=self.resized_s,
            resized=self.resized,
        )


def _infra_red(plot: Plot, from_s: float) -> Overlay:
    begins = from_s + plot.rng.uniform(-5, 30)
    ends = begins + plot.rng.uniform(20, 40) if plot.rng.uniform() < 0.3 else math.inf
    return overlay.infra_red(plot.rng, begins, ends)


_WEATHER: dict[str, Callable[[Plot, float], Overlay]] = {
    "light": lambda plot, _: overlay.light(plot.rng, plot.length_s + 120),
    "headlights": lambda plot, _: overlay.lamps(plot.rng, plot.length_s + 120),
    "shadow": lambda plot, from_s: overlay.shadow(plot.rng, from_s + plot.rng.uniform(-10, 30), 60.0),
    "rain": lambda plot, from_s: overlay.rain(plot.rng, from_s + plot.rng.uniform(-20, 20)),
    "shake": lambda plot, _: overlay.shake(plot.rng),
    "infra_red": _infra_red,
}
WEATHER = tuple(_WEATHER)


def at_foot(patch: Patch, x: float, y: float) -> Floats:
    """The box of a thing whose foot is there, px."""
    return np.array([x - patch.wh[0] / 2, y - patch.wh[1], x + patch.wh[0] / 2, y], np.float32)
