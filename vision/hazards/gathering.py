"""People who gather: so many within a radius on the ground for longer than the zone allows.

What is followed from look to look is the place; of the people only their number is known (`Headcount`), and a look that
the detector did not see says nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.boxes import hidden
from vision.circles import Circle, Doubles, fullest
from vision.ground import Ground, GroundPlane, foot
from vision.hazards.gathered import Gathered
from vision.hazards.headcount import Headcount
from vision.hazards.rules import Mark, Observation, Stage
from vision.timetable import Timetable
from vision.types import Change, Glimpse, Hazard, HazardKind
from vision.zones import Zone

_LOOKS_HZ = 1.0
_JITTER_S = 0.05
_SAME_PLACE, _BESIDE = 1.5, 2.0  # radii: so near a place is the same one; so near one the rest of a larger crowd
_LAPSE_S = 6.0  # so long may too few be seen before what has not been raised yet is forgotten
_LEAST_LOOKS = 2
_FOUND = 0.4  # share of them that this very look must have found: the others it may have missed
_FULL = 0.6  # share of the looks that must have seen enough people
_OBSERVED = 0.5  # share of the time that looks must vouch for
_SURE = 0.3  # mean confidence without which nobody is told
_RAISED_EVERY_S, _PEOPLE_EVERY_S = 3.0, 2.0  # how often the detector should look at what is raised; at people about
_PRESENT_S = 10.0  # people were seen so lately that they may be about


class Gathering:
    """Gatherings of one zone: raised when `people` or more are within `radius_m` for `dwell_s`, over when no more than
    `fewest` have been there for `clear_s`. Outside `hours` none is raised, and the dwell begins with them.
    """

    kind = HazardKind.GATHERING
    sees_colours = False

    def __init__(
        self,
        zone_id: str,
        zone: Zone,
        ground: Ground,
        *,
        people: int,
        radius_m: float,
        dwell_s: float,
        clear_s: float,
        fewest: int,
        hours: Timetable | None = None,
    ) -> None:
        if not 0 <= fewest < people:
            raise ValueError(f"fewest must be at least 0 and below people ({people}), got {fewest}")
        self.zone_id, self._ground = zone_id, ground
        self._people, self._fewest, self._radius_m = people, fewest, radius_m
        self._dwell_s, self._clear_s, self._hours = dwell_s, clear_s, hours
        self._heads = Headcount(zone, radius_m)
        self._places: list[Gathered] = []
        self._spots_of: dict[int, NDArray[np.intp]] = {}  # of this look, by slot
        self._next_slot = 1
        self._source_wh: tuple[int, int] | None = None
        self._looked_s = -np.inf

    @property
    def looks_hz(self) -> float:
        return _LOOKS_HZ

    @property
    def places(self) -> tuple[Gathered, ...]:
        return tuple(self._places)

    def wants(self, at_s: float) -> str | None:
        """Why the detector should see the next look: a group that stands still changes nothing in the picture, and has
        to be counted all the same."""
        since_s = at_s - self._looked_s
        if not self._places and self._hours is not None and not self._hours.phase(at_s).on:
            return None
        if any(not place.raised or place.short_since_s is not None for place in self._places):
            return "people gather"
        if self._places and since_s >= _RAISED_EVERY_S - _JITTER_S:
            return "people have gathered"
        if not self._places and self._heads.near >= 2:
            return "people near each other"
        if at_s - self._heads.people_s <= _PRESENT_S and since_s >= _PEOPLE_EVERY_S - _JITTER_S:
            return "people about"
        return None

    def decides_s(self, at_s: float) -> float | None:
        """The next capture time after `at_s` at which a gathering has lasted long enough, or has been over so."""
        due = [self._counts_from_s(place, at_s) + self._dwell_s for place in self._places if not place.raised]
        over = [p.short_since_s + self._clear_s for p in self._places if p.raised and p.short_since_s is not None]
        return min((moment for moment in due + over if at_s < moment < np.inf), default=None)

    def undated(self) -> float | None:
        return None

    def look_back(self, older: Glimpse | None) -> None:
        """Older looks are no help: what shows people is the detector, and it has not seen them."""

    def update(self, seen: Observation) -> list[Hazard]:
        self._follow_clock(seen.at_s)
        self._follow_resolution(seen.source_wh)
        if seen.detections is None:
            self._heads.glance(seen)
            return []
        self._ground.see(seen.detections, seen.source_wh)
        plane = self._ground.plane(seen.source_wh)
        counted = self._heads.update(seen, seen.detections, plane)
        self._looked_s = seen.at_s
        if counted is None or plane is None:
            return []
        at_m, stays = counted
        self._follow(fullest(at_m[stays], self._radius_m, self._fewest + 1), np.flatnonzero(stays), plane, seen)
        return self._raise(seen.at_s, plane) + self._clear(seen.at_s, plane)

    def _follow(self, circles: list[Circle], counted: NDArray[np.intp], plane: GroundPlane, seen: Observation) -> None:
        """Give each circle to the place that it lies on, the fullest first; begin places where there is none."""
        self._spots_of.clear()
        free = list(self._places)
        places_m = plane.metres(np.array([place.centre for place in free]).reshape(-1, 2))
        taken = np.zeros(len(free), bool)
        for circle in circles:
            spots = counted[circle.members]
            apart = np.where(taken, np.inf, np.linalg.norm(places_m - circle.centre_m, axis=1))
            near = int(np.argmin(apart)) if len(apart) else -1
            if near >= 0 and apart[near] <= _SAME_PLACE * self._radius_m:
                place, taken[near] = free[near], True
            elif self._is_new(spots, np.linalg.norm(places_m - circle.centre_m, axis=1), seen.source_wh):
                place = self._begin(spots, circle, plane, seen.at_s)
            else:
                continue
            self._describe(place, spots, seen.at_s)
            place.look(len(spots), seen.at_s, self._people, self._fewest)
        free = [place for place, is_taken in zip(free, taken, strict=True) if not is_taken]
        for place in free:
            # A bus before it hides the whole place: then this look has not seen it.
            if seen.detections is None or not hidden(place.xyxy[None], seen.detections.xyxy)[0]:
                place.look(0, seen.at_s, self._people, self._fewest)
        self._places = [p for p in self._places if p.raised or p.short_s(seen.at_s) < _LAPSE_S or p.short_looks < 2]

    def _is_new(self, spots: NDArray[np.intp], apart_m: Doubles, source_wh: tuple[int, int]) -> bool:
        """Whether those on these spots, so far from each place that is known, are enough for one of their own."""
        elsewhere = not np.any(apart_m <= _BESIDE * self._radius_m)
        return len(spots) >= self._people and elsewhere and self._heads.are_in_zone(spots, source_wh)

    def _begin(self, spots: NDArray[np.intp], circle: Circle, plane: GroundPlane, at_s: float) -> Gathered:
        came_s = np.sort(self._heads.spots.came_s[spots])
        # It is a gathering since the last of the people that it takes came. The detector misses somebody in every look:
        # when all but one were there already and as many were found, that one was among them.
        before_s, last_s = came_s[self._people - 2 : self._people].tolist()
        began_s = self._heads.there_since_s(circle.centre_m, self._people, plane, before_s, last_s)
        place = Gathered(self._next_slot, (0.0, 0.0), np.zeros(4, np.float32), began_s, at_s, len(spots), 0.0)
        self._next_slot += 1
        self._places.append(place)
        return place

    def _describe(self, place: Gathered, spots: NDArray[np.intp], at_s: float) -> None:
        boxes = self._heads.spots.box[spots]
        x, y = foot(boxes).mean(axis=0).tolist()
        place.centre = x, y
        place.xyxy = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)]).astype(np.float32)
        place.confidence = float(self._heads.spots.sure[spots].mean())
        place.found = int((self._heads.spots.seen_s[spots] >= at_s).sum())
        self._spots_of[place.slot] = spots

    def _raise(self, at_s: float, plane: GroundPlane) -> list[Hazard]:
        due = [place for place in self._places if not place.raised and self._is_due(place, at_s)]
        for place in due:
            place.raised = True
            # Within what capture times are good for; a dwell of 59.99 s would only puzzle people.
            place.began_s = min(place.began_s, at_s - self._dwell_s)
        return [self._hazard(Change.RAISED, place, at_s, plane) for place in due]

    def _counts_from_s(self, place: Gathered, at_s: float) -> float:
        """Since when it counts: since it began, and within the hours; inf outside them."""
        if self._hours is None:
            return place.began_s
        phase = self._hours.phase(at_s)
        return max(place.began_s, phase.since_s) if phase.on else np.inf

    def _is_due(self, place: Gathered, at_s: float) -> bool:
        lasted_s = at_s - self._counts_from_s(place, at_s)
        return (
            lasted_s >= self._dwell_s - _JITTER_S
            and place.seen_s == at_s  # a bus before it may hide it in the very look that is due
            and place.count >= self._people
            and place.found >= _FOUND * self._people
            and place.looks >= _LEAST_LOOKS
            and place.full >= _FULL * place.looks
            and lasted_s - place.unknown_s >= _OBSERVED * self._dwell_s
            and place.confidence >= _SURE
        )

    def _clear(self, at_s: float, plane: GroundPlane) -> list[Hazard]:
        over = [
            p for p in self._places if p.raised and p.short_looks >= 2 and p.short_s(at_s) >= self._clear_s - _JITTER_S
        ]
        self._places = [place for place in self._places if place not in over]
        return [self._hazard(Change.CLEARED, place, at_s, plane) for place in over]

    def _hazard(self, change: Change, place: Gathered, at_s: float, plane: GroundPlane) -> Hazard:
        why: dict[str, float | str] = {
            "slot": float(place.slot),
            "dwell_s": at_s - place.began_s,
            "limit_s": self._dwell_s,
            "unknown_s": place.unknown_s,
            "looks": float(place.looks),
            "boxes": float(place.full),
            "count": float(place.count if change is Change.RAISED else place.most),
            "limit_count": float(self._people),
            "radius_m": self._radius_m,
            "length_error": float(np.nan_to_num(plane.length_error(np.array([place.centre]))[0])),
            "confidence": place.confidence,
            "threshold": _SURE,
        }
        if change is Change.CLEARED:
            why["clear_s"] = self._clear_s
        if change is Change.RAISED:
            assert self._source_wh is not None
            why |= self._heads.measured(self._spots_of[place.slot], plane, self._source_wh, place.began_s)
        if (growth := place.growth_per_min) is not None:
            why["growth_per_min"] = growth
        return Hazard(
            change, self.kind, self.zone_id, place.slot, at_s, place.began_s, place.xyxy, place.confidence, why
        )

    def marks(self) -> tuple[Mark, ...]:
        return tuple(
            Mark(
                place.xyxy,
                Stage.RAISED if place.raised else Stage.WATCHED,
                f"#{place.slot} {place.count} people {place.seen_s - place.began_s:.0f} s",
            )
            for place in self._places
        )

    def shift_clock(self, by_s: float) -> None:
        for place in self._places:
            place.shift_clock(by_s)
        self._heads.shift_clock(by_s)
        self._looked_s += by_s

    def _follow_clock(self, at_s: float) -> None:
        """Somebody set the clock back: what has not been raised is begun anew, what has keeps its identity."""
        if at_s >= self._looked_s:
            return
        self._heads.clear()
        self._looked_s = -np.inf
        self._places = [place for place in self._places if place.raised]
        for place in self._places:
            place.shift_clock(at_s - place.seen_s)

    def _follow_resolution(self, source_wh: tuple[int, int]) -> None:
        if self._source_wh is not None and self._source_wh != source_wh:
            across, down = source_wh[0] / self._source_wh[0], source_wh[1] / self._source_wh[1]
            self._heads.spots.scale(across, down)
            for place in self._places:
                place.scale(across, down)
        self._source_wh = source_wh

    def state(self) -> dict[str, Any]:
        """Places and the ground: nothing of anybody."""
        return {
            "next_slot": self._next_slot,
            "source_wh": self._source_wh,
            "places": [place.to_json() for place in self._places],
            "ground": self._ground.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        places = [Gathered.from_json(values) for values in state["places"]]
        self._ground.restore(state["ground"])
        self._next_slot = int(state["next_slot"])
        self._source_wh = tuple(state["source_wh"]) if state["source_wh"] else None
        self._places = places
        self._looked_s = max((place.seen_s for place in places), default=-np.inf)
