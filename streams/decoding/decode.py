"""Packets to looks: every packet is kept, few are decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from av.video.frame import VideoFrame

from streams.clock import Clock, SystemClock
from streams.decoding.cadence import Cadence
from streams.decoding.decoders import SELF_CONTAINED, KeyDecoders
from streams.decoding.dense import DenseDecoder
from streams.decoding.look import Look, Reveal
from streams.decoding.permits import Permits
from streams.sources.capture import CaptureClock
from streams.sources.packets import Packet
from streams.sources.ring import PacketRing, Tape
from streams.sources.source import Source
from streams.sources.timeline import Timeline
from vision.types import Frame

# A stream that shows no key frame for so long has none (intra refresh): it is decoded as it comes, and after as long
# again every part of the picture has been refreshed.
_KEYLESS_AFTER_S = 10.0
# A live stream that leaps ahead by more has set its clock: had it paused for so long, it would have been reconnected.
_LIVE_GAP_S = 10.0
_USELESS_AFTER = 2
_TRIED_EVERY = 5
# Up to this rate nobody waits for the looks.
_AT_REST_HZ = 1.0
_TRUSTED_AFTER = 3
# Dense decoding begins so long before an appointment: catching up from the last key frame takes up to 0.4 s at 1080p,
# and none of it may delay the look itself.
_EARLY_S = 0.7
# A key frame so little before an appointment is it: capture times are estimates, and the next one is seconds away.
_ROUNDED_S = 0.1

KEY_FRAMES, EVERY_FRAME, REFERENCES, WAITING = "key frames", "every frame", "references only", "waiting for a key frame"


@dataclass(frozen=True, slots=True)
class DecodeStats:
    """Counters since the stream was opened. `decoded` over `packets` is the price, `frames` is what it bought.

    `dense` says whether every packet is decoded now, `mode` what exactly, and `because` why that, or why key frames
    will do.
    """

    packets: int = 0
    key_packets: int = 0
    decoded: int = 0
    frames: int = 0
    errors: int = 0
    corrupt: int = 0
    jumps: int = 0
    dense: bool = False
    mode: str = WAITING
    b_frames: bool = False
    key_interval_s: float | None = None
    frame_interval_s: float | None = None
    because: str = ""


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
    ) -> None:
        self._source = source
        self._codec, self._extradata = source.codec, source.extradata
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
        self._fruitless_keys = self._fruitful_keys = 0
        self._trial = KeyDecoders(most=1)
        self._b_frames = False
        self._counts = Counter(packets=0, key_packets=0, decoded=0, frames=0, errors=0, corrupt=0)
        self._every = DenseDecoder(source, self._counts)
        # Media time of a look that is needed, None for none: at its very moment, or else at the next key frame.
        self.appointment_s: float | None = None
        self.at_once = True

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
        newest_s = self._timeline.newest_s
        at_s = self._timeline.place(packet)
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
        if self._dense and self._codec in SELF_CONTAINED and self._on_trial():
            # Tried on the side, while dense decoding goes on: no look is lost over what the answer may be.
            self._key_told(self._trial.picture(self._codec, self._extradata, packet))
        short = not self._cadence.key_frames_serve() and self._permitted()
        dense = short or self._fruitless_keys > 0 or self._appointment_near(at_s)
        if not dense:
            self._give_back()
        if self._dense and not dense and self._every.primed:
            yield from self._due(self._every.pictures(None, self.media_s))
        self._enter(dense)
        if dense:
            self._every.primed = True
            yield from self._decode_dense(packet, at_s)
        elif (kept := self._kept(at_s)) or self._cadence.key_frame_due(at_s):
            yield self._look(at_s, self._reveal_key(packet), decides=kept)

    def _enter(self, dense: bool) -> None:
        """At rest no decoder is kept: the next dense spell opens one anew."""
        self._for_appointment &= dense
        if dense:
            self._every.open()
        else:
            self._every.close()
        self._dense = dense

    def _on_trial(self) -> bool:
        """Whether this key frame is to show if they can be decoded alone: after a failure each, later now and then."""
        if self._cadence.key_frames_useless:
            return self._fruitful_keys > 0 or self._counts["key_packets"] % _TRIED_EVERY == 0
        return self._fruitless_keys > 0

    def _must_catch_up(self, at_s: float) -> bool:
        if self._fruitless_keys or self._appointment_near(at_s) or not self._counts["key_packets"]:
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

    def _appointment_near(self, at_s: float) -> bool:
        return self.at_once and self.appointment_s is not None and at_s >= self.appointment_s - _EARLY_S

    def _reveal_key(self, packet: Packet) -> Reveal:
        """Where the codec allows, nothing is decoded now, and perhaps never."""
        if self._codec not in SELF_CONTAINED:
            picture = self._every.alone(packet)
            self._key_told(picture)
            return _decoded(picture)

        def decode(decoders: KeyDecoders) -> VideoFrame | None:
            picture = decoders.picture(self._codec, self._extradata, packet)
            self._key_told(picture)
            return picture

        return decode

    def _key_told(self, picture: VideoFrame | None) -> None:
        """What became of a key frame's look. Called by whoever opened it, perhaps another thread."""
        self._counts["decoded"] += 1
        if picture is not None:
            self._fruitful_keys += 1
            self._fruitless_keys = 0
            if self._fruitful_keys >= _TRUSTED_AFTER:
                self._cadence.key_frames_useless = False
            return
        self._counts["errors"] += 1
        self._fruitful_keys = 0
        self._fruitless_keys += 1
        if self._fruitless_keys >= _USELESS_AFTER:
            # Intra-refresh streams mark pictures as key frames from which only a run of pictures recovers.
            self._cadence.key_frames_useless = True

    def _decode_dense(self, packet: Packet, at_s: float) -> Iterator[Look]:
        hurried = self.appointment_s is not None or self._cadence.overdue(at_s)
        self._every.sparse = self._cadence.references_suffice() and not hurried
        yield from self._due(self._every.pictures(packet, self.media_s))
        if self._for_appointment and self.appointment_s is None:
            self._enter(False)

    def _catch_up(self) -> Iterator[Look]:
        """From key frames to dense, now: decode what was kept since the last key frame, showing none but the newest."""
        self._for_appointment = self._cadence.key_frames_serve() and not self._fruitless_keys
        self._for_appointment &= self._appointment_near(self._timeline.newest_s)
        self._enter(True)
        kept = self.ring.since_key()
        self._every.primed, self._every.sparse = bool(kept), False
        self._cadence.hold_until(self._timeline.newest_s)
        for packet in kept:
            yield from self._due(self._every.pictures(packet, self.media_s))

    def _due(self, pictures: list[VideoFrame]) -> Iterator[Look]:
        for picture in pictures:
            at_s = self._media_s(picture)
            kept = self._kept(at_s)
            if kept or self._cadence.frame_due(at_s):
                yield self._look(at_s, _decoded(picture), decides=kept)

    def _kept(self, at_s: float) -> bool:
        """Whether the appointment falls to a picture of this time; it is over then."""
        early_s = 0.0 if self.at_once else _ROUNDED_S
        kept = self.appointment_s is not None and at_s >= self.appointment_s - early_s
        if kept:
            self.appointment_s = None
        return kept

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
            return "its key frames cannot be decoded alone (intra refresh)"
        if self._dense and self._appointment_near(self._timeline.newest_s):
            return "a hazard is due to be decided"
        refused = "; as many cameras as this machine can bear have every packet decoded already"
        return self._cadence.because() + (refused if self._refused else "")


def _decoded(picture: VideoFrame | None) -> Reveal:
    return lambda _: picture


def opened(looks: Iterator[Look], decoders: KeyDecoders) -> Iterator[Frame]:
    """The frames of looks, damaged ones left out, each decoded before the next look is asked for."""
    for look in looks:
        frame = look.open(decoders)
        if frame is not None:
            yield frame
