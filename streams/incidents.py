"""From hazards to events: which incident each belongs to, whatever the clock does meanwhile."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from streams.delivery.events import Event, event_id, incident_id
from streams.evidence.still import still
from vision.types import Change, Detections, Frame, Hazard

log = logging.getLogger("sanxun.pipeline")

_REMEMBERED = 64  # incidents that ended, of one camera


class Incidents:
    """One camera's open incidents. An incident is named by what it began with, and keeps its name to its end: when the
    clock is set while a hazard is on, its beginning moves and its name does not. One that has ended does not come back:
    a car that stood through the hours in which it might is another incident afterwards, though it never moved.
    """

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._ended: deque[str] = deque(maxlen=_REMEMBERED)
        self._left: deque[str] = deque(maxlen=_REMEMBERED)

    def event(self, hazard: Hazard, frame: Frame, detections: Detections, seen_by: Mapping[str, str]) -> Event:
        """The event of a hazard that was raised or cleared in `frame`; `seen_by` names the detector, for people."""
        began_at = datetime.fromtimestamp(hazard.began_s, UTC)
        incident = self._name(hazard, frame.camera, began_at)
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
            why={"slot": hazard.slot, "confidence": hazard.confidence, **seen_by, **hazard.why},
            still_jpeg=_still_or_none(frame, detections),
        )

    def is_open(self, incident: str) -> bool:
        return incident in self._open.values()

    def leave(self) -> None:
        """The camera looks elsewhere: of those that are open it will never tell again."""
        self._left += self._open.values()
        self._open.clear()

    def was_left(self, incident: str) -> bool:
        return incident in self._left

    def slot_of(self, incident: str) -> int | None:
        """The number of an open incident's place within its zone; None where it is not open here."""
        place = next((place for place, name in self._open.items() if name == incident), None)
        return None if place is None else int(place.rsplit("/", 1)[1])

    def state(self) -> dict[str, Any]:
        return {"open": self._open, "ended": list(self._ended), "left": list(self._left)}

    def restore(self, state: dict[str, Any]) -> None:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no such state."""
        self._open = {str(place): str(incident) for place, incident in dict(state["open"]).items()}
        self._ended = deque(map(str, state["ended"]), maxlen=_REMEMBERED)
        self._left = deque(map(str, state.get("left", ())), maxlen=_REMEMBERED)  # an older worker stored none

    def _name(self, hazard: Hazard, camera: str, began_at: datetime) -> str:
        place = f"{hazard.zone}/{hazard.kind}/{hazard.slot}"
        fresh = incident_id(camera, hazard.zone, hazard.kind, hazard.slot, began_at)
        if hazard.change is Change.CLEARED:
            self._ended.append(self._open.pop(place, fresh))
            return self._ended[-1]
        if fresh in self._ended:
            raised_at = datetime.fromtimestamp(hazard.at_s, UTC)
            fresh = incident_id(camera, hazard.zone, hazard.kind, hazard.slot, raised_at)
        self._open[place] = fresh
        return fresh


def _still_or_none(frame: Frame, detections: Detections) -> bytes | None:
    """The picture, or nothing where it cannot be made: an event without one beats no event."""
    try:
        return still(frame, detections)
    except Exception:
        log.exception("camera %s: no still could be made", frame.camera)
        return None
