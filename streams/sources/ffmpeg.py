"""Receiving through FFmpeg: files, and the streams that our own client does not take.

The one place that FFmpeg's errors and addresses pass.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Any, Self

import av
import av.error
import av.logging
from av.packet import Packet as AvPacket
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from streams.errors import SourceUnusable, StreamLost
from streams.sources.heal import Heal
from streams.sources.naps import Naps
from streams.sources.openings import Opening, opening
from streams.sources.packets import Packet, from_av
from streams.sources.reception import Reception
from streams.sources.slices import whole_pictures
from streams.sources.udp_drops import dropped_at
from streams.sources.urls import scheme_of, scrub, without_credentials

logger = logging.getLogger(__name__)

# FFmpeg writes whole addresses into its log, passwords too, so its log stays shut: what matters comes as an exception.
av.logging.set_level(None)

# A read that took longer had to wait: everything that had gathered has been read.
_WAITED_S = 0.003
_METADATA_KEPT = 1000  # packets that nobody asks for

# Demuxers of containers that may say "show me turned".
_TURNED = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})

# FFmpeg's words for what an operator must do something about.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (av.error.HTTPUnauthorizedError, "the camera refused the user or the password (401)"),
    (av.error.HTTPForbiddenError, "the camera forbids this user the stream (403)"),
    (av.error.HTTPNotFoundError, "the camera has no such stream (404): check the path of the address"),
    (av.error.HTTPServerError, "the camera has a fault of its own, or is busy (5xx)"),
    (av.error.ConnectionRefusedError, "connection refused: is the camera on, and the port right?"),
    (av.error.FileNotFoundError, "no such file"),
    (av.error.IsADirectoryError, "this is a folder, not a video file"),
    (av.error.PermissionError, "permission denied"),
    (av.error.ProtocolNotFoundError, "this kind of address is not allowed here"),
)


class FfmpegSource:
    """A `Source` that FFmpeg receives."""

    def __init__(self, container: av.container.InputContainer, url: str, asked: Opening, timeout_s: float) -> None:
        self._container = container
        self._url = url
        self._asked = asked
        self._timeout_s = timeout_s
        self._stream = _video_of(container)
        # A drone's metadata beside its pictures; other containers' data tracks cost nothing, for they are few.
        self._beside = list(container.streams.data)
        self._metadata: deque[tuple[float, bytes]] = deque(maxlen=_METADATA_KEPT)
        self._bytes = self._pictures = 0
        self._heal = Heal()
        self.shown_url = without_credentials(url)
        # How often the file says that its pictures are to be turned by 90 degrees, counter-clockwise.
        self.quarter_turns = _quarter_turns(asked) if container.format.name in _TURNED else 0
        self.is_live = asked.is_live
        self.receiver = asked.receiver
        self.naps = Naps(asked.longest_nap_s, hurried_s=min(0.05, asked.longest_nap_s))

    @property
    def context(self) -> VideoCodecContext:
        """FFmpeg's decoder for this track."""
        return self._stream.codec_context

    @property
    def extradata(self) -> bytes | None:
        return self.context.extradata

    @property
    def codec(self) -> str:
        return self.context.name

    @property
    def resolution_wh(self) -> tuple[int, int]:
        return self.context.width, self.context.height

    @property
    def time_base(self) -> Fraction:
        return self._stream.time_base or Fraction(1, 90_000)

    @property
    def frame_interval_s(self) -> float | None:
        if self._asked.stamped:
            return None
        rate = self._stream.average_rate or self._stream.guessed_rate
        return float(1 / rate) if rate and 0.1 <= rate <= 240 else None

    @property
    def announced_s(self) -> float | None:
        """Seconds that the container says it holds, None where it does not say."""
        return self._container.duration / av.time_base if self._container.duration else None

    @property
    def reception(self) -> Reception:
        port, heal = self._asked.port, self._heal
        return Reception(
            bytes_received=self._bytes,
            packets=None,
            packets_lost=None,
            packets_late=None,
            pictures=self._pictures,
            pictures_broken=heal.broken,
            pictures_discarded=heal.discarded,
            junk_bytes=None,
            naps=self.naps.figures,
            packets_dropped=None if port is None else dropped_at(port),
        )

    def metadata(self) -> list[tuple[float, bytes]]:
        """What has come beside the pictures since the last call: the moment that it is shown, seconds on the stream's
        own line of time, and its bytes. For the reading thread."""
        found = list(self._metadata)
        self._metadata.clear()
        return found

    def packets(self) -> Iterator[Packet]:
        fault: str | None = None
        base = self.time_base
        try:
            packets = (from_av(packet, base) for packet in self._demuxed())
            yield from whole_pictures(packets, self.codec) if self.is_live else packets
        except (av.error.FFmpegError, OSError) as error:
            fault = self._reason(error)
        # Raised out here so that no traceback drags the original error, with its address, along.
        if fault is None and self.is_live:
            fault = "the camera ended the stream"
        if fault is not None:
            raise StreamLost(f"{self.shown_url}: {fault}")

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _demuxed(self) -> Iterator[AvPacket]:  # type: ignore[type-arg]
        """FFmpeg's packets; a live stream's with a nap whenever there is no more to read."""
        gathered = 0
        for packet in self._timed():
            if packet is None:
                self.naps.drained(self._asked.share_of(gathered))
                self.naps.wait()
                gathered = 0
            elif packet.size:
                gathered += packet.size
                self._bytes += packet.size
                self._pictures += 1
                if not self.is_live or not self._heal.leaves_out(
                    broken=packet.is_corrupt, is_key=packet.is_keyframe, now_s=time.monotonic()
                ):
                    yield packet

    def _timed(self) -> Iterator[AvPacket | None]:  # type: ignore[type-arg]
        """Every packet, and None after one that had to be waited for, where this source naps."""
        naps = self.is_live and self.naps.longest_s > 0
        packets = self._container.demux(self._stream, *self._beside)
        began_s = time.monotonic()
        for packet in packets:
            if packet.stream.index != self._stream.index:
                self._keep(packet)
                continue
            now_s = time.monotonic()
            if self._asked.stamped:
                packet.pts = packet.dts = round(now_s / self.time_base)
            yield packet
            if naps and now_s - began_s > _WAITED_S:
                yield None
            began_s = time.monotonic()

    def _keep(self, packet: AvPacket) -> None:  # type: ignore[type-arg]
        ticks = packet.pts if packet.pts is not None else packet.dts
        if packet.size and ticks is not None:
            self._metadata.append((float(ticks * packet.time_base), bytes(packet)))

    def _reason(self, error: Exception) -> str:
        if isinstance(error, (av.error.ExitError, av.error.TimeoutError)):
            return f"nothing came for {self._timeout_s:g} s"
        return _reason(error, self._url, self._asked)


