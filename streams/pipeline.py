"""One camera's way from a look to its events; the same for a live camera and a recorded clip.

No threads, sockets or clock: time is the frame's. Whoever drives it stores `state()` together with the events, in one
transaction, so that a crash can neither lose an event nor raise it twice.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from streams.delivery.events import Event
from streams.glimpses import Glimpses
from streams.incidents import Incidents
from streams.media_clock import MediaClock
from streams.rulebook import Rulebook
from streams.rules import COMING
from streams.site import DEFAULT_TIMEZONE, CameraSpec
from vision.boxes import iou
from vision.gate import StillGate
from vision.hazards.rules import Observation, Rule, Segment, Stage
from vision.picture_health import PictureFault, PictureHealth
from vision.track import Tracker
from vision.types import Detections, Frame, Glimpse, HazardKind, Tracks

log = logging.getLogger("sanxun.pipeline")

_STATE_VERSION = 1
_STUMBLE_S = 5.0
# A look at a screen's rate, or every picture of a bench, shows no more of these than a look now and then.
_HEALTH_EVERY_S, _GATE_EVERY_S = 0.4, 0.2
# Nor do rules, which decide by seconds and ask for a look a second at most, but for the look that decides.
_RULES_EVERY_S = 0.4
_SAME_PLACE_IOU = 0.3
STALE = "not newer than the last look"


@dataclass(frozen=True, slots=True)
class Want:
    """What a look is worth: whether it tells anything at all, whether the detector should see it, and why."""

    usable: bool
    infer: bool
    why: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a camera should be looked at, and the capture time (s) at which a look decides something."""

    hz: float
    decides_s: float | None


