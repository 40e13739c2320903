"""Looking again at what people say is gone: what the API asks for, and what this worker's looks see there."""

from __future__ import annotations

import base64
import logging
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from streams.aerial.choice import AnyPipeline
from streams.delivery.events import utc_text
from streams.errors import ApiAway
from streams.evidence.still import still
from vision.types import Detections, Frame, HazardKind

log = logging.getLogger("sanxun.worker")
# Two looks closer together tell the same; older ones are worth nothing when the API has been away.
_EVERY_S = 1.0
_MOST_WAITING = 200


@dataclass(frozen=True, slots=True)
class LookWanted:
    """A place to look at: `xyxy` relative, 0 to 1. `picture`: bring one where it is there still."""

    incident_id: str
    camera: str
    zone: str
    hazard: HazardKind
    xyxy: tuple[float, float, float, float]
    since: datetime
    picture: bool

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> LookWanted:
        """From the API's JSON. Raises `ApiAway` where it is something else."""
        try:
            wide, high = (float(side) for side in values["source_wh"])
            left, top, right, bottom = (float(v) for v in values["xyxy"])
            return cls(
                str(values["incident_id"]),
                str(values["camera"]),
                str(values["zone"]),
                HazardKind(values["hazard"]),
                (left / wide, top / high, right / wide, bottom / high),
                datetime.fromisoformat(values["since"]).astimezone(UTC),
                bool(values["picture"]),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise ApiAway(f"the answer's looks cannot be read: {error!r}") from error


class Relook:
    """Safe between threads: inference threads look, the worker's own asks and sends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: dict[str, list[LookWanted]] = {}
        self._looked_at_s: dict[str, float] = {}
        self._seen: deque[dict[str, Any]] = deque(maxlen=_MOST_WAITING)

    def ask(self, wanted: Iterable[LookWanted]) -> None:
        """What is to be looked at from now on, in place of what was before."""
        by_camera: dict[str, list[LookWanted]] = {}
        for one in wanted:
            by_camera.setdefault(one.camera, []).append(one)
        with self._lock:
            self._wanted = by_camera
            incidents = {one.incident_id for each in by_camera.values() for one in each}
            self._looked_at_s = {key: at_s for key, at_s in self._looked_at_s.items() if key in incidents}

    def wants_picture(self, camera: str) -> bool:
        """Whether its next looks should have the detector, without which no picture leaves here."""
        with self._lock:
            return any(one.picture for one in self._wanted.get(camera, ()))

    def look(self, pipeline: AnyPipeline, frame: Frame, detections: Detections | None) -> None:
        """Say what a usable look of a camera saw of what is asked for there. Called by whoever holds its turn."""
        at_s = frame.captured_at.timestamp()
        with self._lock:
            due = [
                one
                for one in self._wanted.get(frame.camera, ())
                if frame.captured_at >= one.since
                and not 0 <= at_s - self._looked_at_s.get(one.incident_id, 0.0) < _EVERY_S  # clocks are set back
            ]
        for one in due:
            there = pipeline.sees(one.incident_id, one.zone, one.hazard, one.xyxy)
            if there is None:
                continue  # nobody watches for it there any more, or not from here: that says nothing
            body = {
                "incident_id": one.incident_id,
                "captured_at": utc_text(frame.captured_at),
                "sees": "there" if there else "clear",
                "still_jpeg": _picture(frame, detections) if there and one.picture else None,
            }
            with self._lock:
                self._looked_at_s[one.incident_id] = at_s
                self._seen.append(body)

    def take(self) -> list[dict[str, Any]]:
        """The looks that wait to be sent, the oldest first; they are the caller's from then on."""
        with self._lock:
            waiting = list(self._seen)
            self._seen.clear()
        return waiting


def _picture(frame: Frame, detections: Detections | None) -> str | None:
    """Redacted, as base64; none where the detector did not see this look, since nothing leaves here unredacted."""
    if detections is None:
        return None
    try:
        return base64.b64encode(still(frame, detections)).decode()
    except Exception:
        log.exception("camera %s: no picture could be made", frame.camera)
        return None
