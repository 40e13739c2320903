"""People who gather: so many within a radius on the ground for longer than the zone allows.

Counted is who stays: everybody on whose spot somebody stays, and everybody who moves as they do and is bound to them.
Who walks through, rides or sits in a vehicle is none of them. What is followed from look to look is the place; of the
people only their number is known, and a look that the detector did not see says nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.circles import Circle, fullest, most_near
from vision.density import Sightability, estimate, is_crowded
from vision.ground import Ground, GroundPlane, foot, foot_error_px
from vision.groups import Groups, density
from vision.hazards.gathered import Gathered
from vision.hazards.rules import Mark, Observation, Stage
from vision.persons import on_foot
from vision.standing import completed
from vision.staying import Staying, hidden
from vision.timetable import Timetable
from vision.types import Change, Detections, Floats, Hazard, HazardKind, Ints
from vision.zones import Zone

Doubles = NDArray[np.float64]

_LOOKS_HZ = 1.0
_JITTER_S = 0.05
_SAME_PLACE, _BESIDE = 1.5, 2.0  # radii: so near a place is the same one; so near one the rest of a larger crowd
_LAPSE_S = 6.0  # so long may too few be seen before what has not been raised yet is forgotten
_LEAST_LOOKS = 2
_FOUND = 0.4  # share of them that this very look must have found: the others it may have missed
_FULL = 0.6  # share of the looks that must have seen enough people
_OBSERVED = 0.5  # share of the time that looks must vouch for
_COVERS = 0.2  # confidence from which a box may hide somebody's legs
_STANDS_IN = 0.05  # share of where somebody's feet may be that lies in the zone: on its edge is in it
_SURE = 0.3  # mean confidence without which nobody is told
_BOUND_S = 1.0  # how long one must be known before being bound to those who stay counts
_RAISED_EVERY_S, _PEOPLE_EVERY_S = 3.0, 2.0  # how often the detector should look at what is raised; at people about
_PRESENT_S = 10.0  # people were seen so lately that they may be about


class Gathering:
    """Gatherings of one zone: raised when `people` or more are within `radius_m` for `dwell_s`, over when no more than
    `fewest` have been there for `clear_s`. Outside `hours` none is raised, and the dwell begins with them.

    `sightability` is of the weights that look, where it has been measured, `input_px` their input's longer side.
    """

    kind = HazardKind.GATHERING

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
        sightability: Sightability | None = None,
        input_px: int = 640,
    ) -> None:
        if not 0 <= fewest < people:
            raise ValueError(f"fewest must be at least 0 and below people ({people}), got {fewest}")
        self.zone_id, self._zone, self._ground = zone_id, zone, ground
        self._people, self._fewest, self._radius_m = people, fewest, radius_m
        self._dwell_s, self._clear_s, self._hours = dwell_s, clear_s, hours
        self._sightability, self._input_px = sightability, input_px
        self._staying, self._groups = Staying(radius_m), Groups()
        self._places: list[Gathered] = []
        self._spots_of: dict[int, NDArray[np.intp]] = {}  # of this look, by slot
        self._next_slot = 1
        self._source_wh: tuple[int, int] | None = None
        self._looked_s = self._people_s = -np.inf
        self._near = 0

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
        if not self._places and self._near >= 2:
            return "people near each other"
        if at_s - self._people_s <= _PRESENT_S and since_s >= _PEOPLE_EVERY_S - _JITTER_S:
            return "people about"
        return None

    def decides_s(self, at_s: float) -> float | None:
        """The next capture time after `at_s` at which a gathering has lasted long enough, or has been over so."""
        due = [self._counts_from_s(place, at_s) + self._dwell_s for place in self._places if not place.raised]
        over = [p.short_since_s + self._clear_s for p in self._places if p.raised and p.short_since_s is not None]
        return min((moment for moment in due + over if at_s < moment < np.inf), default=None)

    def undated(self) -> float | None:
        return None

    def look_back(self, luma: object, source_wh: tuple[int, int], at_s: float) -> None:
        """Older looks are no help: what shows people is the detector, and it has not seen them."""

    def update(self, seen: Observation) -> list[Hazard]:
        self._follow_clock(seen.at_s)
        self._follow_resolution(seen.source_wh)
        if seen.detections is None:
            return []
        self._ground.see(seen.detections, seen.source_wh)
        plane = self._ground.plane(seen.source_wh)
        rows = on_foot(seen.detections)
        persons = self._down_to_their_feet(seen.detections, rows, plane, seen)
        inside = self._in_zone(persons.xyxy, seen.source_wh)
        rows, persons = rows[inside], persons[inside]
        if len(rows):
            self._people_s = seen.at_s
        if plane is None:
            self._near, self._looked_s = len(rows), seen.at_s
            return []
        at_m, stays = self._count(seen, persons, rows, plane)
        self._looked_s = seen.at_s
        self._follow(fullest(at_m[stays], self._radius_m, self._fewest + 1), np.flatnonzero(stays), plane, seen)
        return self._raise(seen.at_s, plane) + self._clear(seen.at_s, plane)

    def _down_to_their_feet(
        self, detections: Detections, rows: NDArray[np.intp], plane: GroundPlane | None, seen: Observation
    ) -> Detections:
        persons = detections[rows]
        if plane is None:
            return persons
        # Whoever passes is elsewhere by now.
        stand = self._staying.box[self._staying.stays(seen.at_s)].astype(np.float32)
        nearer = detections.xyxy[detections.confidence >= _COVERS]
        boxes = completed(persons.xyxy, nearer, stand, plane, seen.source_wh)
        return Detections(boxes, persons.confidence, persons.class_id)

    def _in_zone(self, xyxy: Floats, source_wh: tuple[int, int]) -> NDArray[np.intp]:
        """Which boxes (N, 4) have their feet in the zone, as well as a box tells where those are."""
        feet, off = np.minimum(foot(xyxy), np.subtract(source_wh, 1.0)), 2 + foot_error_px(xyxy)[:, None]
        # The zone answers for a box's lower half: that of so small a box is the ground where the feet may be.
        around = np.concatenate([feet - off * (1, 3), feet + off], axis=1).astype(np.float32)
        return np.flatnonzero(self._zone.footprint_share(around, source_wh) >= _STANDS_IN)

    def _count(
        self, seen: Observation, persons: Detections, rows: NDArray[np.intp], plane: GroundPlane
    ) -> tuple[Doubles, NDArray[np.bool_]]:
        """Every spot's place on the ground (S, 2) in metres, and which of them count. `rows` are the persons' of the
        detections."""
        assert seen.detections is not None
        tracks = seen.tracks
        track_id = np.full(len(rows), -1, np.int64) if tracks is None else tracks.track_id[rows]
        still = seen.still_since

        def same_since(box: Floats) -> float:
            return seen.at_s if still is None else still(box, seen.source_wh)[1]

        spot = self._staying.update(
            persons, track_id, seen.detections.xyxy, plane, seen.at_s, None if still is None else same_since
        )
        at_m = plane.metres(foot(self._staying.box))
        counted = self._staying.stays(seen.at_s)
        if tracks is not None and len(rows):
            at = plane.metres(foot(persons.xyxy))
            counted |= self._bound(track_id, tracks.age_s[rows], at, spot, counted, seen.at_s)
        self._near = most_near(at_m, 2 * self._radius_m)
        return at_m, counted

    def _bound(
        self,
        track_id: Ints,
        age_s: Floats,
        at_m: Doubles,
        spot: NDArray[np.intp],
        stays: NDArray[np.bool_],
        at_s: float,
    ) -> NDArray[np.bool_]:
        """Spots (S,) of those who move as somebody does who stays."""
        has = spot >= 0
        label = self._groups.update(track_id, at_m, at_s)
        anchored = np.isin(label, label[has][stays[spot[has]]]) & (age_s >= _BOUND_S) & has
        bound = np.zeros(len(stays), bool)
        bound[spot[anchored]] = True
        return bound

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
            elif len(spots) >= self._people and not np.any(
                np.linalg.norm(places_m - circle.centre_m, axis=1) <= _BESIDE * self._radius_m
            ):
                place = self._begin(spots, seen.at_s)
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

    def _begin(self, spots: NDArray[np.intp], at_s: float) -> Gathered:
        came_s = np.sort(self._staying.came_s[spots])
        # It is a gathering since the last of the people that it takes came.
        began_s = float(came_s[self._people - 1])
        place = Gathered(self._next_slot, (0.0, 0.0), np.zeros(4, np.float32), began_s, at_s, len(spots), 0.0)
        self._next_slot += 1
        self._places.append(place)
        return place

    def _describe(self, place: Gathered, spots: NDArray[np.intp], at_s: float) -> None:
        boxes = self._staying.box[spots]
        x, y = foot(boxes).mean(axis=0).tolist()
        place.centre = x, y
        place.xyxy = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)]).astype(np.float32)
        place.confidence = float(self._staying.sure[spots].mean())
        place.found = int((self._staying.seen_s[spots] >= at_s).sum())
        self._spots_of[place.slot] = spots

    def _measured(self, place: Gathered, plane: GroundPlane) -> dict[str, float]:
        """What is told of those who make a gathering, of no use to the rule itself."""
        boxes = self._staying.box[self._spots_of[place.slot]]
        told = {"density_m2": density(plane.metres(foot(boxes)))}
        if self._sightability is not None and self._source_wh is not None:
            tall = (boxes[:, 3] - boxes[:, 1]) * self._input_px / max(self._source_wh)
            about = estimate(tall, is_crowded(boxes.astype(np.float32)), self._sightability)
            told |= {"count_low": about.low, "count_high": about.high}
        return told

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
            why |= self._measured(place, plane)
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
        self._staying.shift_clock(by_s)
        self._looked_s, self._people_s = self._looked_s + by_s, self._people_s + by_s
        self._groups = Groups()

    def _follow_clock(self, at_s: float) -> None:
        """Somebody set the clock back: what has not been raised is begun anew, what has keeps its identity."""
        if at_s >= self._looked_s:
            return
        self._staying.clear()
        self._groups, self._looked_s, self._people_s = Groups(), -np.inf, -np.inf
        self._places = [place for place in self._places if place.raised]
        for place in self._places:
            place.shift_clock(at_s - place.seen_s)

    def _follow_resolution(self, source_wh: tuple[int, int]) -> None:
        if self._source_wh is not None and self._source_wh != source_wh:
            across, down = source_wh[0] / self._source_wh[0], source_wh[1] / self._source_wh[1]
            self._staying.scale(across, down)
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
