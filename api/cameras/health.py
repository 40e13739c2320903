"""How the cameras are doing, as the workers last said: in memory, since it is worth nothing after seconds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.kit.clock import Clock
from api.kit.moment import Moment, MomentIn
from streams.site import Identifier


class CameraState(StrEnum):
    CONNECTING = "connecting"
    LIVE = "live"
    STALLED = "stalled"
    DOWN = "down"
    DISABLED = "disabled"
    UNKNOWN = "unknown"  # no worker speaks of it (any more); workers do not send this


Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Reason = Annotated[str, Field(min_length=1, max_length=64)]


class CameraReport(BaseModel):
    """What a worker says of one camera. `looks_per_s` is how often it is to be looked at; `unknown_s` is time without
    sight since the worker began, `unknown_by` the same by reason; `fault` is why its picture cannot be believed now.
    `decoding` is what of the stream is decoded, `because` in words why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    camera: Identifier
    state: CameraState
    since: MomentIn
    last_frame_at: MomentIn | None = None
    resolution_wh: tuple[Count, Count] | None = None
    fps: Amount | None = None
    looks_per_s: Amount = 0.0
    dropped: Count = 0
    reconnects: Count = 0
    unknown_s: Amount = 0.0
    unknown_by: Annotated[dict[Reason, Amount], Field(max_length=32)] = {}
    fault: Reason | None = None
    fault_since: MomentIn | None = None
    error: Annotated[str, Field(max_length=1000)] | None = None
    codec: Annotated[str, Field(max_length=32)] | None = None
    key_interval_s: Amount | None = None
    b_frames: bool | None = None
    decoding: Annotated[str, Field(max_length=64)] | None = None
    because: Annotated[str, Field(max_length=500)] | None = None
    decode_errors: Count = 0


class CameraHealth(BaseModel):
    """A report as people see it, with who sent it and on which model it runs."""

    state: CameraState
    since: Moment
    last_frame_at: Moment | None
    resolution_wh: tuple[int, int] | None
    fps: float | None
    looks_per_s: float
    dropped: int
    reconnects: int
    unknown_s: float
    unknown_by: dict[str, float]
    fault: str | None
    fault_since: Moment | None
    error: str | None
    codec: str | None
    key_interval_s: float | None
    b_frames: bool | None
    decoding: str | None
    because: str | None
    decode_errors: int
    worker: str
    model: str
    provider: str


class HealthBoard:
    """The newest report of each camera. Used on the event loop alone."""

    def __init__(self, clock: Clock, silence_s: float) -> None:
        self._clock, self._silence_s = clock, silence_s
        self._newest: dict[str, tuple[float, CameraHealth]] = {}

    def report(self, worker: str, model: str, provider: str, cameras: list[CameraReport]) -> list[str]:
        """Take in a worker's word; returns the cameras whose state or fault it changed."""
        now, changed = self._clock.monotonic(), []
        for report in cameras:
            values = report.model_dump(exclude={"camera"})
            known = self.of(report.camera)
            if known is None or (known.state, known.fault) != (report.state, report.fault):
                changed.append(report.camera)
            health = CameraHealth(**values, worker=worker, model=model, provider=provider)
            self._newest[report.camera] = (now, health)
        return changed

    def of(self, camera: str) -> CameraHealth | None:
        """None where no worker ever spoke of it; state unknown where it has fallen silent."""
        found = self._newest.get(camera)
        if found is None:
            return None
        at, health = found
        silent_s = self._clock.monotonic() - at
        if silent_s <= self._silence_s:
            return health
        error = f"worker {health.worker} has been silent for {silent_s:.0f} s"
        return health.model_copy(update={"state": CameraState.UNKNOWN, "error": error})

    def keep_only(self, cameras: set[str]) -> None:
        """Forget cameras that the site no longer has."""
        self._newest = {camera: kept for camera, kept in self._newest.items() if camera in cameras}
