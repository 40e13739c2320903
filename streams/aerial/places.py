"""What was seen on the ground, by place: the same vehicle over looks, passes and days is one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from streams.aerial.locator import Sightings
from streams.aerial.matching import matched, once, one_m
from streams.aerial.place import METRES_PER_DEGREE, Doubles, Pass, Place, degrees, metres, three

_PASS_GAP_S = 60.0
_IN_VIEW_M = 400.0
_MOST_PLACES = 5000
_FORGOTTEN_S = 7 * 86_400.0


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
        usable = once(seen, usable)
        self._match(seen, usable, rows)
        for row in usable:
            if rows[row] < 0:
                rows[row] = self._begin(seen, int(row))
            self.places[int(rows[row])].note(seen, int(row), self._pass_from_s)
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

    def number(self) -> int:
        """One that no place of this camera has, nor anything else that asked for one."""
        one, self._next = self._next, self._next + 1
        return one

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
        return {"next": self._next, "places": [place.values() for place in self.places.values()]}

    def restore(self, state: dict[str, Any]) -> None:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no such state."""
        made = [Place.of(values) for values in state["places"]]
        self._next, self.places = int(state["next"]), {place.id: place for place in made}

    def _match(self, seen: Sightings, usable: NDArray[np.intp], rows: NDArray[np.int64]) -> None:
        """Write into `rows` which known place each usable row is."""
        if not len(usable):
            return
        ids = self.near(float(seen.located.lon[usable[0]]), float(seen.located.lat[usable[0]]))
        if not len(ids):
            return
        known = [self.places[int(one)] for one in ids]
        pairs, shift = matched(seen, usable, known, self._linked(seen, usable, ids), self._shift)
        self._shift = self._shift if shift is None else shift
        for row, column in pairs:
            rows[row] = ids[column]

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
                mine, its = self.places[one].group, self.places[other].group
                long_ago = mine != its and self.places[other].seen_s < self._pass_from_s
                if long_ago or {one, other} <= kept:
                    continue
                if math.hypot(*metres(*means[one], *means[other])) > one_m(mine, its):
                    continue
                stays, goes = sorted((one, other), key=lambda n: (n not in kept, -self.places[n].looks, n))
                self.places[stays].absorb(self.places.pop(goes))
                rows[rows == goes] = stays

    def _begin(self, seen: Sightings, row: int) -> int:
        one = self.number()
        shift = self._shift if self._shift is not None else np.zeros(2)
        lon, lat = degrees(float(seen.located.lon[row]), float(seen.located.lat[row]), float(shift[0]), float(shift[1]))
        first = Pass(self._pass_from_s, 0.0, lon, lat, three(seen.located.covariance_m2[row]))
        self.places[one] = Place(one, [first], seen.at_s)
        return one
