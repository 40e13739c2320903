"""Packets to looks: every packet is kept, few are decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from av.video.frame import VideoFrame

from streams.clock import Clock, SystemClock
from streams.decoding.appointment import Appointment
from streams.decoding.cadence import Cadence
from streams.decoding.decoders import SELF_CONTAINED, KeyDecoders
from streams.decoding.dense import DenseDecoder
from streams.decoding.look import Look, Reveal, decoded, opened
from streams.decoding.permits import Permits
from streams.decoding.stats import EVERY_FRAME, KEY_FRAMES, REFERENCES, WAITING, DecodeStats
from streams.decoding.trust import KeyTrust
from streams.decoding.upright import upright
from streams.sources.capture import CaptureClock
from streams.sources.ffmpeg import FfmpegSource
from streams.sources.packets import Packet
from streams.sources.ring import PacketRing, Tape
from streams.sources.rtsp.source import RtspSource
from streams.sources.source import Source
from streams.sources.timeline import Timeline
from vision.types import Frame

OnMetadata = Callable[[float, bytes], None]
"""Takes what comes beside the pictures: the media time that it belongs to, and its bytes."""

# A stream that shows no key frame for so long has none (intra refresh): it is decoded as it comes, and after as long
# again every part of the picture has been refreshed.
_KEYLESS_AFTER_S = 10.0
# A live stream that leaps ahead by more has set its clock: had it paused for so long, it would have been reconnected.
_LIVE_GAP_S = 10.0
# Up to this rate nobody waits for the looks.
_AT_REST_HZ = 1.0


class Decoder:
    """Turns one source's packets into looks at about `looks_per_s`, key frames alone where they suffice.

    A key frame's look is handed out undecoded: whoever takes it decodes it, on a decoder shared with other cameras.
    Where key frames come too seldom or are of no use, where a higher rate is asked for, or shortly before an
    `appointment`, it catches up from the ring's last key frame and decodes every packet, here and on the caller's
    thread, for as long as that lasts.

    Times: `pts_s` is media time from the source's first packet, made rising by `Timeline` (missing, wrapped or
    restarted timestamps continue where the last ones ended). `captured_at` is `start + pts_s` where a start is given
    (a file), else the wall time of capture as `CaptureClock` estimates it. With a start, two runs give equal looks.

    Broken packets and pictures are counted and left out; they never raise. One thread only, but for opening looks.
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
        ring: PacketRing | None = None,
        permits: Permits | None = None,
        on_metadata: OnMetadata | None = None,
    ) -> None:
        self._source = source
        self._on_metadata = on_metadata
        self._beside = source if isinstance(source, FfmpegSource | RtspSource) else None
        self._codec, self._extradata = source.codec, source.extradata
        self._turns = source.quarter_turns if isinstance(source, FfmpegSource) else 0
        self._camera = camera
        self._tick_s = float(source.time_base)
        self._timeline = Timeline(
            source.time_base, source.frame_interval_s, forward_gap_s=_LIVE_GAP_S if source.is_live else None
        )
        self._cadence = Cadence(looks_per_s, source.frame_interval_s)
        self._capture = CaptureClock(clock or SystemClock())
        self._start = start
        self._fit_wh = fit_wh
        self.ring = ring or PacketRing()
        self._permits = permits
        self._refused = False
        self._dense = False
        self._for_appointment = False
        self._trust = KeyTrust()
        self._b_frames = False
        self._counts = Counter(packets=0, key_packets=0, decoded=0, frames=0, errors=0, corrupt=0)
        self._every = DenseDecoder(source, self._counts)
        self.appointment = Appointment()

    @property
    def looks_per_s(self) -> float:
        return self._cadence.looks_per_s

    @looks_per_s.setter
    def looks_per_s(self, value: float) -> None:
        self._cadence.looks_per_s = value

    @property
    def jumps(self) -> int:
        """How often the source's time had to be mended."""
        return self._timeline.jumps

    @property
    def dense(self) -> bool:
        """Whether every packet is decoded now."""
        return self._dense

    @property
    def media_s(self) -> float:
        """Media time of the newest packet fed."""
        return self._timeline.newest_s

    @property
    def stats(self) -> DecodeStats:
        return DecodeStats(
            **self._counts,
            dense=self._dense,
            mode=self._mode(),
            jumps=self._timeline.jumps,
            b_frames=self._b_frames,
            key_interval_s=self._cadence.key_interval_s,
            frame_interval_s=self._cadence.frame_interval_s,
            because=self._because(),
        )

    def feed(self, packet: Packet) -> Iterator[Look]:
        """The looks that this packet brings, none mostly. Exhaust it before feeding the next packet."""
        newest_s, shown = self._timeline.newest_s, packet.pts
        at_s = self._timeline.place(packet)
        if self._on_metadata is not None and shown is not None and self._beside is not None:
            # On the stream's own line of time, as the packet was before it was placed.
            for moment_s, data in self._beside.metadata():
                self._on_metadata(moment_s - shown * self._tick_s + at_s, data)
        self._b_frames |= at_s < newest_s
        self._cadence.saw(at_s, packet.is_keyframe)
        self._capture.seen(at_s)
        self.ring.add(packet, at_s)
        self._counts["packets"] += 1
        if packet.is_keyframe:
            yield from self._key_packet(packet, at_s)
        elif not self._dense:
            if self._must_catch_up(at_s):
                yield from self._catch_up()
        elif self._every.primed:
            yield from self._decode_dense(packet, at_s)
        elif at_s > _KEYLESS_AFTER_S and not self._counts["key_packets"]:
            self._every.begin_without_key(heals_at_s=at_s + _KEYLESS_AFTER_S)
            yield from self._decode_dense(packet, at_s)

    @property
    def tape(self) -> Tape:
        """This session's packets."""
        return Tape(self.ring, self._codec, self._extradata)

    def look_before(self, frame: Frame, media_s: float) -> Look | None:
        """`streams.decoding.look.Session`."""
        found = self.ring.key_before(media_s) if self._codec in SELF_CONTAINED else None
        if found is None:
            return None
        at_s, packet = found
        captured_at = frame.captured_at - timedelta(seconds=frame.pts_s - at_s)
        return Look(self._camera, captured_at, at_s, self._fit_wh, self._reveal_key(packet), session=self)

    def finish(self) -> Iterator[Look]:
        """At the end of a file: the looks that the decoder still holds back."""
        if self._dense and self._every.primed:
            yield from self._due(self._every.pictures(None, self.media_s))
        self._every.primed = False

    def frames(self, packets: Iterator[Packet]) -> Iterator[Frame]:
        """A whole source from its first packet to its last, every look opened at once."""
        decoders = KeyDecoders()
        for packet in packets:
            yield from opened(self.feed(packet), decoders)
        yield from opened(self.finish(), decoders)

    def _key_packet(self, packet: Packet, at_s: float) -> Iterator[Look]:
        self._counts["key_packets"] += 1
        if self._dense and self._codec in SELF_CONTAINED and self._trust.on_trial(self._counts["key_packets"]):
            # Tried on the side, while dense decoding goes on: no look is lost over what the answer may be.
            self._key_told(self._trust.tried(self._codec, self._extradata, packet))
        short = not self._cadence.key_frames_serve() and self._permitted()
        dense = short or self._trust.shaken or self.appointment.near(at_s)
        if not dense:
            self._give_back()
        if self._dense and not dense and self._every.primed:
            yield from self._due(self._every.pictures(None, self.media_s))
        self._enter(dense)
        if dense:
            self._every.primed = True
            yield from self._decode_dense(packet, at_s)
        elif (kept := self.appointment.kept(at_s)) or self._cadence.key_frame_due(at_s):
            yield self._look(at_s, self._reveal_key(packet), decides=kept)

    def _enter(self, dense: bool) -> None:
        """At rest no decoder is kept: the next dense spell opens one anew."""
        self._for_appointment &= dense
        if dense:
            self._every.open()
        else:
            self._every.close()
        self._dense = dense

    def _must_catch_up(self, at_s: float) -> bool:
        if self._trust.shaken or self.appointment.near(at_s) or not self._counts["key_packets"]:
            return True
        return (not self._cadence.key_frames_serve() or self._cadence.overdue(at_s)) and self._permitted()

    def _permitted(self) -> bool:
        """Whether key frames that come too seldom may be made up for. Who watches on a screen is not kept waiting."""
        at_rest = self._cadence.looks_per_s <= _AT_REST_HZ and not self._cadence.key_frames_useless
        self._refused = self._permits is not None and at_rest and not self._permits.ask(self)
        return not self._refused

    def _give_back(self) -> None:
        if self._permits is not None:
            self._permits.give_back(self)

    def close(self) -> None:
        """The source has ended: what was held goes to others."""
        self._give_back()

    def _reveal_key(self, packet: Packet) -> Reveal:
        """Where the codec allows, nothing is decoded now, and perhaps never."""
        if self._codec not in SELF_CONTAINED:
            picture = self._every.alone(packet)
            self._key_told(picture)
            return decoded(picture and upright(picture, self._turns))

        def decode(decoders: KeyDecoders) -> VideoFrame | None:
            picture = decoders.picture(self._codec, self._extradata, packet)
            self._key_told(picture)
            return picture and upright(picture, self._turns)

        return decode

    def _key_told(self, picture: VideoFrame | None) -> None:
        """What became of a key frame's look. Called by whoever opened it, perhaps another thread."""
        self._counts["decoded"] += 1
        self._counts["errors"] += picture is None
        self._trust.told(picture)
        self._cadence.key_frames_useless = self._trust.useless

    def _decode_dense(self, packet: Packet, at_s: float) -> Iterator[Look]:
        hurried = self.appointment.at_s is not None or self._cadence.overdue(at_s)
        self._every.sparse = self._cadence.references_suffice() and not hurried
        yield from self._due(self._every.pictures(packet, self.media_s))
        if self._for_appointment and self.appointment.at_s is None:
            self._enter(False)

    def _catch_up(self) -> Iterator[Look]:
        """From key frames to dense, now: decode what was kept since the last key frame, showing none but the newest."""
        self._for_appointment = self._cadence.key_frames_serve() and not self._trust.shaken
        self._for_appointment &= self.appointment.near(self._timeline.newest_s)
        self._enter(True)
        kept = self.ring.since_key()
        self._every.primed, self._every.sparse = bool(kept), False
        self._cadence.hold_until(self._timeline.newest_s)
        for packet in kept:
            yield from self._due(self._every.pictures(packet, self.media_s))

    def _due(self, pictures: list[VideoFrame]) -> Iterator[Look]:
        for picture in pictures:
            at_s = self._media_s(picture)
            kept = self.appointment.kept(at_s)
            if kept or self._cadence.frame_due(at_s):
                yield self._look(at_s, decoded(upright(picture, self._turns)), decides=kept)

    def _look(self, at_s: float, reveal: Reveal, *, decides: bool) -> Look:
        self._cadence.looked(at_s)
        self._counts["frames"] += 1
        captured_at = self._capture.at(at_s) if self._start is None else self._start + timedelta(seconds=at_s)
        return Look(self._camera, captured_at, at_s, self._fit_wh, reveal, decides, self)

    def _media_s(self, picture: VideoFrame) -> float:
        ticks = picture.pts if picture.pts is not None else picture.dts
        return self._timeline.newest_s if ticks is None else max(0.0, ticks * self._tick_s)

    def _mode(self) -> str:
        if self._dense and self._every.primed:
            return REFERENCES if self._every.sparse else EVERY_FRAME
        return KEY_FRAMES if self._counts["key_packets"] and not self._dense else WAITING

    def _because(self) -> str:
        if self._dense and not self._counts["key_packets"]:
            return "no key frame has come: the stream refreshes its picture piece by piece, or is damaged"
        if self._dense and self._cadence.key_frames_useless:
            return "its key frames cannot be decoded alone (intra refresh, or damaged on the way)"
        if self._dense and self.appointment.near(self._timeline.newest_s):
            return "a hazard is due to be decided"
        refused = "; as many cameras as this machine can bear have every packet decoded already"
        return self._cadence.because() + (refused if self._refused else "")
