"""Vehicles at rest in a zone for too long: the rule behind illegal parking and blocked fire lanes.

By place and by capture time: never by track id, never in frames. A look that could not see a place says nothing
about it; missing video is unknown, not clear.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from vision.appearance import Patches, Smooth, patches
from vision.bare_ground import BareGround
from vision.hazards.dating import Dating
from vision.hazards.drift import Aligned, Drift
from vision.hazards.fitting import Overlap, fit, overlap
from vision.hazards.judging import Judge, why
from vision.hazards.places import CLASSES, Place, Places
from vision.hazards.rules import Mark, Observation, Stage
from vision.hazards.sight import Look, glance, see, succeed
from vision.hazards.terms import Terms, drive_on
from vision.types import Change, Detections, Floats, Hazard, HazardKind, Picture
from vision.zones import Zone

_START = 0.3  # confidence that makes a new place; weaker boxes only confirm one ...
_FAINT_START = 0.12  # ... but where the ground was bare and something has come: small and dark vehicles
_IN_ZONE = 0.5  # share of a vehicle's footprint that must lie in the zone
_FORGET_S = 120.0  # a place not yet raised that nobody could see for so long is forgotten
_GLIMPSED_S, _FORGET_GLIMPSED_S = 1.0, 5.0  # and one that was seen for a moment only is forgotten sooner
_CHECK_EVERY_S = 0.5
_STAYS = 0.6  # IoU with a box of the last look
_SETTLED_LOOKS = 3
_LOOKS_HZ = 0.5


class AtRest:
    """One hazard of one zone. Call `update` once per look, even with no detections, and with None for them where the
    detector did not see it.

    `dwell_s`: seconds at rest before raising. `clear_s`: seconds that the place must be seen free before clearing.
    `terms`: hours, exemptions and queues.
    """

    def __init__(
        self,
        kind: HazardKind,
        zone_id: str,
        zone: Zone,
        classes: tuple[ObjectClass, ...],
        dwell_s: float,
        clear_s: float,
        terms: Terms | None = None,
    ) -> None:
        self.kind, self.zone_id = kind, zone_id
        self._zone = zone
        self._counts = np.isin(np.arange(CLASSES), classes)
        self._terms = terms or Terms()
        self._judge = Judge(dwell_s, clear_s, self._terms)
        self._places = Places()
        self._dating = Dating(self._places)
        self._ground, self._drift = BareGround(), Drift()
        self._next_slot = 1
        self._source_wh: tuple[int, int] | None = None
        self._restored = False
        self._at_s = self._before_s = -math.inf
        self._before: Floats = np.zeros((0, 4), np.float32)  # the vehicles of the detector's last look
        self._smooth = Smooth(np.zeros((0, 0), np.uint8))  # of the look that is taken in

    def wants(self, at_s: float) -> str | None:
        """Why the detector should see the next look, at about `at_s`; None where its appearance will do."""
        return self._judge.wants(self._places.table, at_s)

    def decides_s(self, at_s: float) -> float | None:
        """The next capture time after `at_s` at which something that looks like a hazard will be one, or be over."""
        return self._judge.decides_s(self._places.table, at_s)

    @property
    def places(self) -> Places:
        return self._places

    @property
    def looks_hz(self) -> float:
        return _LOOKS_HZ

    def marks(self) -> tuple[Mark, ...]:
        return tuple(_mark(place) for place in self._places)

    def update(self, seen: Observation) -> list[Hazard]:
        at_s, source_wh = seen.at_s, seen.source_wh
        self._follow_clock(at_s)
        self._follow_resolution(source_wh)
        self._follow_zone(source_wh)
        self._smooth = Smooth(seen.luma)
        if at_s - self._at_s > _FORGET_GLIMPSED_S:
            self._forget(at_s)
        self._at_s = at_s
        if seen.detections is None:
            self._glance(seen)
            return []
        return self._judged(seen, seen.detections)

    def _judged(self, seen: Observation, everything: Detections) -> list[Hazard]:
        at_s, table = seen.at_s, self._places.table
        everything = _moved(everything, -self._drift.px)
        vehicles, overlaps, box_of_place = self._fitted(everything, seen.source_wh)
        hazards: list[Hazard] = []
        if len(table):
            # A box on it or hidden, and compared a moment ago: at a screen's rate of looks that tells nothing new.
            compare = ((box_of_place < 0) & table["watched"]) | ~(np.abs(at_s - table["checked_s"]) < _CHECK_EVERY_S)
            before_px = self._drift.px
            aligned = self._aligned(seen, np.flatnonzero(compare))
            if aligned.drift_px is not before_px:
                everything = _moved(everything, before_px - self._drift.px)
                vehicles, overlaps, box_of_place = self._fitted(everything, seen.source_wh)
            look = self._look(seen, aligned, vehicles, box_of_place, everything, compare)
            replaced = see(table, look)
            self._terms.place(table, seen.source_wh)
            self._prove(seen)
            hazards += self._raise(at_s) + self._clear(at_s, replaced)
            for row in np.flatnonzero(replaced).tolist():
                succeed(table, look, row, self._next_slot)
                self._next_slot += 1
            table["fresh_looks"] += 1
            table["overdue_looks"] += ~table["raised"] & (at_s >= self._judge.due_s(table, at_s))
        self._dating.inferred(at_s)
        self._begin(vehicles, box_of_place, overlaps, seen)
        self._before_s, self._before = at_s, vehicles.xyxy
        self._forget(at_s)
        if self._drift.at_home and self._ground.is_due(at_s):
            self._ground.learn(seen.luma, self._occupied(everything), seen.source_wh, at_s)
        return hazards

    def _fitted(
        self, everything: Detections, source_wh: tuple[int, int]
    ) -> tuple[Detections, Overlap, NDArray[np.int64]]:
        """The vehicles that may count, how they lie on the places, and which of them lies on which, -1 for none."""
        vehicles = everything[self._counts[everything.class_id] & self._zone.near(everything.xyxy, source_wh)]
        overlaps = overlap(vehicles.xyxy, self._places.table["xyxy"])
        return vehicles, overlaps, fit(overlaps.iou)

    def _aligned(self, seen: Observation, rows: NDArray[np.intp]) -> Aligned:
        table = self._places.table
        settled = table["looks"][rows] >= _SETTLED_LOOKS
        return self._drift.align(self._smooth, table["xyxy"][rows], table["detail"][rows], settled, seen.source_wh)

    def _look(
        self,
        seen: Observation,
        aligned: Aligned,
        vehicles: Detections,
        box_of_place: NDArray[np.int64],
        everything: Detections,
        compared: NDArray[np.bool_],
    ) -> Look:
        return Look(
            at_s=seen.at_s,
            source_wh=seen.source_wh,
            now=aligned.now,
            alike=aligned.alike,
            compared=compared,
            vehicles=vehicles,
            box_of_place=box_of_place,
            everything=everything,
            ground=self._ground,
            all_changed=aligned.all_changed,
            still_since=seen.still_since,
            under=lambda boxes: self._under(boxes, seen),
        )

    def _glance(self, seen: Observation) -> None:
        table = self._places.table
        if len(table):
            aligned = self._aligned(seen, np.arange(len(table)))
            glance(table, aligned.now, aligned.alike, self._ground, seen.source_wh, seen.at_s)

    def _occupied(self, everything: Detections) -> Floats:
        taken = self._places.table["xyxy"][np.isnan(self._places.table["free_since_s"])]
        return np.concatenate([everything.xyxy, taken])

    def undated(self) -> float | None:
        """The capture time before which an older look could date the newest places better; None where none could."""
        return self._dating.undated()

    def look_back(self, luma: Picture | None, source_wh: tuple[int, int], at_s: float) -> None:
        """Date the newest places by a look from before they were noticed; with None there is none, and they stay."""
        self._dating.look_back(luma, source_wh, at_s)

    def shift_clock(self, by_s: float) -> None:
        """The wall clock was set, and every later look is timed by the new one: so is what was seen before."""
        self._places.shift_clock(by_s)
        self._dating.shift_clock(by_s)

    def _follow_clock(self, at_s: float) -> None:
        """Somebody set the clock back: dwells that ran are begun anew, raised places keep their identity."""
        if (self._places.table["seen_s"] > at_s).any():
            self._places.keep(self._places.table["raised"])
            table = self._places.table
            table["seen_s"] = at_s
            table["free_since_s"] = table["rival_s"] = table["doubt_s"] = np.nan
            table["free_looks"] = 0

    def _follow_zone(self, source_wh: tuple[int, int]) -> None:
        """After a restart the zone may be another: what is not raised yet and lies outside it now is dropped."""
        if self._restored:
            self._restored = False
            table = self._places.table
            self._places.keep(table["raised"] | self._in_zone(table["xyxy"], source_wh))

    def _in_zone(self, boxes: Floats, source_wh: tuple[int, int]) -> NDArray[np.bool_]:
        return self._zone.footprint_share(boxes, source_wh) >= _IN_ZONE

    def _follow_resolution(self, source_wh: tuple[int, int]) -> None:
        """A camera set to another resolution sees the same places."""
        if self._source_wh is not None and self._source_wh != source_wh:
            across, down = source_wh[0] / self._source_wh[0], source_wh[1] / self._source_wh[1]
            self._places.table["xyxy"] *= np.array([across, down, across, down], np.float32)
            self._drift = Drift()
        self._source_wh = source_wh

    def _raise(self, at_s: float) -> list[Hazard]:
        table = self._places.table
        return [self._hazard(Change.RAISED, row, at_s) for row in self._judge.raise_due(table, at_s)]

    def _clear(self, at_s: float, replaced: NDArray[np.bool_]) -> list[Hazard]:
        table = self._places.table
        over = self._judge.over(table, at_s)
        found = [self._hazard(Change.CLEARED, int(row), at_s) for row in np.flatnonzero(over | replaced)]
        table["raised"] &= ~over
        return found

    def _forget(self, at_s: float) -> None:
        """Drop what has moved on before it became a hazard, and what is over."""
        table = self._places.table
        unseen_s = at_s - table["seen_s"]
        glimpsed = (table["seen_s"] - table["began_s"] < _GLIMPSED_S) & (unseen_s > _FORGET_GLIMPSED_S)
        drop = ~table["raised"] & ((table["free_looks"] > 0) | glimpsed | (unseen_s > _FORGET_S))
        if drop.any():
            if self._terms.queues:
                drive_on(table, drop, at_s)
            self._places.keep(~drop)

    def _begin(
        self, vehicles: Detections, box_of_place: NDArray[np.int64], overlaps: Overlap, seen: Observation
    ) -> None:
        """New places, the surest boxes first."""
        table, at_s, source_wh = self._places.table, seen.at_s, seen.source_wh
        fresh = vehicles.confidence >= _FAINT_START
        fresh[box_of_place[box_of_place >= 0]] = False
        # A bus before a parked car is no part of it: only what can be seen to stand there has parts.
        fresh &= ~(overlaps.part & (table["watched"] | (overlaps.iou >= 0.5))).any(axis=1)
        rows = np.flatnonzero(fresh)
        if not len(rows):
            return
        rows = rows[self._in_zone(vehicles.xyxy[rows], source_wh)]
        rows = rows[self._stays(vehicles.xyxy[rows], at_s)]
        sure = vehicles.confidence[rows] >= _START
        if not sure.all():
            faint = rows[~sure]
            rows = np.concatenate([rows[sure], faint[self._arrived(vehicles.xyxy[faint], seen)]])
        rows = rows[np.argsort(-vehicles.confidence[rows], kind="stable")]
        rows = _apart(vehicles.xyxy, rows)
        if not len(rows):
            return
        new = vehicles[rows]
        now = self._under(new.xyxy, seen)
        self._places.add(new.xyxy, now.detail, new.confidence, new.class_id, at_s, self._next_slot)
        self._places.table["arrived"][-len(rows) :] = new.confidence < _START
        self._next_slot += len(rows)
        self._terms.place(self._places.table, source_wh)
        if seen.still_since is not None:
            self._dating.date(len(rows), seen.still_since, source_wh, at_s)

    def _stays(self, boxes: Floats, at_s: float) -> NDArray[np.bool_]:
        """Where looks are close together, what drives through is not where it was in the last one."""
        if not 0 <= at_s - self._before_s < _CHECK_EVERY_S:
            return np.ones(len(boxes), bool)
        stays: NDArray[np.bool_] = (overlap(boxes, self._before).iou >= _STAYS).any(axis=1)
        return stays

    def _prove(self, seen: Observation) -> None:
        """What is due but for the detector's confidence: whether it stands where the ground was bare."""
        table = self._places.table
        rows = self._judge.unsure(table, seen.at_s)
        if len(rows):
            table["arrived"][rows] = self._arrived(table["xyxy"][rows], seen)

    def _arrived(self, boxes: Floats, seen: Observation) -> NDArray[np.bool_]:
        """Which boxes (N, 4) lie where the ground is known to have been bare, and is not now."""
        ground = self._ground.compare(boxes, seen.source_wh, self._under(boxes, seen), np.arange(len(boxes)))
        return ground.known & ~ground.bare

    def _under(self, boxes: Floats, seen: Observation) -> Patches:
        """The picture under boxes (N, 4) that are where the anchors are."""
        moved = boxes if self._drift.at_home else boxes + np.tile(self._drift.px, 2)
        return patches(self._smooth, moved, seen.source_wh)

    def _hazard(self, change: Change, row: int, at_s: float) -> Hazard:
        place = self._places.table[row]
        figures = why(place, at_s, self._judge, cleared=change is Change.CLEARED)
        xyxy, sure = place["xyxy"].copy(), float(place["confidence"])
        began_s = float(place["raised_from_s"])
        return Hazard(change, self.kind, self.zone_id, int(place["slot"]), at_s, began_s, xyxy, sure, figures)

    def state(self) -> dict[str, Any]:
        """All that a restart needs, as JSON values."""
        return {"next_slot": self._next_slot, "source_wh": self._source_wh, "places": self._places.to_json()}

    def restore(self, state: dict[str, Any]) -> None:
        next_slot, source_wh = int(state["next_slot"]), state["source_wh"]
        self._places.from_json(state["places"])
        self._next_slot, self._source_wh = next_slot, tuple(source_wh) if source_wh else None
        self._restored = True


def _apart(boxes: Floats, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Of boxes in order, those that are no second one on a vehicle that comes before."""
    part = overlap(boxes[rows], boxes[rows]).part
    kept: list[int] = []
    for at in range(len(rows)):
        if not part[at, kept].any():
            kept.append(at)
    return rows[kept]


def _moved(detections: Detections, by_px: Floats) -> Detections:
    if not by_px.any():
        return detections
    return Detections(detections.xyxy + np.tile(by_px, 2), detections.confidence, detections.class_id)


def _mark(place: Place) -> Mark:
    stage = Stage.RAISED if place.raised else Stage.WATCHED
    return Mark(place.xyxy, stage, f"#{place.slot} at rest {place.dwell_s:.1f} s")
