"""How far off a gathering's count is in a crowd: of those found one by one, and of the estimate, on composed crowds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streams.accuracy.clips import clip_origin
from streams.accuracy.compose import Say, streets
from streams.accuracy.crowd import DWELL_S, LENGTH_S, Crowd, camera_of, crowd_of
from streams.accuracy.group import has_people
from streams.accuracy.material import Column, common
from streams.accuracy.origin import origins
from streams.accuracy.play import of_pictures
from streams.accuracy.score import Told, told_of
from streams.accuracy.silhouette import walkers
from streams.accuracy.street import Patch, Street
from streams.errors import SourceUnusable
from streams.settings.gathering import GatheringSettings
from streams.settings.ground import GroundSettings
from streams.site import CameraSpec, ZoneSpec
from vision.detect import Detector
from vision.ground_learnt import Learnt
from vision.types import Change, HazardKind

Facts = dict[str, Any]

PEOPLE, RADIUS_M, FEW = 5, 4.0, 10
_LEAST_WALKERS = 12  # cut out of a clip: enough not to be the same few
_ON_IT = 0.3  # share of the smaller of two boxes, the event's and the crowd's, that must be common
_MEASURED = ((0.1, 0.97), (0.9, 0.97), (0.9, 0.35), (0.1, 0.35))  # ground points of the picture, x and y relative
_EIGHT_OF_TEN = (0.1, 0.9)
_BY_DENSITY = ((0.0, 1.5), (1.5, 2.5), (2.5, 6.0))  # people a square metre


@dataclass(frozen=True, slots=True)
class Counted:
    """A crowd, and what the gathering's event said of it; an empty `why` where none was raised."""

    people: int
    per_m2: float
    why: Facts

    @property
    def is_estimated(self) -> bool:
        return "count_about" in self.why

    @property
    def off_by_boxes(self) -> float:
        return self._off("count")

    @property
    def off(self) -> float:
        """By what the event tells: the estimate where it has one."""
        return self._off("count_about" if self.is_estimated else "count")

    def _off(self, figure: str) -> float:
        return abs(float(self.why[figure]) - self.people) / max(1, self.people)

    @property
    def is_within(self) -> bool:
        return bool(self.why["count_low"] <= self.people <= self.why["count_high"])


def score_crowds(
    assets: Path, detector: Detector, referee: Detector, seeds: Sequence[int], say: Say, each: Callable[[Facts], None]
) -> Facts:
    """Raises `SourceUnusable` where no clip shows people enough to compose a crowd of."""
    made = [_cut_out(street) for street in streets(assets, referee, say) if has_people(street)]
    made = [one for one in made if len(one[2]) >= _LEAST_WALKERS]
    if not made:
        raise SourceUnusable(
            f"no clip in {assets} shows {_LEAST_WALKERS} people who can be cut out along their outline"
        )
    counted = []
    for seed in seeds:
        street, camera, people = made[seed % len(made)]
        crowd = crowd_of(seed, street, camera, people)
        one = Counted(crowd.people, crowd.per_m2, _why(crowd, camera, detector))
        counted.append(one)
        facts = {"people": one.people, "per_m2": round(one.per_m2, 2), "away_m": round(crowd.away_m, 1)}
        each({"seed": seed, **facts, **one.why})
    known = origins(assets)
    sources = [(street.name, *clip_origin(known, street.name)) for street, _, _ in made]
    return {
        "column": str(Column.COMPOSED),
        "model": detector.spec.name,
        "planted_by": referee.spec.name,
        "seeds": [min(seeds, default=0), max(seeds, default=0)],
        **summary(counted),
        "material": [{"name": name, "origin": origin, "licence": licence} for name, origin, licence in sources],
    }


def summary(counted: Sequence[Counted]) -> Facts:
    """Figures of crowds of ten and more, by density too, of five to nine, and of fewer, of whom none is a gathering."""
    many = [one for one in counted if one.people >= FEW]
    return {
        f"{FEW} and more": _figures(many),
        **{
            f"{FEW} and more, {low:g} to {high:g} a m²": _figures([one for one in many if low <= one.per_m2 < high])
            for low, high in _BY_DENSITY
        },
        f"{PEOPLE} to {FEW - 1}": _figures([one for one in counted if PEOPLE <= one.people < FEW]),
        f"under {PEOPLE}": _figures([one for one in counted if one.people < PEOPLE]),
        "fitted": fitted(counted),
    }


def fitted(counted: Sequence[Counted]) -> Facts | None:
    """The curve that these would choose, people = fill * filled ** denser, and between what shares of it eight of ten
    are; None of too few."""
    told = [one for one in counted if one.people >= PEOPLE and one.why.get("filled", 0) > 0]
    if len(told) < 10:
        return None
    people, filled = np.log([(one.people, one.why["filled"]) for one in told]).T
    denser, fill = np.polyfit(filled, people, 1)
    low, high = np.exp(np.quantile(people - fill - denser * filled, _EIGHT_OF_TEN))
    chosen = {"fill": np.exp(fill), "denser": denser, "low": low, "high": high}
    return {name: round(float(value), 3) for name, value in chosen.items()}


def _figures(crowds: Sequence[Counted]) -> Facts:
    raised = [one for one in crowds if one.why]
    estimated = [one for one in raised if one.is_estimated]
    return {
        "crowds": len(crowds),
        "raised": len(raised),
        "estimated": len(estimated),
        "off_by_boxes": _mean([one.off_by_boxes for one in raised]),
        "off": _mean([one.off for one in raised]),
        "truth_within": _mean([float(one.is_within) for one in estimated]),
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 3) if values else None


def _cut_out(street: Street) -> tuple[Street, Learnt, list[Patch]]:
    return street, camera_of(street), walkers(street)


def _why(crowd: Crowd, camera: Learnt, detector: Detector) -> Facts:
    """What the first event that is raised says, by the live code; the ground is measured, and the street is seen before
    they come."""
    metres = camera.plane.metres(np.array(_MEASURED) * crowd.stage.street.size_wh)
    points = tuple((x, y, float(east), float(north)) for (x, y), (east, north) in zip(_MEASURED, metres, strict=True))
    zone = ZoneSpec(
        id="square",
        hazards=(HazardKind.GATHERING,),
        polygon=((0, 0), (1, 0), (1, 1), (0, 1)),
        dwell_s=DWELL_S,
        gathering=GatheringSettings(people=PEOPLE, radius_m=RADIUS_M),
    )
    spec = CameraSpec(id=f"crowd-{crowd.seed}", url="memory", ground=GroundSettings(points=points), zone=(zone,))
    for look in of_pictures(crowd.stage.picture, spec, LENGTH_S)(detector, True):
        for event in look.events:
            if event.change is Change.RAISED and _is_on(crowd, told_of(event)):
                return dict(event.why)
    return {}


def _is_on(crowd: Crowd, told: Told) -> bool:
    """Whether it was raised where the crowd is: what else is raised in that street is not asked here."""
    boxes = [actor.box(told.at_s, crowd.stage.street.size_wh) for actor in crowd.stage.actors]
    there = np.array([box for box in boxes if box is not None]).reshape(-1, 4)
    if not len(there):
        return False
    left, top = there[:, :2].min(axis=0)
    right, bottom = there[:, 2:].max(axis=0)
    return common((float(left), float(top), float(right), float(bottom)), told.xyxy) >= _ON_IT
