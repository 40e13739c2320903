"""One camera's thread: connect, read, keep what comes, offer looks, and start over."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Protocol

from streams.backoff import Backoff
from streams.clock import Clock
from streams.decoding.decode import Decoder, OnMetadata
from streams.decoding.look import Look
from streams.decoding.permits import Permits
from streams.decoding.stats import DecodeStats
from streams.delivery.camera_events import Found
from streams.errors import SourceUnusable, StreamError
from streams.faults import FaultLog
from streams.health.clock_watch import ClockWatch
from streams.health.meter import CameraHealth, HealthMeter
from streams.metrics.record import Metrics
from streams.pacing import Pacing
from streams.playback import Playback
from streams.site import CameraSpec
from streams.sources.intake import Intake
from streams.sources.ring import PacketRing
from streams.sources.rtsp.source import RtspSource
from streams.sources.source import Source, open_source
from vision.types import Frame

logger = logging.getLogger(__name__)

# A session that lived so long was a good one: the next trouble is a new one.
_GOOD_SESSION_S = 30.0
# A clip takes its packets out of the ring while it is being made, so the ring need not last to its end: it has what
# comes before an event, and some more, since an event is decided by a look of seconds ago.
_RING_SPARE_S = 7.0
_RING_BYTES = 16 << 20
_HURRY_S = 2.0


class LookSink(Protocol):
    """Where looks go. Must return at once: whoever is late loses looks, not the camera."""

    def put(self, item: Look, /) -> None: ...


class CameraReader:
    """Reads one camera for as long as it lives; a fault of its camera stays in this thread.

    Looks go to `sink`, which keeps the newest only: a worker's one schedule for all cameras. A file is played in real
    time, from its beginning again if `loop`, and its end ends the reader otherwise. `pace` may be called at any time
    from any thread.
    """

    def __init__(
        self,
        camera: CameraSpec,
        sink: LookSink,
        clock: Clock,
        *,
        looks_per_s: float = 1.0,
        fit_wh: tuple[int, int] = (640, 640),
        timeout_s: float = 10.0,
        loop: bool = False,
        backoff: Backoff | None = None,
        metrics: Metrics | None = None,
        permits: Permits | None = None,
        on_metadata: OnMetadata | None = None,
    ) -> None:
        self.camera = camera
        self._on_metadata = on_metadata
        self._sink = sink
        self._clock = clock
        self._pacing = Pacing(looks_per_s)
        self._clock_watch = ClockWatch()
        self._reports = 0
        self._source: Source | None = None
        self._fit_wh = fit_wh
        self._permits = permits
        self._timeout_s = timeout_s
        self._loop = loop
        self._backoff = backoff or Backoff()
        self._metrics = metrics or Metrics()
        self._meter = HealthMeter(clock)
        self._faults = FaultLog(logger, clock, f"camera {camera.id}")
        self._stopping = threading.Event()
        self._decoder: Decoder | None = None
        self._past_errors = 0
        # A daemon: a read that hangs must not hold up the end of the process.
        self._thread = threading.Thread(target=self.run, name=f"camera {camera.id}", daemon=True)

    @property
    def looks_per_s(self) -> float:
        return self._pacing.looks_per_s

    @property
    def clock_watch(self) -> ClockWatch:
        """The camera's time against ours."""
        return self._clock_watch

    @property
    def source(self) -> Source | None:
        """The open source, None while there is none."""
        return self._source

    def pace(self, looks_per_s: float, appointment_s: float | None = None, *, at_once: bool = True) -> None:
        """Look so often from now on, and besides at the media time `appointment_s`, when something is decided: at that
        very moment where `at_once`, which costs some tens of pictures' decoding, else at the next key frame."""
        if self._pacing.ask(looks_per_s, appointment_s, at_once):
            self._hurry()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; returns at once, so that the owner of many can ask all before waiting for any."""
        self._stopping.set()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end, by default as long as one hanging read may last and a second. True when it has ended."""
        if self._thread.is_alive():
            self._thread.join(self._timeout_s + 1.0 if timeout_s is None else timeout_s)
        return not self._thread.is_alive()

    def looked(self, frame: Frame) -> None:
        """A look of this camera has been dealt with: only now is it known what its picture shows."""
        self._meter.looked(frame.captured_at, frame.source_wh, self._pacing.looks_per_s)
        self._faults.over("live")

    def unknown(self, reason: str, frame: Frame | None = None) -> None:
        """A look of this camera has told nothing; `frame` where there was a picture, yet not one to be believed."""
        if frame is None:
            self._meter.unknown(reason, self._pacing.looks_per_s)
            return
        self._meter.unknown(reason, self._pacing.looks_per_s, frame.captured_at, frame.source_wh)
        self._faults.over("live")

    def fault(self, found: Found | None) -> None:
        """Why its picture cannot be believed from now on; None when it can."""
        if found is None:
            self._meter.fault(None)
        else:
            self._meter.fault(found.trouble.value, found.since)

    def health(self, dropped: int = 0) -> CameraHealth:
        """`dropped`: how many of this camera's frames the sink replaced before they were looked at; it knows."""
        decoder, source = self._decoder, self._source
        stats = decoder.stats if decoder is not None else DecodeStats()
        interval_s = stats.frame_interval_s
        return self._meter.read(
            camera=self.camera.id,
            looks_per_s=self._pacing.looks_per_s,
            dropped=dropped,
            fps=round(1 / interval_s, 2) if interval_s else None,
            decoding=None if decoder is None else stats.mode,
            key_interval_s=stats.key_interval_s,
            decode_errors=self._past_errors + stats.errors + stats.corrupt,
            because=stats.because or None,
            codec=None if source is None else source.codec,
            b_frames=None if decoder is None else stats.b_frames,
        )

    def intake(self) -> Intake | None:
        """What the connection has brought and cost so far; None while there is none."""
        source, decoder = self._source, self._decoder
        if source is None or decoder is None:
            return None
        ring = decoder.ring
        return Intake(source.reception, decoder.stats.decoded, ring.size, ring.span_s, ring.overflows)

    def run(self) -> None:
        """Until stopped, or until a file that is not looped has ended."""
        while not self._stopping.is_set():
            began_s = self._clock.monotonic_s()
            self._meter.connecting()
            try:
                if not self.run_once():
                    break
            except StreamError as error:
                self._failed(str(error), lasted_s=self._clock.monotonic_s() - began_s)
            except Exception as error:
                # A fault of ours, not the camera's: say where, but keep the camera.
                logger.exception("camera %s: %s in the reader; starting it again", self.camera.id, type(error).__name__)
                self._failed(f"internal error: {type(error).__name__}", lasted_s=0.0)

    def run_once(self) -> bool:
        """One session, from opening to its end. False when there is nothing more to play. Raises `StreamError`."""
        with open_source(
            self.camera.watch_url or self.camera.url, transport=self.camera.transport, timeout_s=self._timeout_s
        ) as source:
            if self._stopping.is_set():
                return False
            self._meter.opened()
            self._decoder = decoder = self._new_decoder(source)
            self._source = source
            self._pacing.reconnected()
            self._clock_watch.reconnected()
            try:
                self._read(source, decoder)
            finally:
                self._past_errors += decoder.stats.errors + decoder.stats.corrupt
                decoder.close()
                self._decoder = self._source = None
            if source.is_live or self._stopping.is_set():
                return False
        if self._loop and decoder.stats.frames:
            return True
        if not decoder.stats.frames:
            raise SourceUnusable(f"{source.shown_url}: no picture in it could be decoded")
        self._meter.down("the file has ended")
        return False

    def _new_decoder(self, source: Source) -> Decoder:
        return Decoder(
            source,
            camera=self.camera.id,
            looks_per_s=self._pacing.looks_per_s,
            fit_wh=self._fit_wh,
            clock=self._clock,
            start=None if source.is_live else self._clock.now(),
            permits=self._permits,
            on_metadata=self._on_metadata,
            ring=PacketRing(most_bytes=_RING_BYTES, most_s=self.camera.pre_event_s + _RING_SPARE_S),
        )

    def _read(self, source: Source, decoder: Decoder) -> None:
        playback = Playback(self._clock)
        for packet in source.packets():
            self._meter.packet()
            if self._pacing.apply(decoder):
                self._hurry()
            fed_s = time.perf_counter()
            looks = list(decoder.feed(packet))
            if decoder.dense:
                self._metrics.stage("dense", time.perf_counter() - fed_s)
            if not source.is_live:
                playback.until(decoder.media_s, self._stopping)
            elif packet.is_keyframe:
                self._watch_clock(source, decoder)
            if self._stopping.is_set():
                return
            self._give(looks)
        self._give(decoder.finish())

    def _watch_clock(self, source: Source, decoder: Decoder) -> None:
        self._clock_watch.picture(decoder.media_s, self._clock.monotonic_s(), decoder.jumps)
        if isinstance(source, RtspSource) and (report := source.clock.newest) is not None:
            if source.clock.reports != self._reports:
                arrived_s, sent_s = report.arrived_s, report.sent_at.timestamp()
                self._clock_watch.sender_report(report.rtp_time, source.time_base.denominator, sent_s, arrived_s)
            self._reports = source.clock.reports

    def _hurry(self) -> None:
        source = self._source
        if source is not None:
            source.naps.hurry(_HURRY_S)

    def _give(self, looks: Iterable[Look]) -> None:
        for look in looks:
            self._sink.put(look)

    def _failed(self, error: str, lasted_s: float) -> None:
        self._meter.down(error)
        if self._stopping.is_set():
            return
        self._faults.fault(error)
        if lasted_s >= _GOOD_SESSION_S:
            self._backoff.reset()
        self._clock.wait(self._stopping, self._backoff.next_s())
