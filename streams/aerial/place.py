"""One thing on the ground: where it is, by all passes that saw it, and since when it has been at rest there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from streams.aerial.locator import HALF_HEIGHT_M, Sightings
from streams.aerial.vacancy import Memory

Doubles = NDArray[np.float64]

METRES_PER_DEGREE = 111_320.0
# Persons, what has two wheels, what has more: a van may be called a car now and a truck then.
GROUP = {0: 0, 1: 1, 2: 2, 3: 2, 4: 2}
_MOST_PASSES = 8


@dataclass
class Pass:
    """What one pass says of a place: weights, and the smallest covariance of its looks, as east², both, north²."""

    from_s: float
    weight: float = 0.0
    lon: float = 0.0
    lat: float = 0.0
    covariance: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass
class Place:
    """One thing on the ground. `rest_from_s` and `rest_s` are the first and the last look in which it was at rest,
    `looks` how many such there were; `empty` counts looks since then that saw the place without it. `memories` are
    the views from which it was found, of places that somebody watches."""

    id: int
    passes: list[Pass]
    seen_s: float
    rest_from_s: float = math.nan
    rest_s: float = math.nan
    looks: int = 0
    boxes: int = 0
    empty: int = 0
    empty_from_s: float = math.nan
    kinds: dict[str, int] = field(default_factory=dict)
    confidence: float = 0.0
    xyxy: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    memories: tuple[Memory, ...] = ()

    def __post_init__(self) -> None:
        self._mean: tuple[float, float, Doubles] | None = None

    @property
    def half_height_m(self) -> float:
        return HALF_HEIGHT_M[self.kind]

    @property
    def kind(self) -> ObjectClass:
        """What it was called most often."""
        return ObjectClass(int(max(self.kinds, key=lambda one: self.kinds[one])))

    @property
    def group(self) -> int:
        return GROUP[int(self.kind)]

    def mean(self) -> tuple[float, float, Doubles]:
        """Longitude, latitude and covariance (2, 2), m². Looks of one pass are off alike, so they make it no surer;
        passes do."""
        if self._mean is None:
            self._mean = self._worked_out()
        return self._mean

    def moved(self) -> None:
        """What its passes say has changed."""
        self._mean = None

    def _worked_out(self) -> tuple[float, float, Doubles]:
        information, right = np.zeros((2, 2)), np.zeros(2)
        lon0, lat0 = self.passes[0].lon, self.passes[0].lat
        for one in self.passes:
            east, both, north = one.covariance
            inverse = np.linalg.inv(np.array([[east, both], [both, north]]) + np.eye(2) * 1e-4)
            information += inverse
            right += inverse @ metres(one.lon, one.lat, lon0, lat0)
        covariance: Doubles = np.asarray(np.linalg.inv(information), np.float64)
        off_east, off_north = (covariance @ right).tolist()
        return *degrees(lon0, lat0, off_east, off_north), covariance

    def note(self, seen: Sightings, row: int, pass_from_s: float) -> None:
        """One more look, in which it is that row, in the pass that began then."""
        at_s, found = seen.at_s, seen.detections
        kind = str(int(found.class_id[row]))
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        self.seen_s, self.empty, self.empty_from_s = at_s, 0, math.nan
        self.confidence += (float(found.confidence[row]) - self.confidence) / (self.boxes + 1)
        self.boxes += 1
        self.xyxy = tuple(float(v) for v in found.xyxy[row])  # type: ignore[assignment]
        if seen.at_rest[row] == 1:
            self.looks += 1
            self.rest_s = at_s
            if math.isnan(self.rest_from_s):
                self.rest_from_s = at_s
        self._locate(seen, row, pass_from_s)

    def _locate(self, seen: Sightings, row: int, pass_from_s: float) -> None:
        self.moved()
        now = self.passes[-1]
        lon, lat = float(seen.located.lon[row]), float(seen.located.lat[row])
        covariance = seen.located.covariance_m2[row]
        if now.from_s != pass_from_s:
            now = Pass(pass_from_s, 0.0, lon, lat, three(covariance))
            self.passes = [*self.passes, now][-_MOST_PASSES:]
        weight = 1.0 / float(np.trace(covariance))
        if now.weight <= 0 and len(self.passes) == 1:
            now.weight = weight  # where it was begun, laid over what is known
            return
        total = now.weight + weight
        east, north = metres(lon, lat, now.lon, now.lat)
        now.lon, now.lat = degrees(now.lon, now.lat, east * weight / total, north * weight / total)
        now.weight = total
        if np.trace(covariance) < now.covariance[0] + now.covariance[2]:
            now.covariance = three(covariance)

    def absorb(self, goes: Place) -> None:
        """What another name of the same thing knows, too."""
        known = [at_s for at_s in (self.rest_from_s, goes.rest_from_s) if not math.isnan(at_s)]
        self.rest_from_s = min(known, default=math.nan)
        self.rest_s = max((at_s for at_s in (self.rest_s, goes.rest_s) if not math.isnan(at_s)), default=math.nan)
        self.seen_s, self.empty, self.empty_from_s = max(self.seen_s, goes.seen_s), 0, math.nan
        self.looks, self.boxes = max(self.looks, goes.looks), max(self.boxes, goes.boxes)
        for kind, count in goes.kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + count
        self.memories = self.memories or goes.memories
        if goes.confidence > self.confidence:
            self.confidence = goes.confidence
        passes = {one.from_s: one for one in (*goes.passes, *self.passes)}
        self.passes = [passes[from_s] for from_s in sorted(passes)][-_MOST_PASSES:]
        self.moved()

    def values(self) -> dict[str, Any]:
        """As `dataclasses.asdict`, which copies so deeply that 3,000 places take a second."""
        values = {name: value for name, value in vars(self).items() if name != "_mean"}
        remembered = [one.state() for one in self.memories]
        return {**values, "passes": [vars(one) for one in self.passes], "memories": remembered}

    @classmethod
    def of(cls, values: dict[str, Any]) -> Place:
        """Raises `KeyError`, `TypeError` or `ValueError` for what are no such values."""
        values = {name: value for name, value in values.items() if name != "group"}  # written by earlier versions
        return cls(
            **{
                **values,
                "passes": [Pass(**{**one, "covariance": tuple(one["covariance"])}) for one in values["passes"]],
                "xyxy": tuple(values["xyxy"]),
                "memories": tuple(Memory.of(one) for one in values.get("memories", ())),
            }
        )


def metres(lon: float, lat: float, lon0: float, lat0: float) -> tuple[float, float]:
    """East and north of a near place from another: right to a centimetre within a kilometre."""
    shrunk = math.cos(math.radians((lat + lat0) / 2))
    return (lon - lon0) * shrunk * METRES_PER_DEGREE, (lat - lat0) * METRES_PER_DEGREE


def degrees(lon0: float, lat0: float, east_m: float, north_m: float) -> tuple[float, float]:
    lat = lat0 + north_m / METRES_PER_DEGREE
    return lon0 + east_m / (math.cos(math.radians((lat + lat0) / 2)) * METRES_PER_DEGREE), lat


def three(covariance: Doubles) -> tuple[float, float, float]:
    return float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])
