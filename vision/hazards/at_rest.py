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
from vision.hazards.dating import Dating
from vision.hazards.drift import Aligned
from vision.hazards.fitting import Overlap, each_once, fit, overlap
from vision.hazards.judging import Judge, why
from vision.hazards.newcomers import START, Newcomers
from vision.hazards.places import CLASSES, Place, Places
from vision.hazards.rules import Mark, Observation, Stage
from vision.hazards.sight import Look, glance, see, succeed
from vision.hazards.terms import Terms, drive_on
from vision.hazards.view import View
from vision.types import Change, Detections, Floats, Glimpse, Hazard, HazardKind
from vision.zones import Zone

_FORGET_S = 120.0  # a place not yet raised that nobody could see for so long is forgotten
_GLIMPSED_S, _FORGET_GLIMPSED_S = 1.0, 5.0  # and one that was seen for a moment only is forgotten sooner
_CHECK_EVERY_S = 0.5
_LOOKS_HZ = 0.5


class AtRest:
    """One hazard of one zone. Call `update` once per look, even with no detections, and with None for them where the
    detector did not see it.

    `dwell_s`: seconds at rest before raising. `clear_s`: seconds that the place must be seen free before clearing.
    `terms`: hours, exemptions and queues.
    """

    sees_colours = False

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
        self._view, self._newcomers = View(), Newcomers(zone)
        self._next_slot = 1
        self._source_wh: tuple[int, int] | None = None
        self._restored = False
        self._at_s = -math.inf
        self._first_s: float | None = None  # when the zone was first looked at; nan where an earlier worker did that

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
        self._view.take(seen)
        if at_s - self._at_s > _FORGET_GLIMPSED_S:
            self._forget(at_s)
        if self._first_s is None:
            self._first_s = at_s
        self._at_s = at_s
        if seen.detections is None:
            self._glance(seen)
            return []
        return self._judged(seen, seen.detections)

    def _judged(self, seen: Observation, detections: Detections) -> list[Hazard]:
        at_s, table = seen.at_s, self._places.table
        everything = self._view.at_anchors(detections)
        vehicles, overlaps, box_of_place = self._fitted(everything, seen.source_wh)
        hazards: list[Hazard] = []
        if len(table):
            # Still boxed or still hidden, and compared a moment ago: a screen's rate of looks tells nothing new.
            changed = (box_of_place < 0) == table["watched"]
            compare = changed | ~(np.abs(at_s - table["checked_s"]) < _CHECK_EVERY_S)
            compared = compare.nonzero()[0]
            before_px = self._view.drift_px
            aligned = self._view.align(table, compared)
            if aligned.drift_px is not before_px:
                everything = self._view.at_anchors(detections)
                vehicles, overlaps, box_of_place = self._fitted(everything, seen.source_wh)
            look = self._look(seen, aligned, vehicles, box_of_place, everything, compared)
            replaced = see(table, look)
            self._terms.place(table, seen.source_wh)
            if self._first_s is not None:
                table["first"] |= table["began_s"] <= self._first_s
            self._prove(at_s)
            hazards += self._raise(at_s) + self._clear(at_s, replaced)
            for row in replaced.nonzero()[0].tolist():
                succeed(table, look, row, self._next_slot)
                self._next_slot += 1
            table["fresh_looks"] += 1
            table["overdue_looks"] += ~table["raised"] & (at_s >= self._judge.due_s(table, at_s))
        self._dating.inferred(at_s)
        rows = self._newcomers.find(vehicles, box_of_place, overlaps, table, seen.source_wh, at_s, self._view.arrived)
        if len(rows):
            self._begin(vehicles[rows], seen)
        self._forget(at_s)
        if self._view.is_to_learn(at_s):
            self._view.learn(self._occupied(everything), at_s)
        return hazards

    def _fitted(
        self, everything: Detections, source_wh: tuple[int, int]
    ) -> tuple[Detections, Overlap, NDArray[np.int64]]:
        """The vehicles that may count, how they lie on the places, and which of them lies on which, -1 for none."""
        counted = self._counts.take(everything.class_id) & self._zone.near(everything.xyxy, source_wh)
        vehicles = each_once(everything[counted.nonzero()[0]])
        overlaps = overlap(vehicles.xyxy, self._places.table["xyxy"])
        return vehicles, overlaps, fit(overlaps.iou)

    def _look(
        self,
        seen: Observation,
        aligned: Aligned,
        vehicles: Detections,
        box_of_place: NDArray[np.int64],
        everything: Detections,
        compared: NDArray[np.intp],
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
            ground=self._view.ground,
            all_changed=aligned.all_changed,
            still_since=seen.still_since,
            under=self._view.under,
            in_zone=lambda boxes: self._newcomers.in_zone(boxes, seen.source_wh),
        )

    def _glance(self, seen: Observation) -> None:
        table = self._places.table
        if len(table):
            aligned = self._view.align(table, np.arange(len(table)))
            glance(table, aligned.now, aligned.alike, self._view.ground, seen.source_wh, seen.at_s)
            self._forget(seen.at_s)

    def _occupied(self, everything: Detections) -> Floats:
        taken = self._places.table["xyxy"][np.isnan(self._places.table["free_since_s"])]
        return np.concatenate([everything.xyxy, taken])

    def undated(self) -> float | None:
        """The capture time before which an older look could date the newest places better; None where none could."""
        return self._dating.undated()

    def look_back(self, older: Glimpse | None) -> None:
        """Date the newest places by a look from before they were noticed; with None there is none, and they stay."""
        self._dating.look_back(older)

    def shift_clock(self, by_s: float) -> None:
        """The wall clock was set, and every later look is timed by the new one: so is what was seen before."""
        self._places.shift_clock(by_s)
        if self._first_s is not None:
            self._first_s += by_s
        self._dating.shift_clock(by_s)

    def _follow_clock(self, at_s: float) -> None:
        """Somebody set the clock back: dwells that ran are begun anew, raised places have stood for as long as they
        had."""
        if np.count_nonzero(self._places.table["seen_s"] > at_s):
            self._places.keep(self._places.table["raised"])
            table, self._first_s = self._places.table, math.nan
            self._places.shift_clock(at_s - table["seen_s"])
            table["free_since_s"] = table["rival_s"] = table["doubt_s"] = np.nan
            table["free_looks"] = 0

    def _follow_zone(self, source_wh: tuple[int, int]) -> None:
        """After a restart the zone may be another: what is not raised yet and lies outside it now is dropped."""
        if self._restored:
            self._restored = False
            table = self._places.table
            self._places.keep(table["raised"] | self._newcomers.in_zone(table["xyxy"], source_wh))

    def _follow_resolution(self, source_wh: tuple[int, int]) -> None:
        """A camera set to another resolution sees the same places."""
        if self._source_wh is not None and self._source_wh != source_wh:
            across, down = source_wh[0] / self._source_wh[0], source_wh[1] / self._source_wh[1]
            for name in ("xyxy", "boxed_xyxy"):
                self._places.table[name] *= np.array([across, down, across, down], np.float32)
            self._view.resized()
        self._source_wh = source_wh

    def _raise(self, at_s: float) -> list[Hazard]:
        table = self._places.table
        return [self._hazard(Change.RAISED, row, at_s) for row in self._judge.raise_due(table, at_s)]

    def _clear(self, at_s: float, replaced: NDArray[np.bool_]) -> list[Hazard]:
        table = self._places.table
        over = self._judge.over(table, at_s)
        found = [self._hazard(Change.CLEARED, int(row), at_s) for row in (over | replaced).nonzero()[0]]
        table["raised"] &= ~over
        return found

    def _forget(self, at_s: float) -> None:
        """Drop what has moved on before it became a hazard, and what is over."""
        table = self._places.table
        drop = table["free_looks"] > 0
        unseen_s = at_s - table["seen_s"]
        long_unseen = unseen_s > _FORGET_GLIMPSED_S
        if np.count_nonzero(long_unseen):
            glimpsed = table["seen_s"] - table["began_s"] < _GLIMPSED_S
            drop |= (glimpsed & long_unseen) | (unseen_s > _FORGET_S)
        drop &= ~table["raised"]
        if np.count_nonzero(drop):
            if self._terms.queues:
                drive_on(table, drop, at_s)
            self._places.keep(~drop)

    def _begin(self, new: Detections, seen: Observation) -> None:
        detail = self._view.under(new.xyxy).detail
        self._places.add(new.xyxy, detail, new.confidence, new.class_id, seen.at_s, self._next_slot)
        self._places.table["arrived"][-len(new) :] = new.confidence < START
        self._next_slot += len(new)
        self._terms.place(self._places.table, seen.source_wh)
        if seen.still_since is not None:
            self._dating.date(len(new), seen.still_since, seen.source_wh, seen.at_s)

    def _prove(self, at_s: float) -> None:
        """What lacks nothing but the detector's confidence: whether it stands where the ground was bare."""
        table = self._places.table
        rows = self._judge.unsure(table, at_s)
        if len(rows):
            table["arrived"][rows] = self._view.arrived(table["xyxy"][rows])

    def _hazard(self, change: Change, row: int, at_s: float) -> Hazard:
        table = self._places.table
        figures = why(table, row, at_s, self._judge, cleared=change is Change.CLEARED)
        xyxy, sure = table["boxed_xyxy"][row].copy(), float(table["confidence"][row])
        began_s, slot = float(table["raised_from_s"][row]), int(table["slot"][row])
        return Hazard(change, self.kind, self.zone_id, slot, at_s, began_s, xyxy, sure, figures)

    def state(self) -> dict[str, Any]:
        """All that a restart needs, as JSON values."""
        return {"next_slot": self._next_slot, "source_wh": self._source_wh, "places": self._places.to_json()}

    def restore(self, state: dict[str, Any]) -> None:
        next_slot, source_wh = int(state["next_slot"]), state["source_wh"]
        self._places.from_json(state["places"])
        self._next_slot, self._source_wh = next_slot, tuple(source_wh) if source_wh else None
        self._restored, self._first_s = True, math.nan


def _mark(place: Place) -> Mark:
    stage = Stage.RAISED if place.raised else Stage.WATCHED
    return Mark(place.boxed_xyxy, stage, f"#{place.slot} at rest {place.dwell_s:.1f} s")
