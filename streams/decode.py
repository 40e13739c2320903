"""Packets to frames: every packet is looked at, few are decoded."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import av.error
from av.codec.context import Flags as CodecFlags
from av.video.frame import VideoFrame

from streams.backlog import Backlog
from streams.cadence import Cadence
from streams.capture import CaptureClock
from streams.clock import Clock, SystemClock
from streams.packets import Packet
from streams.picture import YuvShot
from streams.source import Source
from streams.timeline import Timeline
from vision.types import Frame

# A stream that shows no key frame for so long has none (intra refresh): it is decoded as it comes, and after as long
# again every part of the picture has been refreshed.
_KEYLESS_AFTER_S = 10.0
# A live stream that leaps ahead by more has set its clock: had it paused for so long, it would have been reconnected.
_LIVE_GAP_S = 10.0
_USELESS_AFTER = 2


@dataclass(frozen=True, slots=True)
class DecodeStats:
    """Counters since the stream was opened. `decoded` over `packets` is the price, `frames` is what it bought."""

    packets: int = 0
    key_packets: int = 0
    decoded: int = 0
    frames: int = 0
    errors: int = 0
    corrupt: int = 0
    jumps: int = 0
    dense: bool = True
    key_interval_s: float | None = None
    frame_interval_s: float | None = None


class Decoder:
    """Turns one source's packets into frames at about `looks_per_s`, decoding key frames alone where they suffice.

    It begins dense (every packet from a key frame on), measures the key-frame interval, and falls back to key frames
    alone while they come at least every 1.25 / looks_per_s seconds. When they stop coming, or `looks_per_s` is
    raised, it catches up from the packets kept since the last key frame and is dense again at once.

    Times: `pts_s` is media time from the source's first packet, made rising by `Timeline` (missing, wrapped or
    restarted timestamps continue where the last ones ended). `captured_at` is `start + pts_s` where a start is given
    (a file), else the wall time of capture as `CaptureClock` estimates it. With a start, two runs give equal frames.

    Broken packets and pictures are counted and left out; they never raise. One thread only.
    """

    def __init__(
        self,
        source: Source,
        *,
        camera: str,
        looks_per_s: float,
        fit_wh: tuple[int, int],
        clock: Clock | None = None,
        start: datetime | None = None,
        threads: int = 1,
    ) -> None:
        self._context = source.context
        # One thread each: with many cameras FFmpeg's own threads would only get into each other's way.
        self._context.thread_count = threads
        self._camera = camera
        self._time_base = source.time_base
        self._timeline = Timeline(
            source.time_base, source.frame_interval_s, forward_gap_s=_LIVE_GAP_S if source.is_live else None
        )
        self._cadence = Cadence(looks_per_s, source.frame_interval_s)
        self._capture = CaptureClock(clock or SystemClock())
        self._start = start
        self._fit_wh = fit_wh
        self._backlog = Backlog()
        self._dense = True
        self._primed = False
        self._fruitless_keys = 0
        self._healed_s = math.inf
        self._counts = Counter(packets=0, key_packets=0, decoded=0, frames=0, errors=0, corrupt=0)

    @property
    def looks_per_s(self) -> float:
        return self._cadence.looks_per_s

    @looks_per_s.setter
    def looks_per_s(self, value: float) -> None:
        self._cadence.looks_per_s = value

    @property
    def media_s(self) -> float:
        """Media time of the newest packet fed."""
        return self._timeline.newest_s

    @property
    def stats(self) -> DecodeStats:
        return DecodeStats(
            **self._counts,
            dense=self._dense,
            jumps=self._timeline.jumps,
            key_interval_s=self._cadence.key_interval_s,
            frame_interval_s=self._cadence.frame_interval_s,
        )

    def feed(self, packet: Packet) -> Iterator[Frame]:
        """The frames that this packet brings out, none mostly. Exhaust it before feeding the next packet."""
        at_s = self._timeline.place(packet)
        self._cadence.saw(at_s, packet.is_keyframe)
        self._capture.seen(at_s)
        self._counts["packets"] += 1
        if packet.is_keyframe:
            yield from self._key_packet(packet, at_s)
        elif not self._dense:
            self._backlog.add(packet)
            if self._fruitless_keys or not self._cadence.key_frames_serve() or self._cadence.overdue(at_s):
                yield from self._catch_up()
        elif self._primed:
            yield from self._decode_dense(packet, at_s)
        elif at_s > _KEYLESS_AFTER_S and not self._counts["key_packets"]:
            self._begin_without_key(at_s)
            yield from self._decode_dense(packet, at_s)

    def finish(self) -> Iterator[Frame]:
        """At the end of a file: the frames that the decoder still holds back."""
        if self._dense and self._primed:
            yield from self._drain()
        self._primed = False

    def frames(self, packets: Iterator[Packet]) -> Iterator[Frame]:
        """A whole source from its first packet to its last."""
        for packet in packets:
            yield from self.feed(packet)
        yield from self.finish()

    def _key_packet(self, packet: Packet, at_s: float) -> Iterator[Frame]:
        self._counts["key_packets"] += 1
        dense = not self._cadence.key_frames_serve()
        if self._dense and not dense and self._primed:
            yield from self._drain()
        self._dense = self._primed = dense
        if dense:
            self._backlog.clear()
            yield from self._decode_dense(packet, at_s)
            return
        self._backlog.restart(packet)
        if self._cadence.key_frame_due(at_s):
            yield from self._decode_key(packet)

    def _begin_without_key(self, at_s: float) -> None:
        self._primed = True
        self._healed_s = at_s + _KEYLESS_AFTER_S
        # Without a key frame or a recovery point FFmpeg would call every picture corrupt and keep it, for ever.
        self._context.flags |= CodecFlags.output_corrupt

    def _decode_key(self, packet: Packet) -> Iterator[Frame]:
        """One key frame on its own. Drained at once: a decoder that reorders would sit on it for seconds."""
        before = self._counts["decoded"]
        self._context.skip_frame = "DEFAULT"
        pictures = self._pictures(packet) + self._pictures(None)
        self._context.flush_buffers()
        self._fruitless_keys = 0 if self._counts["decoded"] > before else self._fruitless_keys + 1
        if self._fruitless_keys >= _USELESS_AFTER:
            # Intra-refresh streams mark pictures as key frames from which only a run of pictures recovers.
            self._cadence.key_frames_useless = True
        for picture in pictures[:1]:
            yield from self._emit(picture)

    def _decode_dense(self, packet: Packet, at_s: float) -> Iterator[Frame]:
        starved = self._cadence.overdue(at_s)
        self._context.skip_frame = "NONREF" if self._cadence.references_suffice() and not starved else "DEFAULT"
        yield from self._due(self._pictures(packet))

    def _catch_up(self) -> Iterator[Frame]:
        """From key frames to dense, now: decode what was kept since the last key frame, showing none but the newest."""
        self._dense = True
        kept = self._backlog.take()
        self._primed = bool(kept)
        self._context.flush_buffers()
        self._context.skip_frame = "DEFAULT"
        self._cadence.hold_until(self._timeline.newest_s)
        for packet in kept:
            yield from self._due(self._pictures(packet))

    def _drain(self) -> Iterator[Frame]:
        yield from self._due(self._pictures(None))
        self._context.flush_buffers()

    def _pictures(self, packet: Packet | None) -> list[VideoFrame]:
        try:
            found = self._context.decode(packet.for_decoder() if packet else None)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError:
            self._counts["errors"] += 1
            return []
        healed = self._timeline.newest_s >= self._healed_s
        sound = [picture for picture in found if healed or not picture.is_corrupt]
        self._counts["decoded"] += len(found)
        self._counts["corrupt"] += len(found) - len(sound)
        return sound

    def _due(self, pictures: list[VideoFrame]) -> Iterator[Frame]:
        for picture in pictures:
            if self._cadence.frame_due(self._media_s(picture)):
                yield from self._emit(picture)

    def _emit(self, picture: VideoFrame) -> Iterator[Frame]:
        at_s = self._media_s(picture)
        self._cadence.looked(at_s)
        self._counts["frames"] += 1
        yield Frame(
            camera=self._camera,
            captured_at=self._capture.at(at_s) if self._start is None else self._start + timedelta(seconds=at_s),
            pts_s=at_s,
            source_wh=(picture.width, picture.height),
            shot=YuvShot(picture, self._fit_wh),
        )

    def _media_s(self, picture: VideoFrame) -> float:
        ticks = picture.pts if picture.pts is not None else picture.dts
        return self._timeline.newest_s if ticks is None else max(0.0, float(ticks * self._time_base))
