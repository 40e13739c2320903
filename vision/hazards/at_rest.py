"""Vehicles at rest in a zone for too long: the rule behind illegal parking and blocked fire lanes.

By place and by capture time: never by track id, never in frames. A look that could not see a place says nothing
about it; missing video is unknown, not clear.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from vision.appearance import adapted, in_view, patches, similarities, similarity, smoothed
from vision.boxes import area, intersection, iou
from vision.hazards.place import ADAPT, SAME, Place, Sight
from vision.hazards.rules import Mark, Observation, Since, Stage
from vision.types import Change, Detections, Floats, Hazard, HazardKind, Picture
from vision.zones import Zone

_START = 0.3  # confidence that makes a new place; weaker boxes only confirm one
_ON_PLACE = 0.5  # IoU from which a detection lies on a place
_PART = 0.8  # share of the smaller of two boxes from which they are one vehicle
_SURE = 0.35  # mean confidence over all looks that raising takes
_DETECTED = 0.25  # share of its looks in which the detector must have found it: appearance only bridges misses
_CONFIRMED = 2  # and so many boxes at least: one alone may be a flicker, and still ground keeps still
_SOON_S = 0.5
_JITTER_S = 0.1  # capture times of live cameras are estimates: two key frames 20 s apart may be 19.99 s apart by them
_OBSERVED = 0.5  # share of the dwell that must have been seen: a queue moves up behind what hides it
_IN_ZONE = 0.5  # share of a vehicle's footprint that must lie in the zone
_COVERS = 0.2  # confidence from which a box stands before a place: weaker ones flicker over empty ground
_IN_VIEW = 0.4  # share of a place that no foreign box lies on, from which that part can be judged
_REMEMBERED_LOOKS = 32  # of the detector: so far back it is known what it did not see
_SETTLED_LOOKS = 4  # so many looks the detector has at a new place until it has found it twice
_HIDDEN_LOOKS = 2
_TRIES = 5
_BACK_DATED_S = 15.0  # how far before its first box a place may have begun: a missed box or two, not a shadow's morning
_FORGET_S = 120.0  # a place not yet raised that nobody could see for so long is forgotten
_LOOKS_HZ = 0.5


class AtRest:
    """One hazard of one zone. Call `update` once per look, even with no detections, and with None for them where the
    detector did not see it.

    `dwell_s`: seconds at rest before raising. `clear_s`: seconds that the place must be seen free before clearing.
    """

    def __init__(
        self,
        kind: HazardKind,
        zone_id: str,
        zone: Zone,
        classes: tuple[ObjectClass, ...],
        dwell_s: float,
        clear_s: float,
    ) -> None:
        self.kind, self.zone_id = kind, zone_id
        self._zone, self._classes = zone, classes
        self._dwell_s, self._clear_s = dwell_s, clear_s
        self._places: list[Place] = []
        self._next_slot = 1
        self._inferred_s: deque[float] = deque(maxlen=_REMEMBERED_LOOKS)
        self._source_wh: tuple[int, int] | None = None
        self._restored = False

    def wants(self, at_s: float) -> str | None:
        """Why the detector should see the next look, at about `at_s`; None where its appearance will do."""
        for place in self._places:
            if place.free_since_s is not None:
                return "perhaps free again"
            if not place.raised and place.boxes < _CONFIRMED and place.fresh_looks < _SETTLED_LOOKS:
                return "something new"
            if not place.raised and self._has_dwelt(place, at_s) and _promises(place):
                return "due"
        return None

    def decides_s(self, at_s: float) -> float | None:
        """The next capture time after `at_s` at which something that looks like a hazard will be one, or be over."""
        due = (moment for p in self._places if (moment := self._decides_at_s(p, at_s)) is not None)
        return min((moment for moment in due if moment > at_s), default=None)

    def _decides_at_s(self, place: Place, at_s: float) -> float | None:
        if place.raised or place.free_since_s is not None:
            return None if place.free_since_s is None else place.free_since_s + self._clear_s
        due_s = place.began_s + self._dwell_s
        if place.boxes < _CONFIRMED and place.fresh_looks < _SETTLED_LOOKS and place.confidence >= _SURE:
            return max(due_s, at_s + _SOON_S)  # noticed late: it only wants a second box
        if not _promises(place):
            return None
        # Due, and the detector missed it in that very look: some more at once, then with the others.
        return max(due_s, at_s + _SOON_S) if place.overdue_looks < _TRIES else due_s

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(self._places)

    @property
    def looks_hz(self) -> float:
        return _LOOKS_HZ

    def marks(self) -> tuple[Mark, ...]:
        return tuple(
            Mark(p.xyxy, Stage.RAISED if p.raised else Stage.WATCHED, f"#{p.slot} at rest {p.dwell_s:.1f} s")
            for p in self._places
        )

    def update(self, seen: Observation) -> list[Hazard]:
        at_s, source_wh, detections, still_since = seen.at_s, seen.source_wh, seen.detections, seen.still_since
        self._follow_clock(at_s)
        self._follow_resolution(source_wh)
        self._follow_zone(source_wh)
        smooth = smoothed(seen.luma)
        if detections is None:
            if self._places:
                for place, now in zip(self._places, patches(smooth, self._anchors(), source_wh), strict=True):
                    place.glance(now, at_s)
            return []
        vehicles = detections[np.isin(detections.class_id, self._classes)]
        self._forget(at_s)
        place_of_row = self._match(vehicles.xyxy)
        self._look(detections, vehicles, place_of_row, smooth, source_wh, at_s, still_since)
        hazards = self._raise(at_s) + self._clear(at_s)
        for place in self._places:
            place.fresh_looks += 1
            place.overdue_looks += not place.raised and at_s >= place.began_s + self._dwell_s
        self._forget(at_s)
        self._inferred_s.append(at_s)
        for place in self._begin(vehicles, place_of_row, smooth, source_wh, at_s):
            if still_since is not None:
                # What has stood still under the first box since an earlier look has stood there since then.
                _, since_s = still_since(place.xyxy, source_wh)
                place.looks += self._unseen(since_s, at_s)
                self._date(place, since_s, at_s)
                place.asked_s = place.began_s
        return hazards

    def undated(self) -> float | None:
        """The capture time before which an older look could date the newest places better; None where none could."""
        fresh = [place.asked_s for place in self._places if place.asked_s is not None]
        return max(fresh, default=None)

    def look_back(self, luma: Picture | None, source_wh: tuple[int, int], at_s: float) -> None:
        """Date the newest places by a look from before they were noticed; with None there is none, and they stay."""
        smooth = None if luma is None else smoothed(luma)
        for place in self._places:
            if smooth is None or (place.asked_s is not None and at_s < place.seen_s - _BACK_DATED_S):
                place.asked_s = None
            if smooth is None or place.asked_s is None or at_s >= place.asked_s:
                continue
            place.asked_s = at_s
            if similarity(place.appearance, patches(smooth, place.xyxy[None], source_wh)[0]) >= SAME:
                place.looks += self._unseen(at_s, place.began_s)
                self._date(place, at_s, place.seen_s)
                place.hidden = 0
            else:
                # It may only have been hidden: traffic passes before it. Twice running, it was not there.
                place.hidden += 1
                place.asked_s = None if place.hidden >= _HIDDEN_LOOKS else at_s

    def _unseen(self, from_s: float, to_s: float) -> int:
        """Looks of the detector that saw these very pixels and no vehicle in them: they speak against it."""
        return sum(from_s <= seen_s < to_s for seen_s in self._inferred_s)

    def _date(self, place: Place, since_s: float, at_s: float) -> None:
        place.began_s = min(place.began_s, max(since_s, at_s - _BACK_DATED_S))
        place.observed_s = at_s - place.began_s

    def shift_clock(self, by_s: float) -> None:
        """The wall clock was set, and every later look is timed by the new one: so is what was seen before."""
        for place in self._places:
            place.shift_clock(by_s)
        self._inferred_s = deque((seen_s + by_s for seen_s in self._inferred_s), maxlen=_REMEMBERED_LOOKS)

    def _follow_clock(self, at_s: float) -> None:
        """Somebody set the clock back: dwells that ran are begun anew, raised places keep their identity."""
        if any(place.seen_s > at_s for place in self._places):
            self._places = [place for place in self._places if place.raised]
            for place in self._places:
                place.clock_set_back(at_s)

    def _follow_zone(self, source_wh: tuple[int, int]) -> None:
        """After a restart the zone may be another: what is not raised yet and lies outside it now is dropped."""
        if self._restored:
            self._restored = False
            self._places = [p for p in self._places if p.raised or self._in_zone(p.xyxy[None], source_wh).all()]

    def _in_zone(self, boxes: Floats, source_wh: tuple[int, int]) -> NDArray[np.bool_]:
        return self._zone.footprint_share(boxes, source_wh) >= _IN_ZONE

    def _follow_resolution(self, source_wh: tuple[int, int]) -> None:
        """A camera set to another resolution sees the same places."""
        if self._source_wh is not None and self._source_wh != source_wh:
            across, down = source_wh[0] / self._source_wh[0], source_wh[1] / self._source_wh[1]
            for place in self._places:
                place.xyxy = place.xyxy * np.array([across, down, across, down], np.float32)
        self._source_wh = source_wh

    def _match(self, boxes: Floats) -> NDArray[np.int64]:
        """For each box the place that it lies on, -1 for none; best overlaps first, one box a place."""
        place_of_row = np.full(len(boxes), -1, np.int64)
        if not self._places or not len(boxes):
            return place_of_row
        overlap = iou(boxes, self._anchors())
        rows, places = np.nonzero(overlap >= _ON_PLACE)
        taken: set[int] = set()
        for pair in np.argsort(-overlap[rows, places], kind="stable"):
            row, place = int(rows[pair]), int(places[pair])
            if place_of_row[row] < 0 and place not in taken:
                place_of_row[row] = place
                taken.add(place)
        return place_of_row

    def _look(
        self,
        detections: Detections,
        vehicles: Detections,
        place_of_row: NDArray[np.int64],
        smooth: Picture,
        source_wh: tuple[int, int],
        at_s: float,
        still_since: Since | None,
    ) -> None:
        if not self._places:
            return
        row_of_place = {int(place_of_row[row]): int(row) for row in np.flatnonzero(place_of_row >= 0)}
        in_front = detections.xyxy[detections.confidence >= _COVERS]
        now, known = patches(smooth, self._anchors(), source_wh), np.stack([place.appearance for place in self._places])
        alike, learnt = similarities(known, now).tolist(), adapted(known, now, ADAPT)
        for i, place in enumerate(self._places):
            row = row_of_place.get(i)
            if row is not None:
                sure = float(vehicles.confidence[row])
                place.see(Sight.BOX, now[i], at_s, vehicles.xyxy[row], sure, alike=alike[i], adapted=learnt[i])
            elif alike[i] >= SAME:
                place.see(Sight.OPEN, now[i], at_s, alike=alike[i], adapted=learnt[i])
            else:
                view = in_view(place.xyxy, in_front)
                sight = Sight.OPEN if np.count_nonzero(view) >= _IN_VIEW * view.size else Sight.COVERED
                since_s = None if still_since is None else still_since(place.xyxy, source_wh)[1]
                place.see(sight, now[i], at_s, in_view=view, still_since_s=since_s)

    def _anchors(self) -> Floats:
        """The places' boxes, (N, 4)."""
        return np.stack([place.xyxy for place in self._places])

    def _raise(self, at_s: float) -> list[Hazard]:
        due = [p for p in self._places if not p.raised and p.seen_s == at_s and self._is_due(p)]
        for place in due:
            place.raised = True
            # Within what capture times are good for; a dwell of 9.99 s would only puzzle people.
            place.began_s = min(place.began_s, at_s - self._dwell_s)
        return [self._hazard(Change.RAISED, place, at_s) for place in due]

    def _has_dwelt(self, place: Place, at_s: float) -> bool:
        return at_s - place.began_s >= self._dwell_s - _JITTER_S

    def _is_due(self, place: Place) -> bool:
        """It takes a box in this very look: of what only looks as it did, nobody knows yet whether it is a vehicle."""
        return (
            place.boxed_s == place.seen_s
            and self._has_dwelt(place, place.seen_s)
            and place.observed_s >= _OBSERVED * place.dwell_s
            and _promises(place)
        )

    def _clear(self, at_s: float) -> list[Hazard]:
        over = [
            p
            for p in self._places
            if p.raised and p.free_since_s is not None and p.free_looks >= 2 and at_s - p.free_since_s >= self._clear_s
        ]
        self._places = [p for p in self._places if p not in over]
        return [self._hazard(Change.CLEARED, place, at_s) for place in over]

    def _forget(self, at_s: float) -> None:
        """Drop what has moved on before it became a hazard."""
        self._places = [p for p in self._places if p.raised or not (p.free_looks or at_s - p.seen_s > _FORGET_S)]

    def _begin(
        self,
        vehicles: Detections,
        place_of_row: NDArray[np.int64],
        smooth: Picture,
        source_wh: tuple[int, int],
        at_s: float,
    ) -> list[Place]:
        begun: list[Place] = []
        inside = self._in_zone(vehicles.xyxy, source_wh)
        fresh = np.flatnonzero((place_of_row < 0) & (vehicles.confidence >= _START) & inside)
        ordered = fresh[np.argsort(-vehicles.confidence[fresh], kind="stable")]
        if self._places and len(ordered):
            boxes, anchors = vehicles.xyxy[ordered], self._anchors()
            # A bus before a parked car is no part of it: only what can be seen to stand there has parts.
            there = np.array([place.watched for place in self._places])
            known = (iou(boxes, anchors) >= _ON_PLACE) | (_is_part_of(boxes, anchors) & there)
            ordered = ordered[~known.any(axis=1)]
        appearances = patches(smooth, vehicles.xyxy[ordered], source_wh) if len(ordered) else ()
        for row, appearance in zip(ordered, appearances, strict=True):
            box = vehicles.xyxy[row]
            if begun and _is_part_of(box[None], np.stack([place.xyxy for place in begun])).any():
                continue
            sure = float(vehicles.confidence[row])
            begun.append(Place(self._next_slot, box.copy(), appearance, at_s, at_s, sure, boxed_s=at_s))
            self._next_slot += 1
        self._places += begun
        return begun

    def _hazard(self, change: Change, place: Place, at_s: float) -> Hazard:
        why = {
            "dwell_s": place.dwell_s,
            "limit_s": self._dwell_s,
            "unknown_s": max(0.0, place.dwell_s - place.observed_s),
            "looks": float(place.looks),
            "boxes": float(place.boxes),
            "threshold": _SURE,
        }
        if change is Change.CLEARED:
            why["clear_s"] = self._clear_s
        return Hazard(
            change, self.kind, self.zone_id, place.slot, at_s, place.began_s, place.xyxy, place.confidence, why
        )

    def state(self) -> dict[str, Any]:
        """All that a restart needs, as JSON values."""
        return {
            "next_slot": self._next_slot,
            "source_wh": self._source_wh,
            "places": [place.to_json() for place in self._places],
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._next_slot = int(state["next_slot"])
        self._source_wh = tuple(state["source_wh"]) if state["source_wh"] else None
        self._places = [Place.from_json(values) for values in state["places"]]
        self._restored = True


def _promises(place: Place) -> bool:
    """Whether the detector is sure enough of what stands there."""
    return place.confidence >= _SURE and place.boxes >= max(_CONFIRMED, _DETECTED * place.looks)


def _is_part_of(boxes: Floats, anchors: Floats) -> NDArray[np.bool_]:
    """(N, M): which boxes are a second one on a vehicle that has one: car and truck for one van, the cab and the whole
    lorry."""
    shared = intersection(boxes, anchors)
    smaller = np.minimum(area(boxes)[:, None], area(anchors)[None])
    part: NDArray[np.bool_] = (iou(boxes, anchors) >= _ON_PLACE) | (shared >= _PART * np.maximum(smaller, 1.0))
    return part
