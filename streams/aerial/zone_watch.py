"""One hazard of one zone on the ground: what stood in it, in two looks at least the dwell apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Point, Polygon

from models.spec import ObjectClass
from streams.aerial.place import METRES_PER_DEGREE, Place, degrees
from streams.aerial.places import PlaceBook
from streams.settings.hours import timetable
from streams.site import ZoneSpec
from vision.types import Change, Hazard, HazardKind

_GONE_LOOKS = 3  # a detector misses a car now and then
_LEAST_INSIDE = 0.5
_NEAR_M = 10.0
_WIDEST_M = 25.0  # a place less sure than that is in no zone
# 37 points of equal weight of a normal distribution, in standard deviations: the middle and three rings.
_RINGS = ((0.0, 1), (0.63, 6), (1.18, 12), (1.93, 18))
_POINTS = np.array(
    [
        (r * math.cos(2 * math.pi * (k + 0.5 * i) / n), r * math.sin(2 * math.pi * (k + 0.5 * i) / n))
        for i, (r, n) in enumerate(_RINGS)
        for k in range(n)
    ]
)


@dataclass(frozen=True, slots=True)
class Changed:
    """A hazard that was raised or has cleared, and where it is."""

    hazard: Hazard
    place: Place


class ZoneWatch:
    """Call `update` once per look, after the book took it in; a place that it clears may be forgotten then."""

    def __init__(self, zone: ZoneSpec, kind: HazardKind, timezone: str) -> None:
        if zone.lonlat is None:
            raise ValueError(f"zone {zone.id} has no place on the ground")
        self.zone, self.kind = zone, kind
        self._shape = Polygon(zone.lonlat)
        shapely.prepare(self._shape)
        # Degrees of longitude are shorter: farther than asked to the east and west, which does no harm.
        self._near = self._shape.buffer(_NEAR_M / METRES_PER_DEGREE / math.cos(math.radians(zone.lonlat[0][1])))
        shapely.prepare(self._near)
        self._classes = frozenset(zone.classes_for(kind))
        own_s = zone.fire_lane.dwell_s if kind is HazardKind.FIRE_LANE else None
        self._dwell_s = own_s or zone.dwell_for(kind)
        hours = zone.parking.hours if kind is HazardKind.ILLEGAL_PARKING else ()
        self._hours, self._grace_s = timetable(hours, timezone), zone.parking.grace_s
        self._raised: dict[int, float] = {}

    @property
    def raised(self) -> frozenset[int]:
        return frozenset(self._raised)

    def update(self, book: PlaceBook, seen: Iterable[int], at_s: float) -> list[Changed]:
        """What changed by a look that saw the places `seen`."""
        found = []
        for one in sorted(set(seen)):
            place = book.places[one]
            from_s = self._from_s(place, at_s)
            if one in self._raised or place.rest_s != at_s or place.looks < 2 or at_s - from_s < self._dwell_s:
                continue
            if place.kind in self._classes and (share := self.inside(place)) >= _LEAST_INSIDE:
                self._raised[one] = place.rest_from_s
                found.append(self._changed(Change.RAISED, place, at_s, at_s - from_s, share))
        for one in sorted(self._raised):
            known = book.places.get(one)
            if known is None:
                del self._raised[one]
            elif self.gone(known, at_s) or math.isinf(self._from_s(known, at_s)):
                found.append(self._changed(Change.CLEARED, known, at_s, at_s - self._raised.pop(one), None))
        return found

    def gone(self, place: Place, at_s: float) -> bool:
        """Whether the place was seen without what stood there, often and long enough."""
        return place.empty >= _GONE_LOOKS and at_s - place.empty_from_s >= self.zone.clear_s

    def watches(self, place: Place) -> bool:
        """Whether a thing at a place is, or may become, this hazard."""
        lon, lat, _ = place.mean()
        near = self._near.contains(Point(lon, lat))
        return place.id in self._raised or (place.kind in self._classes and bool(near))

    def inside(self, place: Place) -> float:
        """How likely the place lies in the zone, 0 to 1, by its ellipse."""
        lon, lat, covariance = place.mean()
        values, vectors = np.linalg.eigh(covariance)
        if 2.45 * math.sqrt(max(values[-1], 0.0)) > _WIDEST_M:
            return 0.0
        off = _POINTS * np.sqrt(np.maximum(values, 0)) @ vectors.T
        corners = np.array([degrees(lon, lat, float(east), float(north)) for east, north in off])
        return float(shapely.contains_xy(self._shape, corners[:, 0], corners[:, 1]).mean())

    def pending_s(self, book: PlaceBook, at_s: float) -> float | None:
        """The next capture time at which a look would decide something."""
        due = [
            from_s + self._dwell_s
            for one, place in book.places.items()
            if one not in self._raised and place.looks and place.kind in self._classes
            if (from_s := self._from_s(place, at_s)) < math.inf and from_s + self._dwell_s > at_s
        ]
        return min(due, default=None)

    def state(self) -> dict[str, Any]:
        return {"raised": {str(one): began_s for one, began_s in self._raised.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._raised = {int(one): float(began_s) for one, began_s in dict(state["raised"]).items()}

    def _from_s(self, place: Place, at_s: float) -> float:
        """From when its dwell counts: inf where nothing is prohibited now, or it was never at rest."""
        from_s = math.inf if math.isnan(place.rest_from_s) else place.rest_from_s
        if self._hours is None:
            return from_s
        phase = self._hours.phase(at_s)
        if not phase.on:
            return math.inf
        return max(from_s, phase.since_s + self._grace_s) if from_s < phase.since_s else from_s

    def _changed(self, change: Change, place: Place, at_s: float, dwell_s: float, share: float | None) -> Changed:
        why: dict[str, float | str] = {
            "dwell_s": dwell_s,
            "looks": place.looks,
            "what": "vehicle" if place.kind is not ObjectClass.PERSON else "person",
            "passes": len(place.passes),
        }
        if change is Change.RAISED:
            why |= {"limit_s": self._dwell_s, "inside_share": share or 0.0}
        else:
            why["clear_s"] = self.zone.clear_s
        hazard = Hazard(
            change,
            self.kind,
            self.zone.id,
            place.id,
            at_s,
            at_s - dwell_s if change is Change.CLEARED else place.rest_from_s,
            np.array(place.xyxy, np.float32),
            min(1.0, place.confidence),
            why,
        )
        return Changed(hazard, place)
