"""A moving camera's way from a look to its events: pose, places on the ground, and zones there.

It stands where `streams.pipeline.CameraPipeline` stands for a fixed camera, and whoever drives one drives the other.
No threads, sockets or clock.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from streams.aerial.crowd_watch import CrowdWatch
from streams.aerial.goods import Goods
from streams.aerial.goods_watch import GoodsWatch
from streams.aerial.in_view import ZonesBelow
from streams.aerial.locator import Sightings
from streams.aerial.lying import Lying
from streams.aerial.patches import Look
from streams.aerial.place import Place
from streams.aerial.places import PlaceBook
from streams.aerial.poses import PoseSource, StreamPoses, open_poses
from streams.aerial.sighter import Sighter
from streams.aerial.spots import box_now, found_from, spot_of
from streams.aerial.vehicles import Vehicles
from streams.aerial.zone_watch import Changed, ZoneWatch
from streams.delivery.events import Event, SightedBy
from streams.delivery.events import Place as Spot
from streams.incidents import Incidents
from streams.pipeline import STALE, Pace, Want
from streams.site import DEFAULT_TIMEZONE, CameraSpec
from streams.viewing import InView
from vision.hazards.rules import Rule, Segment
from vision.picture_health import PictureFault, PictureHealth
from vision.types import Change, Detections, Frame, Glimpse, HazardKind, Tracks

log = logging.getLogger("sanxun.aerial")

_STATE_VERSION = 1
_LOOKS_HZ = 2.0
_STUMBLE_S = 5.0
_ANOTHER_FLIGHT_S = 60.0


class AerialPipeline:
    """Call `wants` and then `step` once per look, in order of capture. `poses` tells where the camera was; where it is
    not given, the camera's settings do. Raises `SourceUnusable` where a file of telemetry cannot be read."""

    keeps: ClassVar[type[Vehicles]] = Vehicles

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
        self._begin_anew()
        self._below = ZonesBelow(camera.zone)
        self._health = PictureHealth(view=camera.view, is_fixed=False)
        self._at_s: float | None = None
        self._want: tuple[Frame, Want] | None = None
        self.sightings: Sightings | None = None
        self._told_s: float | None = None  # when a look was judged last
        self.tracks: Tracks | None = None
        self.seen_by: Mapping[str, str] = {}
        if state is not None:
            self._restore(state)

    @property
    def fault(self) -> PictureFault | None:
        return self._health.fault

    @property
    def book(self) -> PlaceBook:
        """The places where vehicles stand."""
        return self._vehicles.book

    @property
    def place_ids(self) -> NDArray[np.int64]:
        """The place of each detection of the last look, -1 where it has none."""
        return self._vehicles.place_ids

    @property
    def rules(self) -> tuple[Rule, ...]:
        """None that judge by the picture."""
        return ()

    def in_view(self, frame: Frame) -> InView:
        """Where its zones are in that picture."""
        return self._below.in_view(self.eyes.look(frame))

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
        self._told_s = at_s
        events = [self._event(one, frame, detections, look) for one in self._vehicles.update(seen, look)]
        events += self._gatherings(seen, frame, look) + self._lying(frame, detections, look)
        self._vehicles.tidy(at_s)
        if self.eyes.witness.due(at_s):
            self.eyes.judge(frame.source_wh, at_s)
        return events

    def sees(self, incident: str, zone: str, kind: HazardKind, xyxy: tuple[float, float, float, float]) -> bool | None:
        """Whether, by the last look, what an incident is about stands at its place still; None where that look does not
        tell: not in view, covered, or not seen from where it was found. `xyxy` is a fixed camera's."""
        slot = self._incidents.slot_of(incident)
        if slot is None or self._told_s != self._at_s:
            return None
        if self._goods.knows(zone, slot):
            return self._goods.told(zone, slot)
        return self._vehicles.told(zone, kind, slot)

    def pace(self) -> Pace:
        """Often enough that looks can be laid over each other by the picture."""
        at_s = self._at_s
        moments = [] if at_s is None else [*self._vehicles.pending_s(at_s), *self._goods.pending_s(at_s)]
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
        if self._at_s is not None and at_s - self._at_s > _ANOTHER_FLIGHT_S:
            self.eyes.another_flight()
        self._at_s = at_s
        self._health.see(frame.luma, at_s)
        fault = self._health.fault
        doubt = fault.kind if fault is not None else self._health.doubt
        if doubt is not None:
            return Want(False, False, doubt.value)
        refused = self.eyes.refused(frame)
        if refused is not None and refused == self.eyes.doubted and not self.eyes.witness.settled:
            self.eyes.watch(self.eyes.look(frame))
        return Want(True, True, "every look") if refused is None else Want(False, False, refused)

    def _rules(self) -> dict[str, ZoneWatch | CrowdWatch | GoodsWatch]:
        return {**self._vehicles.watches, **self._crowds, **self._goods.watches}

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
        boxes = np.concatenate([detections.xyxy, self._vehicles.standing(look)])
        found = []
        for one in self._goods.update(look, boxes, self.book.number):
            event = self._incidents.event(one.hazard, frame, detections, self.seen_by)
            lon, lat = one.lying.middle
            place = spot_of(lon, lat, self.eyes.covariance_m2(look, lon, lat))
            found.append(replace(event, place=place, source=self._source))
        return found

    def _event(self, one: Changed, frame: Frame, detections: Detections, look: Look) -> Event:
        event = self._incidents.event(one.hazard, frame, detections, self.seen_by)
        if one.hazard.change is Change.CLEARED:
            event = replace(event, xyxy=box_now(one.place, look))
        else:
            event = replace(event, why={**event.why, **found_from(one.place, look)})
        return replace(event, place=self.spot(one.place), source=self._source)

    def _begin_anew(self) -> None:
        """Nothing is known, and nothing is on."""
        self._vehicles = self.keeps(self.camera, self.timezone)
        self._crowds = {
            f"{zone.id}/{HazardKind.GATHERING}": CrowdWatch(zone, self.timezone)
            for zone in self.camera.zone
            if HazardKind.GATHERING in zone.hazards
        }
        self._goods = Goods(self.camera)
        self._incidents = Incidents()

    def _restore(self, state: bytes) -> None:
        """All of it or nothing, but for the goods of a zone: what is raised of anything else hangs together."""
        try:
            stored = json.loads(state)
            if stored.get("version") != _STATE_VERSION or not stored.get("aerial"):
                raise ValueError("not a moving camera's state")
            self.book.restore(stored["book"])
            rules = stored["rules"]
            judged: dict[str, ZoneWatch | CrowdWatch] = {**self._vehicles.watches, **self._crowds}
            for key, watch in judged.items():
                if key in rules:
                    watch.restore(rules[key])
            self._incidents.restore(stored["incidents"])
        except (ValueError, KeyError, TypeError, LookupError, AttributeError) as error:
            log.error("camera %s: its stored places cannot be read, and are begun anew: %s", self.camera.id, error)
            self._begin_anew()
            return
        self._goods.restore(rules)