def open_any(url: str, *, transport: str, timeout_s: float, why: str = "") -> FfmpegSource:
    """Raises `SourceUnusable`. `why` says why it is FFmpeg that receives a stream of ours."""
    asked = opening(url, transport, timeout_s, why)
    source, fault = _open(asked, url, timeout_s)
    if source is None and asked.verified:
        # FFmpeg does not say that it was the certificate.
        asked = asked.unverified()
        source, fault = _open(asked, url, timeout_s)
        if source is not None:
            logger.warning("%s: nobody vouches for its certificate", source.shown_url)
    if source is None:
        raise SourceUnusable(f"cannot open {without_credentials(url)}: {fault}")
    return source


def _open(asked: Opening, url: str, timeout_s: float) -> tuple[FfmpegSource | None, str]:
    """The source, or what is wrong: an error would carry the address into every traceback."""
    began_s = time.monotonic()
    try:
        container = av.open(
            asked.target,
            format=asked.container,
            options=asked.options,
            timeout=(timeout_s, timeout_s),
            metadata_errors="replace",
        )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        # FFmpeg's RTSP reports a read that was cut off as bad data, so the watch tells more than the error.
        late = isinstance(error, (av.error.ExitError, av.error.TimeoutError)) or time.monotonic() - began_s >= timeout_s
        return None, f"no answer within {timeout_s:g} s" if late else _reason(error, url, asked)
    try:
        return FfmpegSource(container, url, asked, timeout_s), ""
    except SourceUnusable as error:
        container.close()
        return None, str(error)


def _video_of(container: av.container.InputContainer) -> VideoStream:
    tracks = [track for track in container.streams.video if not track.disposition & av.stream.Disposition.attached_pic]
    if not tracks:
        raise SourceUnusable("it holds no video")
    # The first one, as players do: on cameras that is the stream which was asked for.
    track: Any = tracks[0]
    if track.codec_context is None:
        raise SourceUnusable("no decoder here for its video codec")
    return tracks[0]


def _quarter_turns(asked: Opening) -> int:
    """Only a decoder of the container's own, in its first picture, tells."""
    try:
        with av.open(asked.target, options=asked.options, metadata_errors="replace") as container:
            first = next(container.decode(_video_of(container)), None)
    except (av.error.FFmpegError, OSError, ValueError, SourceUnusable):
        return 0
    return 0 if first is None else round(first.rotation / 90) % 4


def _reason(error: Exception, url: str, asked: Opening) -> str:
    if isinstance(error, av.error.InvalidDataError) or getattr(error, "errno", None) in asked.bad_errors:
        return asked.bad_data
    if isinstance(error, av.error.ArgumentError) and not asked.is_live:
        return "this kind of file is not read here: give a video file such as MP4, Matroska or AVI"
    for kind, words in _REASONS:
        if isinstance(error, kind):
            return words
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return scrub(str(text), url) if scheme_of(url) else str(text)
