"""A moving camera's way from a look to its events: pose, places on the ground, and zones there.

It stands where `streams.pipeline.CameraPipeline` stands for a fixed camera, and whoever drives one drives the other.
No threads, sockets or clock.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.aerial.absence import not_found, remember, shown_of, standing
from streams.aerial.crowd_watch import CrowdWatch
from streams.aerial.goods import Goods
from streams.aerial.goods_watch import GoodsWatch
from streams.aerial.locator import Sightings
from streams.aerial.lying import Lying
from streams.aerial.patches import Look
from streams.aerial.place import Place
from streams.aerial.places import PlaceBook
from streams.aerial.poses import PoseSource, StreamPoses, open_poses
from streams.aerial.sighter import Sighter
from streams.aerial.spots import seen_from, spot_of
from streams.aerial.vacancy import Shows
from streams.aerial.zone_watch import Changed, ZoneWatch
from streams.delivery.events import Event, SightedBy
from streams.delivery.events import Place as Spot
from streams.incidents import Incidents
from streams.pipeline import STALE, Pace, Want
from streams.site import DEFAULT_TIMEZONE, CameraSpec
from vision.hazards.rules import Rule, Segment
from vision.picture_health import PictureFault, PictureHealth
from vision.types import Change, Detections, Frame, Glimpse, HazardKind, Tracks

log = logging.getLogger("sanxun.aerial")

_STATE_VERSION = 1
_LOOKS_HZ = 2.0
_STUMBLE_S = 5.0
WATCHED = frozenset({HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE})


class AerialPipeline:
    """Call `wants` and then `step` once per look, in order of capture. `poses` tells where the camera was; where it is
    not given, the camera's settings do. Raises `SourceUnusable` where a file of telemetry cannot be read."""

    def __init__(
        self,
        camera: CameraSpec,
        state: bytes | None = None,
        view_state: bytes | None = None,
        *,
        timezone: str = DEFAULT_TIMEZONE,
        poses: PoseSource | None = None,
    ) -> None:
        if camera.telemetry is None:
            raise ValueError(f"camera {camera.id} has no [camera.telemetry]")
        self.camera, self.timezone = camera, timezone
        self.eyes = Sighter(camera.id, camera.telemetry, poses if poses is not None else open_poses(camera.telemetry))
        self._source = SightedBy(camera.telemetry.source)
        self.book = PlaceBook()
        self._watches = {
            f"{zone.id}/{kind}": ZoneWatch(zone, kind, timezone)
            for zone in camera.zone
            for kind in zone.hazards
            if kind in WATCHED
        }
        self._crowds = {
            f"{zone.id}/{HazardKind.GATHERING}": CrowdWatch(zone, timezone)
            for zone in camera.zone
            if HazardKind.GATHERING in zone.hazards
        }
        self._goods = Goods(camera)
        self._health = PictureHealth(view=camera.view, is_fixed=False)
        self._incidents = Incidents()
        self._at_s: float | None = None
        self._want: tuple[Frame, Want] | None = None
        self.sightings: Sightings | None = None
        self.place_ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._shown: Mapping[int, Shows] = {}  # of places in which the last look found nothing
        self._told_s: float | None = None  # when that was
        self.tracks: Tracks | None = None
        self.seen_by: Mapping[str, str] = {}
        if state is not None:
            self._restore(state)

    @property
    def fault(self) -> PictureFault | None:
        return self._health.fault

    @property
    def rules(self) -> tuple[Rule, ...]:
        """None that judge by the picture."""
        return ()

    def feed(self, at_s: float, data: bytes) -> None:
        """Metadata from beside the pictures, at that media time; for the reader's thread. Nothing is done with it where
        the telemetry comes from a file."""
        if isinstance(self.eyes.poses, StreamPoses):
            self.eyes.poses.feed(at_s, data)

    def wants(self, frame: Frame) -> Want:
        """Whether this look tells anything: not without a pose, for nothing that it found would have a place. Why not
        is the camera's health: unknown, not clear."""
        want = self._judge(frame)
        self._want = frame, want
        return want

    def step(self, frame: Frame, detections: Detections | None, segment: Segment | None = None) -> list[Event]:
        """Events of one look. `detections` is None where the detector did not see it."""
        want = self._want[1] if self._want is not None and self._want[0] is frame else self.wants(frame)
        self._want = None
        if not want.usable or detections is None:
            return []
        at_s = frame.captured_at.timestamp()
        look = self.eyes.look(frame)
        self.sightings = seen = self.eyes.see(look, detections)
        self.place_ids = self.book.see(seen, self._raised())
        self._absent(seen, look)
        self._told_s = at_s
        known = [int(one) for one in self.place_ids if one >= 0]
        changed = [change for watch in self._watches.values() for change in watch.update(self.book, known, at_s)]
        events = [self._event(one, frame, detections) for one in changed]
        events += self._gatherings(seen, frame, look) + self._lying(frame, detections, look)
        self._tidy(at_s)
        if self.eyes.witness.due(at_s):
            self.eyes.judge(frame.source_wh, at_s)
        return events

    def sees(self, incident: str, zone: str, kind: HazardKind, xyxy: tuple[float, float, float, float]) -> bool | None:
        """Whether, by the last look, what an incident is about stands at its place still; None where that look does not
        tell: not in view, covered, or not seen from where it was found. `xyxy` is a fixed camera's."""
        slot = self._incidents.slot_of(incident)
        if slot is not None and self._told_s == self._at_s and self._goods.knows(zone, slot):
            return self._goods.told(zone, slot)
        if slot is None or self._told_s != self._at_s or f"{zone}/{kind}" not in self._watches:
            return None
        if slot in self.place_ids:
            return True
        return False if self._shown.get(slot) is Shows.FREE else None

    def pace(self) -> Pace:
        """Often enough that looks can be laid over each other by the picture."""
        at_s = self._at_s
        moments = [] if at_s is None else [watch.pending_s(self.book, at_s) for watch in self._watches.values()]
        moments += [] if at_s is None else self._goods.pending_s(at_s)
        return Pace(_LOOKS_HZ, min((moment for moment in moments if moment is not None), default=None))

    def undated(self) -> float | None:
        """Two looks decide: no older one is asked for."""
        return None

    def look_back(self, older: Glimpse | None) -> None:
        """Nothing is dated by older looks."""

    def glimpse(self, frame: Frame, at_s: float) -> Glimpse:
        return Glimpse(at_s, frame.source_wh, frame.luma)

    def glimpse_before(self, at_s: float) -> Glimpse | None:
        return None

    @property
    def lying(self) -> list[Lying]:
        """Goods that no detector knows, raised or not yet."""
        return self._goods.lying

    def state(self) -> bytes:
        return json.dumps(self.state_values()).encode()

    def state_values(self) -> dict[str, Any]:
        """What the next flight needs, as JSON values: places seen so far, and what is raised."""
        rules = {key: watch.state() for key, watch in self._rules().items()}
        version = {"version": _STATE_VERSION, "aerial": True}
        return {**version, "book": self.book.state(), "rules": rules, "incidents": self._incidents.state()}

    def view_state(self) -> bytes:
        """A camera that moves has no view to remember."""
        return b"{}"

    def spot(self, place: Place) -> Spot:
        """Where a place is, with its ellipse."""
        return spot_of(*place.mean())

    def _judge(self, frame: Frame) -> Want:
        at_s = frame.captured_at.timestamp()
        if self._at_s is not None and at_s <= self._at_s:
            if self._at_s - at_s <= _STUMBLE_S:
                return Want(False, False, STALE)
            log.warning("camera %s: time went back by %.0f s", frame.camera, self._at_s - at_s)
            self.eyes.forget()
        self._at_s = at_s
        self._health.see(frame.luma, at_s)
        fault = self._health.fault
        doubt = fault.kind if fault is not None else self._health.doubt
        if doubt is not None:
            return Want(False, False, doubt.value)
        refused = self.eyes.refused(frame)
        return Want(True, True, "every look") if refused is None else Want(False, False, refused)

    def _absent(self, seen: Sightings, look: Look) -> None:
        """Take in what the look found of watched places, and what it shows of those in which it found nothing."""
        for row, one in enumerate(self.place_ids.tolist()):
            if one >= 0 and self._watched(one):
                remember(self.book, one, look, seen.detections.xyxy[row])
        missed = not_found(self.book, {int(one) for one in self.place_ids}, look, seen.detections)
        self._shown = {one: self._shows(one, look) for one in missed}
        for one, shown in self._shown.items():
            if shown is Shows.THERE:
                self.book.there(one)
        self.book.missed([one for one, shown in self._shown.items() if shown is Shows.FREE], seen.at_s)

    def _watched(self, one: int) -> bool:
        return any(watch.watches(self.book.places[one]) for watch in self._watches.values())

    def _shows(self, one: int, look: Look) -> Shows:
        """What a look in which nothing was found shows of a place. Of what no zone watches the detector's word is
        enough: nothing hangs on it."""
        return shown_of(self.book, one, look) if self._watched(one) else Shows.FREE

    def _tidy(self, at_s: float) -> None:
        """What was never at rest, or has gone and is raised nowhere, is let go of."""
        raised = self._raised()
        for one, place in list(self.book.places.items()):
            gone = place.empty >= 3 or (place.empty and not place.looks)
            if gone and one not in raised:
                self.book.forget(one)
        self.book.tidy(at_s, raised)

    def _rules(self) -> dict[str, ZoneWatch | CrowdWatch | GoodsWatch]:
        return {**self._watches, **self._crowds, **self._goods.watches}

    def _raised(self) -> frozenset[int]:
        return frozenset(one for watch in self._watches.values() for one in watch.raised)

    def _gatherings(self, seen: Sightings, frame: Frame, look: Look) -> list[Event]:
        found = []
        for watch in self._crowds.values():
            for hazard in watch.update(seen, look):
                event = self._incidents.event(hazard, frame, seen.detections, self.seen_by)
                found.append(replace(event, place=watch.spot, source=self._source))
        return found

    def _lying(self, frame: Frame, detections: Detections, look: Look) -> list[Event]:
        """Goods that no detector knows; where a vehicle stands the ground is not judged."""
        if not self._goods.watches:
            return []
        boxes = np.concatenate([detections.xyxy, standing(self.book, look)])
        found = []
        for one in self._goods.update(look, boxes, self.book.number):
            event = self._incidents.event(one.hazard, frame, detections, self.seen_by)
            lon, lat = one.lying.middle
            place = spot_of(lon, lat, self.eyes.covariance_m2(look, lon, lat))
            found.append(replace(event, place=place, source=self._source))
        return found

    def _event(self, one: Changed, frame: Frame, detections: Detections) -> Event:
        place = self.spot(one.place)
        event = self._incidents.event(one.hazard, frame, detections, self.seen_by)
        if one.hazard.change is Change.CLEARED:
            event = replace(event, xyxy=self._box_now(one.place, frame))
        else:
            event = replace(event, why={**event.why, **self._seen_from(one.place, frame)})
        return replace(event, place=place, source=self._source)

    def _seen_from(self, place: Place, frame: Frame) -> dict[str, float]:
        """From where it was found most often: a look that is to tell that it has gone must be like that."""
        look = self.eyes.look(frame)
        lon, lat, _ = place.mean()
        best = max(place.memories, key=lambda one: one.found, default=None)
        sight = look.sight(lon, lat, place.half_height_m) if best is None else best.sight
        return seen_from(sight, look)

    def _box_now(self, place: Place, frame: Frame) -> tuple[float, float, float, float]:
        """Where in this picture the place is, as large as it was when something stood there."""
        lon, lat, _ = place.mean()
        x, y = self.eyes.look(frame).project(np.array([[lon, lat]]), place.half_height_m)[0].tolist()
        if not (math.isfinite(x) and math.isfinite(y)):
            return place.xyxy
        half_w, half_h = (place.xyxy[2] - place.xyxy[0]) / 2, (place.xyxy[3] - place.xyxy[1]) / 2
        wide, tall = frame.source_wh
        return max(0.0, x - half_w), max(0.0, y - half_h), min(float(wide), x + half_w), min(float(tall), y + half_h)

    def _restore(self, state: bytes) -> None:
        try:
            stored = json.loads(state)
            if stored.get("version") != _STATE_VERSION or not stored.get("aerial"):
                raise ValueError("not a moving camera's state")
            book = PlaceBook()
            book.restore(stored["book"])
            for key, watch in self._rules().items():
                if key in stored["rules"]:
                    watch.restore(stored["rules"][key])
            self._incidents.restore(stored["incidents"])
            self.book = book
        except (ValueError, KeyError, TypeError, LookupError) as error:
            log.error("camera %s: its stored places cannot be read, and are begun anew: %s", self.camera.id, error)
