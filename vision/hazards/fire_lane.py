"""A fire lane that is blocked: by a vehicle, or by anything else that has come to rest in it.

Vehicles are told by their class and place (`AtRest`), everything else by what changed in the picture and stays so
(`StaticThings`). What both see is one hazard, by whichever of them was first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from models.spec import ObjectClass
from vision.boxes import area
from vision.hazards.at_rest import AtRest
from vision.hazards.block import Block, Blocks, are_one
from vision.hazards.lane import blocked_share
from vision.hazards.rules import Mark, Observation, Stage
from vision.static.finder import StaticThings
from vision.static.thing import Thing
from vision.types import Change, Detections, Floats, Glimpse, Hazard, HazardKind
from vision.zones import Zone

_JITTER_S = 0.1  # capture times of live cameras are estimates
_OBSERVED = 0.6  # share of the dwell in which it was seen
_JUDGED = 2  # looks of the detector that raising takes at least
_ASKED = 6  # and how many are asked for before it is due
_ASKED_OF_PEOPLE = 24  # where people were seen there: they may only have passed before goods
_PEOPLE = 0.25  # share of them in which people were seen there, from which it is people
_PERSON = 0.15  # confidence of a person's box: people who stand are small, and wrongly spared is soon made good
_VEHICLE = 0.2
_CLEARING_LOOKS = 2


class FireLane:
    """One zone's. `dwell_s`: seconds at rest before raising; `clear_s`: seconds that the ground must be seen again.

    `classes` are the vehicles that count. With `things` everything else counts too that takes at least the share
    `least_blocked`, 0 to 1, of the lane's width.
    """

    kind = HazardKind.FIRE_LANE

    def __init__(
        self,
        zone_id: str,
        zone: Zone,
        classes: tuple[ObjectClass, ...],
        dwell_s: float,
        clear_s: float,
        *,
        things: bool = True,
        least_blocked: float = 0.08,
    ) -> None:
        self.zone_id = zone_id
        self.dwell_s, self._classes, self._clear_s, self._least = dwell_s, classes, clear_s, least_blocked
        self._vehicles = AtRest(self.kind, zone_id, zone, classes, dwell_s, clear_s)
        self._polygon = [(float(x), float(y)) for x, y in zone.polygon]
        self._things = StaticThings(self._polygon) if things else None
        self.sees_colours = things
        self._blocks = Blocks()
        self._source_wh = (0, 0)

    @property
    def looks_hz(self) -> float:
        return self._vehicles.looks_hz

    @property
    def things(self) -> tuple[Thing, ...]:
        return tuple(self._things.things) if self._things is not None else ()

    def wants(self, at_s: float) -> str | None:
        """Why the detector should see the next look: nothing is raised that it has not, and people are no goods."""
        why = self._vehicles.wants(at_s)
        if why is not None:
            return why
        for thing in self.things:
            if thing.raised:
                if thing.free_since_s is not None:
                    return "perhaps free again"
            elif self._is_people(thing):
                if thing.judged < _ASKED_OF_PEOPLE and self._is_in_the_way(thing):
                    return "people, or something behind them"
            elif self._is_in_the_way(thing) and (thing.judged < _ASKED or self._has_dwelt(thing, at_s)):
                return "something stands there"
        return None

    def decides_s(self, at_s: float) -> float | None:
        moments = [self._vehicles.decides_s(at_s)]
        for thing in self.things:
            if thing.raised:
                moments.append(None if thing.free_since_s is None else thing.free_since_s + self._clear_s)
            elif self._counts(thing):
                moments.append(thing.began_s + self.dwell_s)
        return min((moment for moment in moments if moment is not None and moment > at_s), default=None)

    def update(self, seen: Observation) -> list[Hazard]:
        """Hazards raised and cleared by this look; none where the detector did not see it: they go out redacted."""
        self._follow_clock(seen.at_s)
        by_class = self._vehicles.update(seen)
        self._source_wh = seen.source_wh
        if self._things is not None:
            self._see(self._things, seen)
        if seen.detections is None:
            return []
        # What has gone goes first: another thing may stand in its place by now.
        over = [hazard for h in by_class if h.change is Change.CLEARED for hazard in self._vehicle_gone(h)]
        over += self._clear(seen.at_s, self._counted(seen.detections))
        raised = [hazard for h in by_class if h.change is Change.RAISED for hazard in self._vehicle_came(h)]
        return over + raised + self._raise(seen.at_s)

    def _follow_clock(self, at_s: float) -> None:
        """Where somebody set the clock back, places and things move along by themselves, and their hazards here."""
        seen_s = [*self._vehicles.places.table["seen_s"].tolist(), *(thing.seen_s for thing in self.things)]
        last_s = max(seen_s, default=at_s)
        if last_s > at_s:
            self._blocks.shift_clock(at_s - last_s)

    def _see(self, things: StaticThings, seen: Observation) -> None:
        decides_s = self.decides_s(seen.at_s - 0.5)
        due = decides_s is not None and decides_s <= seen.at_s + _JITTER_S
        at_once = due and seen.detections is not None
        taken = things.see(seen.luma, seen.at_s, colours=seen.colours, at_once=at_once)
        if not taken or seen.detections is None:
            return
        others = ~np.isin(seen.detections.class_id, self._classes) & (seen.detections.confidence >= _PERSON)
        things.judge(seen.detections.xyxy[others], self._counted(seen.detections), seen.source_wh)

    def _counted(self, detections: Detections) -> Floats:
        """Boxes (N, 4) of the vehicles that count."""
        rows = np.isin(detections.class_id, self._classes) & (detections.confidence >= _VEHICLE)
        return detections[rows].xyxy

    def _has_dwelt(self, thing: Thing, at_s: float) -> bool:
        return at_s - thing.began_s >= self.dwell_s - _JITTER_S

    def _counts(self, thing: Thing) -> bool:
        """Whether it may become a hazard by what is known of it so far."""
        return not self._is_people(thing) and self._is_in_the_way(thing)

    def _is_people(self, thing: Thing) -> bool:
        return thing.people > _PEOPLE * max(thing.judged, 1)

    def _is_in_the_way(self, thing: Thing) -> bool:
        lives = self._things is not None and self._things.lives(thing)
        return not lives and self._share(thing) >= self._least

    def _share(self, thing: Thing) -> float:
        if thing.blocked is None and self._things is not None and self._things.zone.size:
            thing.blocked = blocked_share(self._things.zone, thing.region)
        return thing.blocked or 0.0  # nothing yet after a restart, before the first look

    def _raise(self, at_s: float) -> list[Hazard]:
        raised = []
        for thing in self.things:
            if thing.raised or thing.seen_s != at_s or thing.judged < _JUDGED or not self._has_dwelt(thing, at_s):
                continue
            if not self._counts(thing) or thing.observed_s < _OBSERVED * thing.dwell_s:
                continue
            thing.raised = True
            thing.began_s = min(thing.began_s, at_s - self.dwell_s)
            raised += self._thing_came(thing, at_s)
        return raised

    def _thing_came(self, thing: Thing, at_s: float) -> list[Hazard]:
        box = self._box(thing)
        known = self._blocks.first(lambda block: are_one(block.xyxy, box))
        if known is not None:
            known.things.add(thing.slot)
            return []
        block = self._blocks.begin(thing.began_s, box, thing.alike)
        block.things.add(thing.slot)
        return [block.hazard(Change.RAISED, self.kind, self.zone_id, at_s, self._why(block, thing, at_s))]

    def _vehicle_came(self, hazard: Hazard) -> list[Hazard]:
        known = self._blocks.first(lambda block: block.vehicle is None and are_one(block.xyxy, hazard.xyxy))
        if known is not None:
            known.vehicle = hazard.slot
            return []
        block = self._blocks.begin(hazard.began_s, hazard.xyxy, hazard.confidence)
        block.vehicle = hazard.slot
        why = {**hazard.why, "slot": block.slot, "what": "vehicle"}
        return [replace(hazard, slot=block.slot, why=why)]

    def _vehicle_gone(self, hazard: Hazard) -> list[Hazard]:
        block = self._blocks.first(lambda block: block.vehicle == hazard.slot)
        if block is None:
            return []
        block.vehicle = None
        # The picture alone saw the same vehicle: what is no longer as it was went with it.
        for thing in [t for t in self.things if t.slot in block.things and not t.watched]:
            self._forget(thing, block)
        if block.things:
            return []
        self._blocks.end(block)
        why = {**hazard.why, "slot": block.slot, "what": "vehicle"}
        return [replace(hazard, slot=block.slot, began_s=block.began_s, xyxy=block.xyxy, why=why)]

    def _clear(self, at_s: float, vehicles: Floats) -> list[Hazard]:
        cleared = []
        for thing in self.things:
            gone_s = thing.free_since_s
            if not thing.raised or gone_s is None or thing.free_looks < _CLEARING_LOOKS:
                continue
            if at_s - gone_s < self._clear_s - _JITTER_S:
                continue
            block = self._blocks.of_thing(thing.slot)
            self._forget(thing, block)
            if block is None or block.things:
                continue
            # Where the ground is seen again and no box lies, a vehicle's place is empty, whatever is remembered of it.
            if block.vehicle is None or not any(are_one(block.xyxy, box) for box in vehicles):
                self._blocks.end(block)
                why = self._why(block, thing, at_s) | {"clear_s": self._clear_s}
                cleared.append(block.hazard(Change.CLEARED, self.kind, self.zone_id, at_s, why))
        return cleared

    def _forget(self, thing: Thing, block: Block | None) -> None:
        if self._things is not None:
            self._things.drop(thing)
        if block is not None:
            block.things.discard(thing.slot)

    def _box(self, thing: Thing) -> Floats:
        return np.zeros(4, np.float32) if self._things is None else self._things.box(thing, self._source_wh)

    def _why(self, block: Block, thing: Thing, at_s: float) -> dict[str, float | str]:
        box = self._box(thing)
        frame = max(self._source_wh[0] * self._source_wh[1], 1)
        return {
            "slot": block.slot,
            "what": "thing",
            "dwell_s": thing.seen_s - block.began_s,
            "limit_s": self.dwell_s,
            "unknown_s": thing.unknown_s,
            "looks": thing.looks,
            "blocked_share": self._share(thing),
            "area_share": float(area(box[None])[0]) / frame,
        }

    def undated(self) -> float | None:
        found = [self._vehicles.undated(), self._things.undated() if self._things is not None else None]
        return max((moment for moment in found if moment is not None), default=None)

    def look_back(self, older: Glimpse | None) -> None:
        self._vehicles.look_back(older)
        if self._things is not None:
            self._things.look_back(older)

    def shift_clock(self, by_s: float) -> None:
        self._vehicles.shift_clock(by_s)
        if self._things is not None:
            self._things.shift_clock(by_s)
        self._blocks.shift_clock(by_s)

    def marks(self) -> tuple[Mark, ...]:
        found = []
        for thing in self.things:
            stage = Stage.RAISED if thing.raised else Stage.WATCHED
            people = f", people in {thing.people} of {thing.judged}" if thing.people else ""
            text = f"thing {thing.slot} {thing.dwell_s:.1f} s, {self._share(thing):.0%}{people}"
            found.append(Mark(self._box(thing), stage, text))
        return (*self._vehicles.marks(), *found)

    def state(self) -> dict[str, Any]:
        return {
            "vehicles": self._vehicles.state(),
            "things": None if self._things is None else self._things.state(),
            "blocks": self._blocks.to_json(),
            "next_slot": self._blocks.next_slot,
            "polygon": self._polygon,
        }

    def restore(self, state: dict[str, Any]) -> None:
        if "vehicles" not in state:
            self._restore_vehicles_alone(state)
            return
        self._vehicles.restore(state["vehicles"])
        self._blocks.restore(state["blocks"], int(state["next_slot"]))
        same = [tuple(corner) for corner in state.get("polygon", self._polygon)] == self._polygon
        if self._things is not None and state["things"] is not None and same:
            self._things.restore(state["things"])
            return
        # Another zone has another ground, and things that nobody looks after are never seen to go.
        self._blocks.without_things()

    def _restore_vehicles_alone(self, state: dict[str, Any]) -> None:
        """A state from before things were looked for: its raised places keep their slots."""
        self._vehicles.restore(state)
        for place in self._vehicles.places:
            if place.raised:
                known = self._blocks.begin(place.began_s, place.xyxy, place.confidence, slot=place.slot)
                known.vehicle = place.slot
        self._blocks.next_slot = int(state["next_slot"])
