"""An event: what a worker tells the API, exactly once in effect."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from vision.hazards.why import told
from vision.types import Change, HazardKind

# Fixed for ever: it makes an event's id a function of what it says, so a retry cannot become a second event.
_NAMESPACE = uuid.UUID("6f1c2a70-53ce-5b0e-9d0c-5a3c0e1f7a11")


def utc_text(moment: datetime) -> str:
    """UTC with milliseconds, as events and the API write it: ``2026-01-31T08:00:00.250Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Sendable(Protocol):
    """Whatever the outbox keeps and the sender delivers: an `Event`, or a `CameraChange`."""

    @property
    def event_id(self) -> str: ...

    def to_json(self) -> dict[str, Any]:
        """JSON with `event_id` and `still_jpeg`, the latter base64 or None."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the ground, WGS-84 degrees, and the ellipse that holds the truth in 95 of 100 cases: both half axes in
    metres, and the bearing of the longer one, degrees clockwise from true north, 0 to 180."""

    lon: float
    lat: float
    semi_major_m: float
    semi_minor_m: float
    bearing_deg: float

    def to_json(self) -> dict[str, float]:
        return {
            "lon": round(self.lon, 7),
            "lat": round(self.lat, 7),
            "semi_major_m": round(self.semi_major_m, 2),
            "semi_minor_m": round(self.semi_minor_m, 2),
            "bearing_deg": round(self.bearing_deg % 180, 1) % 180,
        }


class SightedBy(StrEnum):
    """What carried the camera that saw it."""

    CAMERA = "camera"
    DRONE = "drone"
    VEHICLE = "vehicle"


@dataclass(frozen=True, slots=True)
class Event:
    """A hazard raised or cleared, at a place in a camera's picture.

    `incident_id` is the same for the raising and the clearing of one hazard; `event_id` is the idempotency key.
    `captured_at` and `began_at` are UTC; `media_time_s` and `began_s` are seconds of media time. `xyxy` is px of the
    source, whose size is `source_wh`. `still_jpeg` is the picture at that moment, person heads made unrecognisable.
    `why` is explained in docs/events.md. `place` is where it is on the ground, None where the camera's own place says
    that well enough.
    """

    event_id: str
    incident_id: str
    change: Change
    hazard: HazardKind
    camera: str
    zone: str
    captured_at: datetime
    began_at: datetime
    media_time_s: float
    began_s: float
    xyxy: tuple[float, float, float, float]
    source_wh: tuple[int, int]
    confidence: float
    why: Mapping[str, float | str]
    still_jpeg: bytes | None = None
    place: Place | None = None
    source: SightedBy = SightedBy.CAMERA

    def to_json(self) -> dict[str, Any]:
        """The body that `POST /api/v1/events` takes, one of a list. A fixed camera's has no `place` and no `source`."""
        moving = {} if self.source is SightedBy.CAMERA else {"source": self.source.value}
        located = {} if self.place is None else {"place": self.place.to_json()}
        return {
            **moving,
            **located,
            "event_id": self.event_id,
            "incident_id": self.incident_id,
            "event": self.change.value,
            "hazard": self.hazard.value,
            "camera": self.camera,
            "zone": self.zone,
            "captured_at": utc_text(self.captured_at),
            "began_at": utc_text(self.began_at),
            "media_time_s": round(self.media_time_s, 3),
            "began_s": round(self.began_s, 3),
            "xyxy": [round(v, 1) for v in self.xyxy],
            "source_wh": list(self.source_wh),
            "confidence": round(self.confidence, 3),
            "why": told(self.why),
            "still_jpeg": base64.b64encode(self.still_jpeg).decode() if self.still_jpeg else None,
        }


def incident_id(camera: str, zone: str, hazard: HazardKind, slot: int, began_at: datetime) -> str:
    """The same place, kind and beginning always give the same id, on any worker and after any restart."""
    return str(uuid.uuid5(_NAMESPACE, f"{camera}/{zone}/{hazard}/{slot}/{utc_text(began_at)}"))


def event_id(incident: str, change: Change) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{incident}/{change}"))
