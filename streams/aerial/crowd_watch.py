"""A gathering in one zone on the ground, seen from above: only how many stand near each other is known, and kept.

Who misses people from one side misses them there in every look. So few people tell that it is over only in looks that
are like some in which it was found; of the picture itself nothing is kept, since people are in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from drone.locate import ellipse
from models.spec import ObjectClass
from streams.aerial.absence import PERSON, well_in_view
from streams.aerial.locator import Sightings
from streams.aerial.patches import Look
from streams.aerial.place import degrees, metres
from streams.aerial.sight import Sight
from streams.aerial.vacancy import FOUND
from streams.delivery.events import Place as Spot
from streams.settings.hours import timetable
from streams.site import ZoneSpec
from vision.types import Change, Hazard, HazardKind

Doubles = NDArray[np.float64]

_GAP_S = 120.0  # looks further apart say nothing of what was between them
_FEW_LOOKS = 3
_DRIFT_M = 4.0  # how far one look's places may be off against another's
_MOST_SIGHTS = 16
_MIDDLE_M = 0.85  # half of a person's height


class CrowdWatch:
    """Call `update` once per look. The largest gathering of the zone is watched, one at a time."""

    kind = HazardKind.GATHERING

    def __init__(self, zone: ZoneSpec, timezone: str) -> None:
        if zone.lonlat is None:
            raise ValueError(f"zone {zone.id} has no place on the ground")
        self.zone, self._asked = zone, zone.gathering
        self._shape = Polygon(zone.lonlat)
        self._dwell_s = self._asked.dwell_s or zone.dwell_for(self.kind)
        self._clear_s = self._asked.clear_s if self._asked.clear_s is not None else zone.clear_s
        self._hours = timetable(self._asked.hours, timezone)
        self._slot, self._raised = 0, False
        self._since_s = self._last_s = self._few_from_s = math.nan
        self._few = self._looks = 0
        self._sights: tuple[tuple[Sight, int], ...] = ()  # from where it was found, and how often
        self.spot: Spot | None = None

    def update(self, seen: Sightings, look: Look) -> list[Hazard]:
        """What changed by a look."""
        at_s = seen.at_s
        count, rows = self._largest(seen)
        allowed = self._hours is not None and not self._hours.phase(at_s).on
        if count >= self._asked.people and not allowed:
            return self._gathered(seen, rows, at_s, look)
        if not (allowed or self._would_show(look)) or math.isnan(self._since_s) or count > self._asked.over_at:
            return []
        if not self._few:
            self._few_from_s = at_s
        self._few += 1
        if not allowed and (self._few < _FEW_LOOKS or at_s - self._few_from_s < self._clear_s):
            return []
        cleared = [self._hazard(Change.CLEARED, at_s, count, seen)] if self._raised else []
        self._since_s, self._raised, self._few, self._looks = math.nan, False, 0, 0
        return cleared

    def state(self) -> dict[str, Any]:
        spot = None if self.spot is None else self.spot.to_json()
        times = {"since_s": self._since_s, "last_s": self._last_s}
        sights = [[*(round(value, 4) for value in astuple(sight)), found] for sight, found in self._sights]
        told = {"slot": self._slot, "raised": self._raised, "looks": self._looks, "spot": spot}
        return {**told, **times, "sights": sights}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._slot, self._raised, self._looks = int(state["slot"]), bool(state["raised"]), int(state["looks"])
        self._since_s, self._last_s = float(state["since_s"]), float(state["last_s"])
        self.spot = None if state["spot"] is None else Spot(**state["spot"])
        self._sights = tuple((Sight(*sight), int(found)) for *sight, found in state.get("sights", ()))

    def _largest(self, seen: Sightings) -> tuple[int, NDArray[np.intp]]:
        """How many people of the zone stand within the radius of one of them, at most, and their rows."""
        people = (seen.detections.class_id == int(ObjectClass.PERSON)) & (seen.located.refused == 0)
        rows = np.flatnonzero(people)
        rows = rows[shapely.contains_xy(self._shape, seen.located.lon[rows], seen.located.lat[rows])]
        if not len(rows):
            return 0, rows
        lon0, lat0 = float(seen.located.lon[rows[0]]), float(seen.located.lat[rows[0]])
        at = np.array([metres(float(seen.located.lon[r]), float(seen.located.lat[r]), lon0, lat0) for r in rows])
        near = np.linalg.norm(at[:, None] - at[None], axis=2) <= self._asked.radius_m
        best = int(near.sum(axis=1).argmax())
        return int(near[best].sum()), rows[near[best]]

    def _would_show(self, look: Look) -> bool:
        """Whether a look has the place well in view, and as it was when the gathering was found there."""
        if self.spot is None or not well_in_view(np.array([[self.spot.lon, self.spot.lat]]), look, PERSON)[0]:
            return False
        now = look.sight(self.spot.lon, self.spot.lat, _MIDDLE_M)
        alike = sum(found for sight, found in self._sights if now.comparable(sight))
        return alike >= FOUND or not self._sights  # kept by a version that remembered none

    def _gathered(self, seen: Sightings, rows: NDArray[np.intp], at_s: float, look: Look) -> list[Hazard]:
        spot = _middle(seen, rows)
        elsewhere = (
            self.spot is None
            or math.hypot(*metres(spot.lon, spot.lat, self.spot.lon, self.spot.lat))
            > self._asked.radius_m + _DRIFT_M + spot.semi_major_m
        )
        late = math.isnan(self._since_s) or at_s - self._last_s > _GAP_S
        if not self._raised and (late or elsewhere):
            self._slot, self._since_s, self._looks, self._sights = self._slot + 1, at_s, 0, ()
        self.spot, self._last_s, self._few = spot, at_s, 0
        self._looks += 1
        self._sights = _with(self._sights, look.sight(spot.lon, spot.lat, _MIDDLE_M))
        if self._raised or at_s - self._since_s < self._dwell_s:
            return []
        self._raised = True
        return [self._hazard(Change.RAISED, at_s, len(rows), seen, rows)]

    def _hazard(
        self, change: Change, at_s: float, count: int, seen: Sightings, rows: NDArray[np.intp] | None = None
    ) -> Hazard:
        boxes, sure = np.zeros((1, 4), np.float32), 0.0
        if rows is not None:
            boxes, sure = seen.detections.xyxy[rows], float(seen.detections.confidence[rows].mean())
        box = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
        why: dict[str, float | str] = {
            "dwell_s": at_s - self._since_s,
            "count": count,
            "radius_m": self._asked.radius_m,
            "looks": self._looks,
        }
        why |= (
            {"limit_count": self._asked.people, "limit_s": self._dwell_s}
            if change is Change.RAISED
            else {"clear_s": self._clear_s}
        )
        return Hazard(change, self.kind, self.zone.id, self._slot, at_s, self._since_s, box, sure, why)


def _with(known: Iterable[tuple[Sight, int]], new: Sight) -> tuple[tuple[Sight, int], ...]:
    """With one more look that found it: of each view the newest, and of views those that found it most often."""
    times = 1 + sum(found for sight, found in known if sight.view == new.view)
    others = sorted((one for one in known if one[0].view != new.view), key=lambda one: -one[1])
    return (*others[: _MOST_SIGHTS - 1], (new, times))


def _middle(seen: Sightings, rows: NDArray[np.intp]) -> Spot:
    """Between them all; as sure as one of them, for they are off together."""
    lon0, lat0 = float(seen.located.lon[rows[0]]), float(seen.located.lat[rows[0]])
    at = np.array([metres(float(seen.located.lon[r]), float(seen.located.lat[r]), lon0, lat0) for r in rows])
    east, north = at.mean(axis=0).tolist()
    covariance: Doubles = seen.located.covariance_m2[rows].mean(axis=0)
    major, minor, bearing = (float(v[0]) for v in ellipse(covariance[None]))
    return Spot(*degrees(lon0, lat0, east, north), major, minor, bearing)
