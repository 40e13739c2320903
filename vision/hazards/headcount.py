"""How many people stay in a zone, and where: of each look, from the detector's boxes to spots on the ground.

Counted is who stays: everybody on whose spot somebody stays, and everybody who moves as they do and is bound to them.
Who walks through, rides or sits in a vehicle is none of them.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from vision.circles import most_near
from vision.ground import GroundPlane, foot, foot_error_px
from vision.groups import Groups, density
from vision.hazards.crowding import Crowding, estimate
from vision.hazards.rules import Observation
from vision.persons import on_foot
from vision.standing import completed
from vision.staying import Staying
from vision.types import Detections, Floats, Ints
from vision.zones import Zone

Doubles = NDArray[np.float64]

_COVERS = 0.2  # confidence from which a box may hide somebody's legs
_BESIDE_M = 1.0
_STANDS_IN = 0.05  # share of where somebody's feet may be that lies in the zone: on its edge is in it
_FOUND, _REMEMBERED_S = 0.2, 15.0  # confidence of a box that may have been somebody, and for how long that is known
_BOUND_S = 1.0  # how long one must be known before being bound to those who stay counts


class Headcount:
    """One zone's. `near` is how many spots lie near each other, or, without a ground plane, how many people were seen;
    `people_s` when anybody was seen last.
    """

    def __init__(self, zone: Zone, radius_m: float) -> None:
        self._zone, self._radius_m = zone, radius_m
        self._crowding = Crowding(zone.polygon, radius_m)
        self.spots, self._groups = Staying(radius_m), Groups()
        self.near = 0
        self.people_s = -np.inf
        self._found: deque[tuple[float, Doubles]] = deque()

    def there_since_s(self, at_m: Doubles, people: int, plane: GroundPlane, from_s: float, to_s: float) -> float:
        """The first look since `from_s` that found so many people at once around a place (2,) on the ground; `to_s`
        where none before it did."""
        for found_s, feet in self._found:
            if from_s <= found_s < to_s:
                near = np.linalg.norm(plane.metres(feet) - at_m, axis=1) <= self._radius_m
                if np.count_nonzero(near) >= people:
                    return found_s
        return to_s

    def update(
        self, seen: Observation, detections: Detections, plane: GroundPlane | None
    ) -> tuple[Doubles, NDArray[np.bool_]] | None:
        """Every spot's place on the ground (S, 2) in metres, and which of them count; None where no ground is known."""
        rows = on_foot(detections)
        persons = self._down_to_their_feet(detections, rows, plane, seen)
        inside = self._about_zone(persons.xyxy, plane, seen.source_wh)
        rows, persons = rows[inside], persons[inside]
        if len(rows):
            self.people_s = seen.at_s
        if plane is None:
            self.near = len(rows)
            self.glance(seen)
            return None
        self._remember(foot(persons.xyxy[persons.confidence >= _FOUND]), seen.at_s)
        counted = self._count(seen, detections, persons, rows, plane)
        self._crowding.see(seen, self.spots.box[counted[1]].astype(np.float32), plane)
        return counted

    def glance(self, seen: Observation) -> None:
        """A look that the detector did not see: nobody is counted, but it shows the street."""
        self._crowding.see(seen, np.zeros((0, 4), np.float32), None)

    def _down_to_their_feet(
        self, detections: Detections, rows: NDArray[np.intp], plane: GroundPlane | None, seen: Observation
    ) -> Detections:
        persons = detections[rows]
        if plane is None:
            return persons
        # Whoever passes is elsewhere by now.
        stand = self.spots.box[self.spots.stays(seen.at_s)].astype(np.float32)
        nearer = detections.xyxy[detections.confidence >= _COVERS]
        boxes = completed(persons.xyxy, nearer, stand, plane, seen.source_wh)
        return Detections(boxes, persons.confidence, persons.class_id)

    def _about_zone(self, xyxy: Floats, plane: GroundPlane | None, source_wh: tuple[int, int]) -> NDArray[np.intp]:
        """Which boxes (N, 4) have their feet in the zone or a step beside it, as well as a box tells where those are:
        some of a group stand over the line that somebody drew."""
        feet, off = np.minimum(foot(xyxy), np.subtract(source_wh, 1.0)), 2 + foot_error_px(xyxy)[:, None]
        if plane is not None:
            off = off + _BESIDE_M * np.nan_to_num(plane.px_per_metre(feet))[:, None]
        return np.flatnonzero(self._share_around(feet, off, source_wh) >= _STANDS_IN)

    def _share_around(self, feet: Doubles, off: Doubles | float, source_wh: tuple[int, int]) -> Floats:
        """How much of the zone lies within `off` px of each foot (N, 2)."""
        # The zone answers for a box's lower half: that of so small a box is the ground where the feet may be.
        around = np.concatenate([feet - off * np.array([1, 3]), feet + off], axis=1).astype(np.float32)
        return self._zone.footprint_share(around, source_wh)

    def are_in_zone(self, spots: NDArray[np.intp], source_wh: tuple[int, int]) -> bool:
        """Whether the middle of those on these spots lies in the zone: then they are its own, and no neighbour's."""
        middle = np.minimum(foot(self.spots.box[spots]).mean(axis=0), np.subtract(source_wh, 1.0))
        return bool(self._share_around(middle[None], 2.0, source_wh)[0] >= 0.5)

    def _remember(self, feet: Doubles, at_s: float) -> None:
        self._found.append((at_s, feet))
        while at_s - self._found[0][0] > _REMEMBERED_S:
            self._found.popleft()

    def _count(
        self, seen: Observation, detections: Detections, persons: Detections, rows: NDArray[np.intp], plane: GroundPlane
    ) -> tuple[Doubles, NDArray[np.bool_]]:
        """`rows` are the persons' of the detections."""
        tracks = seen.tracks
        track_id = np.full(len(rows), -1, np.int64) if tracks is None else tracks.track_id[rows]
        still = seen.still_since

        def same_since(box: Floats) -> float:
            return seen.at_s if still is None else still(box, seen.source_wh)[1]

        spot = self.spots.update(
            persons, track_id, detections.xyxy, plane, seen.at_s, None if still is None else same_since
        )
        at_m = plane.metres(foot(self.spots.box))
        counted = self.spots.stays(seen.at_s)
        if tracks is not None and len(rows):
            at = plane.metres(foot(persons.xyxy))
            counted |= self._bound(track_id, tracks.age_s[rows], at, spot, counted, seen.at_s)
        self.near = most_near(at_m, 2 * self._radius_m)
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

    def measured(
        self, spots: NDArray[np.intp], plane: GroundPlane, source_wh: tuple[int, int], began_s: float
    ) -> dict[str, float]:
        """What is told of those on these spots, who gathered at `began_s`, of no use to the rule itself: how dense they
        stand, or, where that is too dense to tell, about how many they are."""
        boxes = self.spots.box[spots]
        filled = self._crowding.filled(boxes.astype(np.float32), plane, source_wh, began_s)
        off = float(np.nan_to_num(plane.length_error(foot(boxes).mean(axis=0)[None])[0]))
        about = None if filled is None else estimate(filled, len(boxes), off)
        told = {} if filled is None else {"filled": filled}
        if about is None:
            return told | {"density_m2": density(plane.metres(foot(boxes)))}
        return told | {"count_about": about.people, "count_low": about.low, "count_high": about.high}

    def shift_clock(self, by_s: float) -> None:
        self.spots.shift_clock(by_s)
        self._crowding.shift_clock(by_s)
        self.people_s += by_s
        self._found = deque((at_s + by_s, feet) for at_s, feet in self._found)
        self._groups = Groups()

    def clear(self) -> None:
        """Nobody is known any more."""
        self.spots.clear()
        self._found.clear()
        self._groups, self.people_s = Groups(), -np.inf