class CameraPipeline:
    """Picture health, gate, tracker, zones and rules of one camera. Call `wants` and then `step` once per look, in
    order of capture.

    `state` and `view_state` are what an earlier one stored. With `gating` off every look asks for the detector.
    Hours of the day are those of `timezone`, the site's.
    """

    def __init__(
        self,
        camera: CameraSpec,
        state: bytes | None = None,
        view_state: bytes | None = None,
        *,
        gating: bool = True,
        timezone: str = DEFAULT_TIMEZONE,
    ) -> None:
        self.camera, self.timezone = camera, timezone
        self._gating = gating
        self._tracker = Tracker()
        self._rules = Rulebook(camera, timezone)
        self._gate = _gate(camera)
        self._health = PictureHealth(
            view=camera.view, is_fixed=camera.fixed, accepts_after_s=camera.accept_view_after_s
        )
        self._at_s: float | None = None
        self._health_s = self._gated_s = self._ruled_s = -math.inf
        self._decides_s: float | None = None
        self._wh: tuple[int, int] | None = None
        self._media_clock = MediaClock()
        self._want: tuple[Frame, Want] | None = None
        self._glimpses = Glimpses()
        self._incidents = Incidents()
        self.tracks: Tracks | None = None
        self.seen_by: Mapping[str, str] = {}  # weights and precision of the detector that looks, for people to read
        if state is not None:
            self._restore(state)
        if view_state is not None:
            self._restore_view(view_state)

    @property
    def fault(self) -> PictureFault | None:
        """Why the picture cannot be believed now, None when it can."""
        return self._health.fault

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._rules)

    def wants(self, frame: Frame) -> Want:
        """Whether this look needs the detector. It is settled by the picture's brightness alone.

        A frame that is not newer than the last one is not usable, and neither is one whose picture cannot be believed:
        it is unknown what it shows. A step back of more than 5 s is the wall clock that was set: the new time holds
        from there.
        """
        want = self._judge(frame)
        self._want = frame, want
        return want

    def step(self, frame: Frame, detections: Detections | None, segment: Segment | None = None) -> list[Event]:
        """Events of one look. `detections` is None where the detector did not see it; `segment` finds wires, where
        there are weights for it."""
        want = self._want[1] if self._want is not None and self._want[0] is frame else self.wants(frame)
        self._want = None
        if not want.usable:
            return []
        at_s = frame.captured_at.timestamp()
        tracks = None
        if detections is not None:
            tracks = self.tracks = self._tracker.update(detections, at_s)
        if not self._rules_due(at_s):
            return []
        if detections is not None:
            self._gate.inferred()  # only now: what it asked about has to come before the rules
        seen = Observation(
            at_s,
            frame.source_wh,
            frame.luma,
            detections,
            tracks,
            self._gate.still_since_s,
            lambda: frame.colours,
            frame.shot.crop,
            segment,
        )
        hazards = self._rules.judge(seen)
        self._ruled_s, self._decides_s, self._wh = at_s, self.pace().decides_s, frame.source_wh
        if detections is None:
            return []
        return [self._incidents.event(hazard, frame, detections, self.seen_by) for hazard in hazards]

    def sees(self, incident: str, zone: str, kind: HazardKind, xyxy: tuple[float, float, float, float]) -> bool | None:
        """Whether, as of the last look, an incident is still on, or anything that its rule watches stands at its place
        (`xyxy`, relative, 0 to 1); None where no rule looks for that kind there any more, or the camera looks
        elsewhere."""
        rule = self._rules.of(zone, kind)
        if rule is None or self._wh is None or self._incidents.was_left(incident):
            return None
        marks = rule.marks()
        if self._incidents.is_open(incident):
            # Of what the rule has given up, as when its zone was drawn anew, nobody can say that it is gone.
            return True if any(mark.stage is Stage.RAISED for mark in marks) else None
        wide, high = self._wh
        place = np.array([xyxy], np.float32) * np.array([wide, high, wide, high], np.float32)
        return any(float(iou(place, mark.xyxy[None])[0, 0]) >= _SAME_PLACE_IOU for mark in marks)

    def _rules_due(self, at_s: float) -> bool:
        decides = self._decides_s is not None and at_s >= self._decides_s
        return decides or not 0 <= at_s - self._ruled_s < _RULES_EVERY_S - 1e-6

    def undated(self) -> float | None:
        """The capture time before which an older look could tell better when something came to rest."""
        return self._rules.undated()

    def look_back(self, older: Glimpse | None) -> None:
        """Take in an older look, to date what the last step found; None where there is none to be had."""
        self._rules.look_back(older)

    def glimpse(self, frame: Frame, at_s: float) -> Glimpse:
        """What a look at `at_s` leaves behind for looking back."""
        colours = frame.colours if self._rules.sees_colours else None
        return Glimpse(at_s, frame.source_wh, frame.luma, colours)

    def glimpse_before(self, at_s: float) -> Glimpse | None:
        """The newest of the last looks before a capture time."""
        return self._glimpses.before(at_s)

    def pace(self) -> Pace:
        """How this camera should be looked at from now on."""
        return Pace(self._rules.looks_hz, None if self._at_s is None else self._rules.decides_s(self._at_s))

    def _judge(self, frame: Frame) -> Want:
        at_s = frame.captured_at.timestamp()
        self._follow_clock(at_s, frame.pts_s)
        if self._at_s is not None and at_s <= self._at_s:
            if self._at_s - at_s <= _STUMBLE_S:
                return Want(False, False, STALE)
            log.warning("camera %s: time went back by %.0f s", frame.camera, self._at_s - at_s)
            self._tracker = Tracker()
        self._at_s = at_s
        if not 0 <= at_s - self._health_s < _HEALTH_EVERY_S:
            self._health_s = at_s
            self._health.see(frame.luma, at_s)
        fault = self._health.fault
        doubt = fault.kind if fault is not None else self._health.doubt
        if doubt is not None:
            return Want(False, False, doubt.value)
        if self._glimpses.due(at_s):
            self._glimpses.keep(self.glimpse(frame, at_s))
        changed = None
        if not 0 <= at_s - self._gated_s < _GATE_EVERY_S:
            self._gated_s = at_s
            changed = self._gate.see(frame.luma, at_s)
        why = changed or self._rules.wants(at_s)
        if not self._gating:
            return Want(True, True, "every look")
        return Want(True, why is not None, why or "nothing came to rest")

    def _follow_clock(self, at_s: float, pts_s: float) -> None:
        """Goes on with what dwells where the wall clock was set."""
        by_s = self._media_clock.set_by(at_s, pts_s)
        if not by_s:
            return
        log.warning(
            "camera %s: its pictures are dated %+.0f s from where they were: the clock was set, or they come late; "
            "what dwells goes on",
            self.camera.id,
            by_s,
        )
        self._at_s = None if self._at_s is None else self._at_s + by_s
        self._ruled_s = -math.inf
        self._gate.shift_clock(by_s)
        self._glimpses.clear()
        self._tracker = Tracker()
        self._rules.shift_clock(by_s)

    def state(self) -> bytes:
        """What a restarted worker needs to go on as if nothing had happened."""
        return json.dumps(self.state_values()).encode()

    def state_values(self) -> dict[str, Any]:
        """The same as JSON values."""
        version = {"version": _STATE_VERSION, "view": self.camera.view}
        return {**version, "rules": self._rules.state(), "incidents": self._incidents.state()}

    def view_state(self) -> bytes:
        """What is known of the camera's view: some kilobytes that change slowly."""
        return json.dumps(self._health.state()).encode()

    def _restore_view(self, state: bytes) -> None:
        try:
            self._health.restore(json.loads(state))
        except (ValueError, KeyError, TypeError) as error:
            log.warning(
                "camera %s: what was known of its view cannot be read, and is learnt anew: %s", self.camera.id, error
            )

    def _restore(self, state: bytes) -> None:
        try:
            stored = json.loads(state)
            if stored["version"] != _STATE_VERSION:
                raise ValueError(f"version {stored['version']}, expected {_STATE_VERSION}")
            if stored.get("view", self.camera.view) != self.camera.view:
                log.info("camera %s: people accepted a new view; everything in it is judged anew", self.camera.id)
                if "incidents" in stored:
                    self._incidents.restore(stored["incidents"])
                    self._incidents.leave()
                return
            self._rules.restore(stored["rules"])
            if "incidents" in stored:  # an older worker stored none
                self._incidents.restore(stored["incidents"])
        except (ValueError, KeyError, TypeError, ArithmeticError, LookupError) as error:
            # Better to begin anew than to end the worker again and again.
            log.error("camera %s: its stored state cannot be read, and is begun anew: %s", self.camera.id, error)
            self._rules = Rulebook(self.camera, self.timezone)


def _gate(camera: CameraSpec) -> StillGate:
    watched = [zone.polygon for zone in camera.zone if any(kind in COMING for kind in zone.hazards)]
    peopled = [zone.polygon for zone in camera.zone if HazardKind.GATHERING in zone.hazards]
    return StillGate(watched, camera.sweep_s, peopled=peopled)
