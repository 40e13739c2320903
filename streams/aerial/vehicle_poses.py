"""A vehicle's own telemetry beside its video: MAVLink that is listened to, and never answered.

Nothing is sent, no heartbeat above all: a vehicle that hears one takes its operator to be there. So somebody else has
to make it speak: the ground station that flies it, a router, a radio that all may hear.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from drone.errors import DroneError
from drone.link.clocks import Clocks
from drone.link.frames import Splitter
from drone.link.signing import Guard, SigningKey, Verdict
from drone.link.transports import Peer, transport_at
from drone.telemetry import PoseTrack
from drone.telemetry.live import LiveTelemetry
from drone.types import Pose
from streams.errors import SourceUnusable
from streams.settings.telemetry import TelemetrySettings
from vision.types import Frame

_log = logging.getLogger(__name__)
_AGAIN_S = 5.0


class VehiclePoses:
    """A `PoseSource`. Cameras of one vehicle may name one address: it is listened to once."""

    def __init__(self, settings: TelemetrySettings, now_s: Callable[[], float] = time.time) -> None:
        """Raises `SourceUnusable` where the key cannot be read."""
        assert settings.link is not None
        self._settings = settings
        self.offset_s = settings.offset_s or 0.0
        self.told = LiveTelemetry(settings.system)
        self._line = _line_at(settings.link, settings.signing_key, now_s)
        self._line.hearing.add(self.told)
        self._made: tuple[PoseTrack, PoseTrack] | None = None
        self._warned = False

    @property
    def track(self) -> PoseTrack | None:
        if self.told.ambiguous and not self._warned:
            self._warned = True
            _log.warning(
                "vehicles %s speak on %s: name one, camera.telemetry.system", self.told.systems, self._settings.link
            )
        track = self.told.track
        if track is None:
            return None
        if self._made is None or self._made[0] is not track:
            self._made = track, self._settings.prepared(track)
        return self._made[1]

    def time_s(self, frame: Frame) -> float:
        return frame.captured_at.timestamp() + self.offset_s

    def pose(self, frame: Frame) -> Pose | None:
        track = self.track
        found = None if track is None else track.at(self.time_s(frame))
        return None if found is None else replace(found, captured_at=frame.captured_at)


class _Hearing:
    """The thread that listens on one address. It knows nothing of those who keep it."""

    def __init__(self, address: str, guard: Guard | None, now_s: Callable[[], float]) -> None:
        self._listeners: tuple[weakref.ref[LiveTelemetry], ...] = ()
        self.refused = 0  # unsigned or forged, where a key is given
        self._address, self._guard, self._now_s = address, guard, now_s
        self._splitters: dict[Peer, Splitter] = {}
        self._ended = threading.Event()
        threading.Thread(target=self._run, name=f"telemetry {address}", daemon=True).start()

    def add(self, listener: LiveTelemetry) -> None:
        """Told of all from now on, as long as somebody keeps it. A new tuple: the thread may be at the old one."""
        self._listeners = (*(one for one in self._listeners if one() is not None), weakref.ref(listener))

    def end(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        said = ""
        while not self._ended.is_set():
            transport = transport_at(self._address)
            self._whole = transport.datagrams
            try:
                await transport.open(self._heard)
            except DroneError as error:
                if str(error) != said:
                    said = str(error)
                    _log.warning("no telemetry from %s: %s", self._address, error)
                await self._pause(_AGAIN_S)
                continue
            await self._pause(float("inf"))
            await transport.close()

    async def _pause(self, most_s: float) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + most_s
        while not self._ended.is_set() and loop.time() < until_s:  # noqa: ASYNC110 - another thread ends it
            await asyncio.sleep(0.2)

    def _heard(self, data: bytes, peer: Peer) -> None:
        at_s = self._now_s()
        splitter = Splitter() if self._whole else self._splitters.setdefault(peer, Splitter())
        for frame in splitter.feed(data, whole=self._whole):
            if self._guard is not None and self._guard.judge(frame) is not Verdict.GENUINE:
                self.refused += 1
                continue
            for listener in [one() for one in self._listeners]:
                if listener is not None:
                    listener.take(frame, at_s)


class _Line:
    """Kept by those who listen; the last to go ends the listening."""

    def __init__(self, hearing: _Hearing) -> None:
        self.hearing = hearing
        weakref.finalize(self, hearing.end)


_LINES: weakref.WeakValueDictionary[tuple[str, str | None], _Line] = weakref.WeakValueDictionary()
_LOCK = threading.Lock()


def _line_at(address: str, key: str | None, now_s: Callable[[], float]) -> _Line:
    with _LOCK:
        line = _LINES.get((address, key))
        if line is None:
            try:
                guard = None if key is None else Guard(SigningKey.read(Path(key)), Clocks(None, now_s))
            except DroneError as error:
                raise SourceUnusable(str(error)) from error
            line = _LINES[address, key] = _Line(_Hearing(address, guard, now_s))
        return line
