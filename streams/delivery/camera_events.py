"""A camera's troubles as events: when one began, when it ended, and why; as durable as a hazard's."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from streams.delivery.events import utc_text
from streams.health.meter import CameraHealth, CameraState

# Fixed for ever: an event's id is a function of what it says, so a retry cannot become a second event.
_NAMESPACE = uuid.UUID("0d6a3c52-8f0b-5f6f-9d55-1b9f6a7c2e04")
_STATE_VERSION = 1


class Trouble(StrEnum):
    """Why a camera tells nothing. The first five are `vision.picture_health.FaultKind`'s."""

    FLAT = "flat"
    FROZEN = "frozen"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    TURNED = "turned"
    CLOCK_STEPPED = "clock_stepped"
    CLOCK_DRIFTS = "clock_drifts"
    DOWN = "down"
    STALLED = "stalled"


class TroubleChange(StrEnum):
    BEGAN = "began"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CameraChange:
    """A trouble that has just begun or ended. `event_id` is the idempotency key; both changes of one trouble share
    `trouble_id`. `at` and `since` are UTC. Without a picture: what is wrong with one is on the wall, live."""

    event_id: str
    trouble_id: str
    camera: str
    trouble: Trouble
    change: TroubleChange
    at: datetime
    since: datetime
    why: Mapping[str, float] = field(default_factory=dict)
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """One of the list that `POST /api/v1/events` takes; `type` tells it from a hazard's."""
        return {
            "type": "camera_health",
            "event_id": self.event_id,
            "trouble_id": self.trouble_id,
            "camera": self.camera,
            "trouble": self.trouble.value,
            "change": self.change.value,
            "at": utc_text(self.at),
            "since": utc_text(self.since),
            "why": {name: round(float(value), 3) for name, value in self.why.items()},
            "detail": self.detail,
            "still_jpeg": None,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A trouble that holds now. `detail` is for people and free of credentials."""

    trouble: Trouble
    since: datetime
    why: Mapping[str, float] = field(default_factory=dict)
    detail: str = ""


class Troubles:
    """One source of a camera's troubles (its picture, its clock, its connection): at most one holds at a time.

    `tell` what holds now, as often as it is known; it answers what has changed. Store `state` with the changes in one
    transaction: a restart then ends the trouble that it found open, or goes on with it.
    """

    def __init__(self, camera: str, state: bytes | None = None) -> None:
        self._camera = camera
        # When the open one took another's place, None where it did not: they may have held since the same moment, and
        # the first come back.
        self._followed_at: datetime | None = None
        self._open: Found | None = None
        if (kept := _restored(state)) is not None:
            self._open, self._followed_at = kept

    @property
    def open(self) -> Found | None:
        return self._open

    def tell(self, found: Found | None, at: datetime) -> list[CameraChange]:
        """`at` is now, UTC. The same trouble told again is the same, whatever its `since`: it began when it was first
        told of. Another one ends it."""
        was = self._open
        if (was and was.trouble) == (found and found.trouble):
            return []
        changes = []
        if was is not None:
            changes.append(self._change(was, TroubleChange.ENDED, at))
        self._open, self._followed_at = found, None if was is None else at
        if found is not None:
            changes.append(self._change(found, TroubleChange.BEGAN, at))
        return changes

    def state(self) -> bytes:
        found = self._open
        if found is None:
            return json.dumps({"version": _STATE_VERSION, "open": None}).encode()
        values = {
            "trouble": found.trouble.value,
            "since": utc_text(found.since),
            "why": dict(found.why),
            "detail": found.detail,
            "followed_at": None if self._followed_at is None else utc_text(self._followed_at),
        }
        return json.dumps({"version": _STATE_VERSION, "open": values}).encode()

    def _change(self, found: Found, change: TroubleChange, at: datetime) -> CameraChange:
        followed_at = "" if self._followed_at is None else f"/{utc_text(self._followed_at)}"
        trouble_id = str(uuid.uuid5(_NAMESPACE, f"{self._camera}/{found.trouble}/{utc_text(found.since)}{followed_at}"))
        return CameraChange(
            event_id=str(uuid.uuid5(_NAMESPACE, f"{trouble_id}/{change}")),
            trouble_id=trouble_id,
            camera=self._camera,
            trouble=found.trouble,
            change=change,
            at=at,
            since=found.since,
            why=found.why,
            detail=found.detail,
        )


def connection_trouble(health: CameraHealth, now: datetime, after_s: float, told: Found | None = None) -> Found | None:
    """A camera that has been down or silent for longer than `after_s`: not a look of it was decided since. What was
    `told` of it before, by an earlier worker too, holds on until it is seen again.

    While it is tried again and again its state goes to and fro; the last look's time stands, or that of the first try.
    """
    if health.state is CameraState.LIVE:
        return None
    since = health.last_frame_at or health.begun_at or health.since
    away_s = (now - since).total_seconds()
    if away_s < after_s:
        return told
    trouble = Trouble.STALLED if health.state is CameraState.STALLED else Trouble.DOWN
    return Found(trouble, since, {"away_s": away_s}, health.error or "")


def _restored(state: bytes | None) -> tuple[Found, datetime | None] | None:
    """What was open and when it followed another; nothing where the state cannot be read, which leaves the old trouble
    to people."""
    if state is None:
        return None
    try:
        kept = json.loads(state)
        if kept["version"] != _STATE_VERSION or kept["open"] is None:
            return None
        values = kept["open"]
        since = datetime.fromisoformat(values["since"]).astimezone(UTC)
        followed_at = values.get("followed_at")
        return (
            Found(Trouble(values["trouble"]), since, dict(values["why"]), str(values["detail"])),
            None if followed_at is None else datetime.fromisoformat(followed_at).astimezone(UTC),
        )
    except (ValueError, KeyError, TypeError):
        return None
