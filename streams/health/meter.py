"""What is known of a camera's health: by what its looks told, not by what it sent."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from streams.clock import Clock

# Packets come 10 to 30 times a second; a silence of 3 s is a fault, though perhaps a short one.
STALL_AFTER_S = 3.0
# With looks this late beyond their period, the camera counts as not seen.
_LOOKS_MISSED = 2.5
# Why a picture was not known. A fault of the picture or the clock goes by its own name, such as "covered".
NOT_CONNECTED, SILENT, NOT_LOOKED_AT, UNDECODABLE = "not connected", "silent", "not looked at", "undecodable"


class CameraState(StrEnum):
    CONNECTING = "connecting"
    LIVE = "live"
    STALLED = "stalled"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """One camera now. `since` is when it came into `state`; `unknown_s` is for how long, since the start, its picture
    was not known (not connected, silent for over 3 s, looks missing, broken or not to be believed). `error` is free of
    credentials. `because` says in words why it is decoded as `decoding` says. `unknown_by` is `unknown_s` by reason.
    `fault` is why the picture cannot be believed now, since `fault_since`. `begun_at` is when it was first tried."""

    camera: str
    state: CameraState
    since: datetime
    last_frame_at: datetime | None
    resolution_wh: tuple[int, int] | None
    fps: float | None
    looks_per_s: float
    dropped: int
    reconnects: int
    unknown_s: float
    error: str | None
    decoding: str | None = None
    key_interval_s: float | None = None
    decode_errors: int = 0
    because: str | None = None
    codec: str | None = None
    b_frames: bool | None = None
    unknown_by: Mapping[str, float] = field(default_factory=dict)
    fault: str | None = None
    fault_since: datetime | None = None
    begun_at: datetime | None = None


class HealthMeter:
    """Times packets and the results of looks. Safe between threads, about 1 µs a call.

    Known is what `looked` said, until its rate's patience is over; `unknown` says that a look told nothing, and why.
    Every second that is not known is charged to one reason.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state = CameraState.CONNECTING
        self._since = clock.now()
        # No picture is known before the first one: the unknown time runs from here.
        self._begun_s = self._packet_s = self._look_s = self._counted_s = clock.monotonic_s()
        self._unknown_by: dict[str, float] = {}
        self._last_frame_at: datetime | None = None
        self._resolution_wh: tuple[int, int] | None = None
        self._error: str | None = None
        self._patience_s = STALL_AFTER_S
        # Why the last look told nothing; charged up to `_counted_s` as looks go on telling nothing.
        self._cause: str | None = None
        self._fault: tuple[str, datetime] | None = None
        self._has_opened = self._has_failed = False
        self._reconnects = 0

    def connecting(self) -> None:
        with self._lock:
            self._end_cause()
            self._enter(CameraState.CONNECTING)

    def down(self, error: str) -> None:
        with self._lock:
            self._end_cause()
            self._error = error
            self._has_failed = True
            self._enter(CameraState.DOWN)

    def opened(self) -> None:
        """A session began. It is live only with the first frame."""
        with self._lock:
            self._reconnects += self._has_opened and self._has_failed
            self._has_opened, self._has_failed = True, False
            self._packet_s = self._clock.monotonic_s()

    def packet(self) -> None:
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._state is CameraState.LIVE and now_s - self._packet_s > STALL_AFTER_S:
                self._charge(SILENT, self._packet_s, now_s)
            self._packet_s = now_s

    def looked(self, captured_at: datetime, resolution_wh: tuple[int, int], looks_per_s: float) -> None:
        """A look was decoded and decided: the picture of `captured_at` is known. `looks_per_s` is promised from now."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            self._charge_until(now_s, _patience_s(looks_per_s))
            self._cause = None
            self._seen(captured_at, resolution_wh, now_s)

    def unknown(
        self,
        reason: str,
        looks_per_s: float,
        captured_at: datetime | None = None,
        resolution_wh: tuple[int, int] | None = None,
    ) -> None:
        """A look was taken and told nothing. With `captured_at` there was a picture, yet not one to be believed."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            self._charge_until(now_s, _patience_s(looks_per_s))
            self._cause, self._counted_s = reason, now_s
            if captured_at is not None and resolution_wh is not None:
                self._seen(captured_at, resolution_wh, now_s)
            else:
                self._look_s = now_s

    def fault(self, kind: str | None, since: datetime | None = None) -> None:
        """Why the picture cannot be believed from now on; None when it can."""
        with self._lock:
            self._fault = None if kind is None or since is None else (kind, since)

    def read(
        self,
        camera: str,
        looks_per_s: float,
        dropped: int,
        fps: float | None,
        decoding: str | None,
        key_interval_s: float | None,
        decode_errors: int,
        because: str | None = None,
        codec: str | None = None,
        b_frames: bool | None = None,
    ) -> CameraHealth:
        with self._lock:
            now_s = self._clock.monotonic_s()
            state, since, unknown = self._now(now_s, looks_per_s)
            unknown_by = dict(self._unknown_by)
            if unknown is not None:
                why, from_s = unknown
                unknown_by[why] = unknown_by.get(why, 0.0) + max(0.0, now_s - max(from_s, self._counted_s))
            return CameraHealth(
                camera=camera,
                state=state,
                since=since,
                last_frame_at=self._last_frame_at,
                resolution_wh=self._resolution_wh,
                fps=fps,
                looks_per_s=looks_per_s,
                dropped=dropped,
                reconnects=self._reconnects,
                unknown_s=round(sum(unknown_by.values()), 3),
                error=self._error,
                decoding=decoding,
                key_interval_s=key_interval_s,
                decode_errors=decode_errors,
                because=because,
                codec=codec,
                b_frames=b_frames,
                unknown_by={why: round(seconds, 3) for why, seconds in unknown_by.items()},
                fault=None if self._fault is None else self._fault[0],
                fault_since=None if self._fault is None else self._fault[1],
                begun_at=self._clock.now() - timedelta(seconds=now_s - self._begun_s),
            )

    def _now(self, now_s: float, looks_per_s: float) -> tuple[CameraState, datetime, tuple[str, float] | None]:
        """State, since when, and why and from when on (monotonic) the picture is unknown; None when it is known."""
        if self._state is not CameraState.LIVE:
            return self._state, self._since, (NOT_CONNECTED, self._look_s)
        look_patience_s = max(self._patience_s, _patience_s(looks_per_s))
        waits = ((SILENT, self._packet_s, STALL_AFTER_S), (NOT_LOOKED_AT, self._look_s, look_patience_s))
        for why, quiet_from_s, patience_s in waits:
            if now_s - quiet_from_s > patience_s:
                since = self._clock.now() - timedelta(seconds=now_s - quiet_from_s)
                return CameraState.STALLED, since, (self._cause or why, quiet_from_s)
        return self._state, self._since, None if self._cause is None else (self._cause, self._counted_s)

    def _charge_until(self, now_s: float, next_patience_s: float) -> None:
        """Settle the time since the last look, now that there is another."""
        # The next look is due by the rate of now, but this one was promised by the rate of then.
        patience_s, self._patience_s = self._patience_s, next_patience_s
        if self._cause is not None:
            self._charge(self._cause, self._counted_s, now_s)
        elif self._state is not CameraState.LIVE:
            self._charge(NOT_CONNECTED, self._look_s, now_s)
        elif now_s - self._look_s > max(patience_s, next_patience_s):
            self._charge(NOT_LOOKED_AT, self._look_s, now_s)

    def _seen(self, captured_at: datetime, resolution_wh: tuple[int, int], now_s: float) -> None:
        self._enter(CameraState.LIVE)
        self._error = None
        self._look_s = now_s
        self._last_frame_at = captured_at
        self._resolution_wh = resolution_wh

    def _end_cause(self) -> None:
        """The connection is gone: what follows is another reason."""
        if self._cause is not None:
            now_s = self._clock.monotonic_s()
            self._charge(self._cause, self._counted_s, now_s)
            self._cause, self._look_s = None, now_s

    def _charge(self, why: str, from_s: float, to_s: float) -> None:
        """Count a span as unknown, none of it twice."""
        self._unknown_by[why] = self._unknown_by.get(why, 0.0) + max(0.0, to_s - max(from_s, self._counted_s))
        self._counted_s = to_s

    def _enter(self, state: CameraState) -> None:
        if state is not self._state:
            self._state, self._since = state, self._clock.now()


def _patience_s(looks_per_s: float) -> float:
    return max(STALL_AFTER_S, _LOOKS_MISSED / looks_per_s)
