"""What was seen on the ground, by place: the same car or heap over looks, passes and days is one.

Places of one look are off together, by metres, when a compass or a receiver is off; against each other they are right
to half a metre. So a look is first laid over what is known, as a whole, and only then matched thing by thing: two cars
parked bumper to bumper stay two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from streams.aerial.locator import HALF_HEIGHT_M, Sightings
from streams.aerial.vacancy import Memory

Doubles = NDArray[np.float64]

METRES_PER_DEGREE = 111_320.0
_GROUP = {0: 0, 1: 1, 2: 2, 3: 2, 4: 2}  # a van may be called a car now and a truck then
_NEAR_M = 1.8  # after the look was laid over what is known
_CLUSTER_M = 1.2
_ONE_M = (0.4, 0.5, 1.3)  # by group: the middles of two cars side by side are 2 m apart at least
_GATE = 2.45  # of the common ellipse, where one look's things are too few to lay it over
_PASS_GAP_S = 60.0
_IN_VIEW_M = 400.0
_MOST_PLACES, _MOST_PASSES = 5000, 8
_FORGOTTEN_S = 7 * 86_400.0


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
    group: int
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


class PlaceBook:
    """All places of one camera. `see` once per look in order of time; what is stored with `state` goes on after a
    restart, and in the next flight."""

    def __init__(self) -> None:
        self.places: dict[int, Place] = {}
        self._next = 1
        self._at_s = -math.inf
        self._pass_from_s = -math.inf
        self._shift: Doubles | None = None
        self._rows: NDArray[np.int64] = np.zeros(0, np.int64)  # which place each row of the last look is

    def see(self, seen: Sightings, kept: frozenset[int] = frozenset()) -> NDArray[np.int64]:
        """Take a look in; which place (N,) each row is, -1 for what moves or cannot be placed. Two places that turn out
        to be one become it, but not two of those `kept`, whose names are known outside."""
        if seen.at_s - self._at_s > _PASS_GAP_S:
            self._pass_from_s, self._shift, self._rows = seen.at_s, None, self._rows[:0]
        self._at_s = seen.at_s
        rows = np.full(len(seen), -1, np.int64)
        # Hazards, not people: where a person stood is not kept.
        things = seen.detections.class_id != int(ObjectClass.PERSON)
        usable = np.flatnonzero((seen.located.refused == 0) & seen.whole & (seen.at_rest != 0) & things)
        usable = _once(seen, usable)
        self._match(seen, usable, rows)
        for row in usable:
            if rows[row] < 0:
                rows[row] = self._begin(seen, int(row))
            self._note(self.places[int(rows[row])], seen, int(row))
        self._join(rows, kept)
        self._rows = rows
        return rows

    @property
    def shift_m(self) -> Doubles:
        """East and north by which the last look was laid over what is known."""
        return np.zeros(2) if self._shift is None else self._shift

    def near(self, lon: float, lat: float) -> NDArray[np.int64]:
        """The places so near to a point that one look could hold both."""
        ids = np.array(list(self.places), np.int64)
        at = np.array([place.mean()[:2] for place in self.places.values()], np.float64).reshape(-1, 2)
        shrunk = math.cos(math.radians(lat))
        away = np.hypot((at[:, 0] - lon) * shrunk, at[:, 1] - lat) * METRES_PER_DEGREE
        return ids[away <= _IN_VIEW_M]

    def missed(self, ids: Iterable[int], at_s: float) -> None:
        """Places that this look had in view, without what stood there."""
        for one in ids:
            place = self.places[one]
            if not place.empty:
                place.empty_from_s = at_s
            place.empty += 1

    def there(self, one: int) -> None:
        """The picture shows that what stood there stands there still, though nothing was found."""
        place = self.places[one]
        place.empty, place.empty_from_s = 0, math.nan

    def forget(self, one: int) -> None:
        self.places.pop(one, None)

    def tidy(self, at_s: float, kept: Iterable[int]) -> None:
        """Let go of what was not seen for days, and of the oldest where there are too many, but for those `kept`."""
        stays = set(kept)
        old = sorted((p.seen_s, one) for one, p in self.places.items() if one not in stays)
        many = len(self.places) - _MOST_PLACES
        for number, (seen_s, one) in enumerate(old):
            if number < many or at_s - seen_s > _FORGOTTEN_S:
                self.forget(one)

    def state(self) -> dict[str, Any]:
        return {"next": self._next, "places": [_values(place) for place in self.places.values()]}

    def restore(self, state: dict[str, Any]) -> None:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no such state."""
        made = [
            Place(
                **{
                    **one,
                    "passes": [Pass(**{**p, "covariance": tuple(p["covariance"])}) for p in one["passes"]],
                    "xyxy": tuple(one["xyxy"]),
                    "memories": tuple(Memory.of(m) for m in one.get("memories", ())),
                }
            )
            for one in state["places"]
        ]
        self._next, self.places = int(state["next"]), {place.id: place for place in made}

    def _match(self, seen: Sightings, usable: NDArray[np.intp], rows: NDArray[np.int64]) -> None:
        """Write into `rows` which known place each usable row is."""
        if not len(usable):
            return
        ids = self.near(float(seen.located.lon[usable[0]]), float(seen.located.lat[usable[0]]))
        if not len(ids):
            return
        known = [self.places[int(one)].mean() for one in ids]
        lon0, lat0 = float(seen.located.lon[usable[0]]), float(seen.located.lat[usable[0]])
        there = np.array([metres(lon, lat, lon0, lat0) for lon, lat, _ in known])
        here = np.array([metres(seen.located.lon[r], seen.located.lat[r], lon0, lat0) for r in usable])
        group = np.array([self.places[int(one)].group for one in ids])
        mine = np.array([_GROUP[int(seen.detections.class_id[r])] for r in usable])
        apart = there[None] - here[:, None]  # (rows, places, 2): the shift that would make them one
        together = (
            np.stack([covariance for *_, covariance in known])[None] + seen.located.covariance_m2[usable][:, None]
        )
        inverse = np.linalg.inv(together + np.eye(2) * 0.09)
        far = np.sqrt(np.einsum("rpi,rpij,rpj->rp", apart, inverse, apart))
        far[mine[:, None] != group[None]] = np.inf
        linked = self._linked(seen, usable, ids)
        shift = self._laid_over(apart, far, linked)
        if shift is None:
            left = np.where(far <= _GATE, far, np.inf)
        else:
            self._shift = shift
            left = np.linalg.norm(apart - shift, axis=2)
            left[(left > _NEAR_M) | ~np.isfinite(far)] = np.inf
        for row, column in linked:
            left[row, column] = -1.0
        while left.size and left.min() < np.inf:
            nearest, column = (int(n) for n in np.unravel_index(int(left.argmin()), left.shape))
            rows[usable[nearest]] = ids[column]
            left[nearest], left[:, column] = np.inf, np.inf

    def _linked(self, seen: Sightings, usable: NDArray[np.intp], ids: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Rows that the picture itself says are a place of the look before."""
        column = {int(one): number for number, one in enumerate(ids)}
        found = []
        for row, number in enumerate(usable):
            link = int(seen.link[number])
            was = int(self._rows[link]) if 0 <= link < len(self._rows) else -1
            if seen.at_rest[number] == 1 and was in column:
                found.append((row, column[was]))
        return found

    def _laid_over(self, apart: Doubles, far: Doubles, linked: list[tuple[int, int]]) -> Doubles | None:
        """The shift, in metres, by which this look lies on what is known; None where too little says so."""
        if linked:
            return np.asarray(np.median(np.array([apart[pair] for pair in linked]), axis=0))
        pairs = np.argwhere(far <= _GATE)
        if len({int(row) for row, _ in pairs}) < 2:
            return None
        shifts = np.array([apart[row, column] for row, column in pairs])
        best, score = None, (0, -math.inf)
        for shift in [*shifts, *([self._shift] if self._shift is not None else [])]:
            close = np.linalg.norm(shifts - shift, axis=1) < _CLUSTER_M
            count = min(len(set(pairs[close, 0])), len(set(pairs[close, 1])))
            now = (count, -float(np.linalg.norm(shift)))
            if now > score:
                best, score = shifts[close].mean(axis=0) if close.any() else shift, now
        return best if score[0] >= 2 else None

    def _join(self, rows: NDArray[np.int64], kept: frozenset[int]) -> None:
        """Places of this look that lie nearer to another than two things can: one thing, that was named twice."""
        seen = sorted({int(row) for row in rows if row >= 0})
        if not seen:
            return
        means = {int(one): self.places[int(one)].mean()[:2] for one in self.near(*self.places[seen[0]].mean()[:2])}
        for one in seen:
            for other in means:
                if other == one or not {one, other} <= self.places.keys() or one not in means:
                    continue
                if self.places[one].group != self.places[other].group or {one, other} <= kept:
                    continue
                if math.hypot(*metres(*means[one], *means[other])) > _ONE_M[self.places[one].group]:
                    continue
                stays, goes = sorted((one, other), key=lambda n: (n not in kept, -self.places[n].looks, n))
                _absorb(self.places[stays], self.places.pop(goes))
                rows[rows == goes] = stays

    def _begin(self, seen: Sightings, row: int) -> int:
        one, self._next = self._next, self._next + 1
        shift = self._shift if self._shift is not None else np.zeros(2)
        lon, lat = degrees(float(seen.located.lon[row]), float(seen.located.lat[row]), float(shift[0]), float(shift[1]))
        first = Pass(self._pass_from_s, 0.0, lon, lat, _three(seen.located.covariance_m2[row]))
        self.places[one] = Place(one, _GROUP[int(seen.detections.class_id[row])], [first], seen.at_s)
        return one

    def _note(self, place: Place, seen: Sightings, row: int) -> None:
        """One more look at a place."""
        at_s, found = seen.at_s, seen.detections
        kind = str(int(found.class_id[row]))
        place.kinds[kind] = place.kinds.get(kind, 0) + 1
        place.seen_s, place.empty, place.empty_from_s = at_s, 0, math.nan
        place.confidence += (float(found.confidence[row]) - place.confidence) / (place.boxes + 1)
        place.boxes += 1
        place.xyxy = tuple(float(v) for v in found.xyxy[row])  # type: ignore[assignment]
        if seen.at_rest[row] == 1:
            place.looks += 1
            place.rest_s = at_s
            if math.isnan(place.rest_from_s):
                place.rest_from_s = at_s
        self._locate(place, seen, row)

    def _locate(self, place: Place, seen: Sightings, row: int) -> None:
        place.moved()
        now = place.passes[-1]
        lon, lat = float(seen.located.lon[row]), float(seen.located.lat[row])
        covariance = seen.located.covariance_m2[row]
        if now.from_s != self._pass_from_s:
            now = Pass(self._pass_from_s, 0.0, lon, lat, _three(covariance))
            place.passes = [*place.passes, now][-_MOST_PASSES:]
        weight = 1.0 / float(np.trace(covariance))
        if now.weight <= 0 and len(place.passes) == 1:
            now.weight = weight  # where it was begun, laid over what is known
            return
        total = now.weight + weight
        east, north = metres(lon, lat, now.lon, now.lat)
        now.lon, now.lat = degrees(now.lon, now.lat, east * weight / total, north * weight / total)
        now.weight = total
        if np.trace(covariance) < now.covariance[0] + now.covariance[2]:
            now.covariance = _three(covariance)


def _values(place: Place) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies so deeply that 3,000 places take a second."""
    values = {name: value for name, value in vars(place).items() if name != "_mean"}
    remembered = [one.state() for one in place.memories]
    return {**values, "passes": [vars(one) for one in place.passes], "memories": remembered}


def _once(seen: Sightings, usable: NDArray[np.intp]) -> NDArray[np.intp]:
    """Without what a detector found twice: the surer one of two that lie nearer than two things can."""
    order = usable[np.argsort(-seen.detections.confidence[usable], kind="stable")]
    found: list[int] = []
    for row in order.tolist():
        lon, lat = float(seen.located.lon[row]), float(seen.located.lat[row])
        group = _GROUP[int(seen.detections.class_id[row])]
        twice = any(
            _GROUP[int(seen.detections.class_id[other])] == group
            and math.hypot(*metres(float(seen.located.lon[other]), float(seen.located.lat[other]), lon, lat))
            < _ONE_M[group]
            for other in found
        )
        if not twice:
            found.append(row)
    return np.array(sorted(found), np.intp)


def _absorb(stays: Place, goes: Place) -> None:
    """What two names of one thing know, under the first."""
    known = [at_s for at_s in (stays.rest_from_s, goes.rest_from_s) if not math.isnan(at_s)]
    stays.rest_from_s = min(known, default=math.nan)
    stays.rest_s = max((at_s for at_s in (stays.rest_s, goes.rest_s) if not math.isnan(at_s)), default=math.nan)
    stays.seen_s, stays.empty, stays.empty_from_s = max(stays.seen_s, goes.seen_s), 0, math.nan
    stays.looks, stays.boxes = max(stays.looks, goes.looks), max(stays.boxes, goes.boxes)
    for kind, count in goes.kinds.items():
        stays.kinds[kind] = stays.kinds.get(kind, 0) + count
    stays.memories = stays.memories or goes.memories
    if goes.confidence > stays.confidence:
        stays.confidence = goes.confidence
    passes = {one.from_s: one for one in (*goes.passes, *stays.passes)}
    stays.passes = [passes[from_s] for from_s in sorted(passes)][-_MOST_PASSES:]
    stays.moved()


def metres(lon: float, lat: float, lon0: float, lat0: float) -> tuple[float, float]:
    """East and north of a near place from another: right to a centimetre within a kilometre."""
    shrunk = math.cos(math.radians((lat + lat0) / 2))
    return (lon - lon0) * shrunk * METRES_PER_DEGREE, (lat - lat0) * METRES_PER_DEGREE


def degrees(lon0: float, lat0: float, east_m: float, north_m: float) -> tuple[float, float]:
    lat = lat0 + north_m / METRES_PER_DEGREE
    return lon0 + east_m / (math.cos(math.radians((lat + lat0) / 2)) * METRES_PER_DEGREE), lat


def _three(covariance: Doubles) -> tuple[float, float, float]:
    return float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])
