"""One camera's way from a look to its events; the same for a live camera and a recorded clip.

No threads, sockets or clock: time is the frame's. Whoever drives it stores `state()` together with the events, in one
transaction, so that a crash can neither lose an event nor raise it twice.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from streams.events import Event, event_id, incident_id
from streams.evidence import still
from streams.site import CameraSpec
from vision.hazards.rules import WATCHED, Rule, make_rule
from vision.track import Tracker
from vision.types import Detections, Frame, Hazard, HazardKind, Tracks
from vision.zones import Zone

log = logging.getLogger("sanxun.pipeline")

_STATE_VERSION = 1
_STUMBLE_S = 5.0
_FLAT = 4.0  # grey levels of spread below which a picture shows nothing; a street at night has more than 10
# Looks per second: hazards dwell for tens of seconds, so every other second will do until something has to be decided.
AT_REST_HZ = 0.5
DECIDING_HZ = 2.0


class CameraPipeline:
    """Tracker, zones and rules of one camera. Call `step` once per look, in order of capture time."""

    def __init__(self, camera: CameraSpec, state: bytes | None = None) -> None:
        self.camera = camera
        self._tracker = Tracker()
        self._rules = _rules(camera)
        self._at_s: float | None = None
        self.tracks: Tracks | None = None
        if state is not None:
            self._restore(state)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._rules.values())

    def step(self, frame: Frame, detections: Detections) -> list[Event]:
        """Events of one look. A frame that is not newer than the last one is ignored, and so is one that shows nothing.

        A step back of more than 5 s is the wall clock that was set: the new time holds from there.
        """
        at_s = frame.captured_at.timestamp()
        if self._at_s is not None and at_s <= self._at_s:
            if self._at_s - at_s <= _STUMBLE_S:
                return []
            log.warning("camera %s: time went back by %.0f s", frame.camera, self._at_s - at_s)
            self._tracker = Tracker()
        if float(frame.rgb[::8, ::8].std()) < _FLAT:
            return []  # lens cap, video loss: unknown, not clear
        self._at_s = at_s
        self.tracks = self._tracker.update(detections, at_s)
        hazards = [
            hazard
            for rule in self._rules.values()
            for hazard in rule.update(detections, frame.rgb, frame.source_wh, at_s)
        ]
        return [_event(hazard, frame, detections) for hazard in hazards]

    def looks_wanted_hz(self) -> float:
        """How often this camera should be looked at now."""
        at_s = self._at_s
        undecided = at_s is not None and any(rule.undecided(at_s) for rule in self._rules.values())
        return DECIDING_HZ if undecided else AT_REST_HZ

    def state(self) -> bytes:
        """What a restarted worker needs to go on as if nothing had happened."""
        rules = {key: rule.state() for key, rule in self._rules.items()}
        return json.dumps({"version": _STATE_VERSION, "rules": rules}).encode()

    def _restore(self, state: bytes) -> None:
        try:
            stored = json.loads(state)
            if stored["version"] != _STATE_VERSION:
                raise ValueError(f"version {stored['version']}, expected {_STATE_VERSION}")
            for key, rule in self._rules.items():
                if key in stored["rules"]:
                    rule.restore(stored["rules"][key])
        except (ValueError, KeyError, TypeError) as error:
            # Better to begin anew than to end the worker again and again.
            log.error("camera %s: its stored state cannot be read, and is begun anew: %s", self.camera.id, error)
            self._rules = _rules(self.camera)


def unwatched(camera: CameraSpec) -> list[tuple[str, HazardKind]]:
    """Zones and hazards that the site asks for and that no rule watches yet."""
    return [(zone.id, kind) for zone in camera.zone for kind in zone.hazards if kind not in WATCHED]


def _rules(camera: CameraSpec) -> dict[str, Rule]:
    return {
        f"{zone.id}/{kind}": make_rule(
            kind, zone.id, Zone(zone.polygon), zone.classes_for(kind), zone.dwell_for(kind), zone.clear_s
        )
        for zone in camera.zone
        for kind in zone.hazards
        if kind in WATCHED
    }


def _event(hazard: Hazard, frame: Frame, detections: Detections) -> Event:
    began_at = datetime.fromtimestamp(hazard.began_s, UTC)
    incident = incident_id(frame.camera, hazard.zone, hazard.kind, hazard.slot, began_at)
    x1, y1, x2, y2 = (float(v) for v in hazard.xyxy)
    return Event(
        event_id=event_id(incident, hazard.change),
        incident_id=incident,
        change=hazard.change,
        hazard=hazard.kind,
        camera=frame.camera,
        zone=hazard.zone,
        captured_at=frame.captured_at,
        began_at=began_at,
        media_time_s=frame.pts_s,
        began_s=frame.pts_s - (hazard.at_s - hazard.began_s),
        xyxy=(x1, y1, x2, y2),
        source_wh=frame.source_wh,
        confidence=hazard.confidence,
        why=hazard.why,
        still_jpeg=_still_or_none(frame, detections),
    )


def _still_or_none(frame: Frame, detections: Detections) -> bytes | None:
    """The picture, or nothing where it cannot be made: an event without one beats no event."""
    try:
        return still(frame, detections)
    except Exception:
        log.exception("camera %s: no still could be made", frame.camera)
        return None
