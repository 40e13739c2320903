"""The main stream of a camera whose sub-stream is watched: received without decoding, for evidence alone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from streams.backoff import Backoff
from streams.clock import Clock
from streams.decoding.decoders import SELF_CONTAINED, KeyDecoders
from streams.errors import StreamError
from streams.faults import FaultLog
from streams.site import CameraSpec
from streams.sources.capture import CaptureClock
from streams.sources.packets import Packet
from streams.sources.ring import PacketRing, Tape
from streams.sources.source import Source, open_source
from streams.sources.timeline import Timeline
from vision.types import Picture

log = logging.getLogger("sanxun.main")

# The ring is read once a second; what is wanted stays for a few seconds more.
_SPARE_S = 4.0
_MOST_BYTES = 24 << 20
_LIVE_GAP_S = 10.0
_GOOD_SESSION_S = 30.0


class Session:
    """One opening of a main stream: its packets in a ring, and what time it is in it.

    `feed` belongs to the reading thread, everything else to any.
    """

    def __init__(self, source: Source, clock: Clock, *, most_s: float) -> None:
        self.ring = PacketRing(most_bytes=_MOST_BYTES, most_s=most_s)
        self._source = source
        self._timeline = Timeline(
            source.time_base, source.frame_interval_s, forward_gap_s=_LIVE_GAP_S if source.is_live else None
        )
        self._capture = CaptureClock(clock)
        self._newest: tuple[float, datetime] | None = None
        self.first_key_s: float | None = None

    def feed(self, packet: Packet) -> None:
        at_s = self._timeline.place(packet)
        self._capture.seen(at_s)
        self.ring.add(packet, at_s)
        if packet.is_keyframe and self.first_key_s is None:
            self.first_key_s = at_s
        self._newest = at_s, self._capture.at(at_s)

    def media_s(self, captured_at: datetime) -> float | None:
        """The media time here of a moment; None before the first packet."""
        if self._newest is None:
            return None
        newest_s, newest_at = self._newest
        return newest_s - (newest_at - captured_at).total_seconds()

    def captured_at(self, media_s: float) -> datetime | None:
        if self._newest is None:
            return None
        newest_s, newest_at = self._newest
        return newest_at - timedelta(seconds=newest_s - media_s)

    def tape(self, captured_at: datetime, media_time_s: float) -> Tape | None:
        """This stream as the tape of an event that the sub-stream's time calls `media_time_s`."""
        at_s = self.media_s(captured_at)
        if at_s is None:
            return None
        return Tape(self.ring, self._source.codec, self._source.extradata, at_s - media_time_s)

    def still(self, captured_at: datetime) -> Picture | None:
        """The key frame at or before a moment, or else the first one after it, as BGR (H, W, 3) uint8. Decodes, on
        the caller's thread, which for some codecs must be the reading one."""
        at_s = self.media_s(captured_at)
        found = None if at_s is None else self.ring.key_before(at_s + 1e-3)
        if found is None:
            held = self.ring.clip(0.0, float("inf"))
            found = next(((key_s, packet) for key_s, packet in held if packet.is_keyframe), None)
        if found is None:
            return None
        return self._decoded(found[1])

    def _decoded(self, packet: Packet) -> Picture | None:
        if self._source.codec in SELF_CONTAINED:
            picture = KeyDecoders(most=1).picture(self._source.codec, self._source.extradata, packet)
        else:
            context = self._source.context
            pictures = [*context.decode(packet.for_decoder()), *context.decode(None)]
            context.flush_buffers()
            picture = pictures[0] if pictures else None
        return None if picture is None else cast(Picture, picture.reformat(format="bgr24", threads=1).to_ndarray())


def receive(
    camera: CameraSpec,
    clock: Clock,
    stopping: Callable[[], bool],
    opened: Callable[[Session], None],
    *,
    timeout_s: float,
) -> None:
    """Open the main stream and fill a session's ring until told to stop; `opened` hands out the session at once.

    Raises `StreamError` where it cannot be opened or breaks off.
    """
    with open_source(camera.url, transport=camera.transport, timeout_s=timeout_s) as source:
        session = Session(source, clock, most_s=camera.pre_event_s + _SPARE_S)
        opened(session)
        for packet in source.packets():
            session.feed(packet)
            if stopping():
                return


class KeptMain:
    """A main stream that is received all the time (`keep_main`), so that clips begin before their events."""

    def __init__(
        self, camera: CameraSpec, clock: Clock, *, timeout_s: float = 10.0, backoff: Backoff | None = None
    ) -> None:
        self.camera = camera
        self._clock = clock
        self._timeout_s = timeout_s
        self._backoff = backoff or Backoff()
        self._faults = FaultLog(log, clock, f"camera {camera.id}, main stream")
        self._session: Session | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name=f"main {camera.id}", daemon=True)

    @property
    def session(self) -> Session | None:
        """The open one; None while there is none."""
        return self._session

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; returns at once."""
        self._stopping.set()

    def join(self, timeout_s: float) -> bool:
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def run(self) -> None:
        while not self._stopping.is_set():
            began_s = self._clock.monotonic_s()
            try:
                receive(self.camera, self._clock, self._stopping.is_set, self._opened, timeout_s=self._timeout_s)
                fault = "it has ended"
            except StreamError as error:
                fault = str(error)
            except Exception as error:
                log.exception(
                    "camera %s: %s in its main stream; starting it again", self.camera.id, type(error).__name__
                )
                fault = f"internal error: {type(error).__name__}"
            self._session = None
            if self._stopping.is_set():
                return
            self._faults.fault(f"{fault}; clips are of the sub-stream meanwhile")
            if self._clock.monotonic_s() - began_s >= _GOOD_SESSION_S:
                self._backoff.reset()
            self._clock.wait(self._stopping, self._backoff.next_s())

    def _opened(self, session: Session) -> None:
        self._session = session
        self._faults.over("received again")
