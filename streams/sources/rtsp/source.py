"""A camera received by our own client, as the readers see it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Self, cast

from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from streams.errors import StreamLost
from streams.sources.naps import Naps
from streams.sources.packets import Packet
from streams.sources.reception import Reception
from streams.sources.rtsp.connect import begin
from streams.sources.rtsp.dialogue import Session
from streams.sources.rtsp.rtcp import RtcpClock
from streams.sources.rtsp.units import START_CODE
from streams.sources.rtsp.wire import Ended
from streams.sources.urls import scrub, without_credentials

# Packets come, yet no picture can be made of them: a new session may do better.
_NO_PICTURE_S = 60.0
_WALLED = " over UDP: does a firewall keep it from here? Set its transport to tcp, if the camera has it"
# A server that sends as fast as it can must not keep us from handing on what came.
_MOST_DRAIN_BYTES = 4 << 20


class RtspSource:
    """An open camera. Belongs to the thread that reads it, but for `naps`. Closing twice is harmless.

    Every key frame carries its parameter sets, so `extradata` is None and cameras can share decoders. `pts` is RTP
    time, unwrapped; `dts` is None, since RTP tells nothing of it.
    """

    is_live = True
    extradata: bytes | None = None

    def __init__(self, session: Session, url: str, timeout_s: float) -> None:
        self._session = session
        self._url = url
        self._timeout_s = timeout_s
        self._bytes = 0
        self._closed = False
        self._newest_pts = 0
        wire = session.wire
        self.receiver = f"own RTSP client, {'TLS' if wire.is_tls else session.packets.name}"
        if session.dialogue.why:
            self.receiver += f", since {session.dialogue.why}"
        if wire.is_tls and not wire.verified:
            self.receiver += ", its certificate not verified"
        self.shown_url = without_credentials(url)
        self.codec = session.codec
        self.time_base = Fraction(1, session.clock_hz)
        self.frame_interval_s = 1 / session.frame_rate if session.frame_rate else None
        self.naps = Naps()

    @property
    def context(self) -> VideoCodecContext:
        """A decoder for this stream."""
        return cast(VideoCodecContext, CodecContext.create(self.codec, "r"))

    @property
    def resolution_wh(self) -> tuple[int, int]:
        """(0, 0): frames tell."""
        return (0, 0)

    @property
    def parameter_sets(self) -> bytes:
        """The newest ones, as Annex B; empty where none have been seen."""
        return b"".join(START_CODE + unit for unit in self._session.units.sets)

    @property
    def clock(self) -> RtcpClock:
        """The camera's own time of each packet's `pts`, once it has reported."""
        return self._session.receiver.clock

    @property
    def reception(self) -> Reception:
        counts, naps = self._session.units.counts, self.naps.figures
        return Reception(
            bytes_received=self._bytes,
            packets=counts.packets,
            packets_lost=counts.lost,
            packets_late=counts.late,
            pictures=counts.units,
            pictures_broken=counts.broken,
            pictures_discarded=counts.discarded,
            junk_bytes=self._session.receiver.junk_bytes,
            naps=naps,
            packets_dropped=self._session.packets.dropped,
        )

    def metadata(self) -> list[tuple[float, bytes]]:
        """What has come beside the pictures since the last call: the moment that it belongs to, seconds on the video's
        own line of time, and its bytes. For the reading thread."""
        beside = self._session.receiver.beside
        return [] if beside is None else beside.taken(self.clock, self._session.clock_hz, self._newest_pts)

    def packets(self) -> Iterator[Packet]:
        """Whole pictures in decoding order. Raises `StreamLost` when the stream ends, fails, or falls silent."""
        units = self._session.units
        fault: str | None = None
        video_s = picture_s = time.monotonic()
        seen = units.counts.packets
        while fault is None:
            fault = self._drain()
            now_s = time.monotonic()
            if units.counts.packets != seen:
                seen, video_s = units.counts.packets, now_s
            if units.ready:
                picture_s = now_s
                ready, units.ready = units.ready, []
                self._newest_pts = ready[-1].pts or 0
                yield from ready
            fault = fault or self._silent(now_s - video_s, now_s - picture_s)
            if fault is None:
                self.naps.wait()
        # The last picture has no successor that would end it, and may lack its own end: it is left.
        raise StreamLost(f"{self.shown_url}: {fault}")

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(OSError):
            self._session.dialogue.end()
        self._session.dialogue.close()
        self._session.wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _drain(self) -> str | None:
        """Take in all that has gathered; returns what ended the stream, None while it goes on."""
        wire, heard, packets = self._session.wire, self._session.heard, self._session.packets
        share = packets.share_used()
        now_s = time.monotonic()
        most = self._bytes + _MOST_DRAIN_BYTES
        try:
            while self._bytes < most and (count := wire.receive_into(space := heard.space())):
                self._bytes += count
                heard.took(count, now_s)
                # A short read has emptied the socket; TLS gives a record at a time.
                if count < len(space) and not wire.is_tls:
                    break
            self._bytes += packets.drain(now_s, most - self._bytes)
            self._session.dialogue.keep(now_s)
        except Ended as error:
            return str(error)
        except OSError as error:
            return scrub(error.strerror or type(error).__name__, self._url)
        finally:
            self.naps.drained(share)
        return None

    def _silent(self, video_s: float, picture_s: float) -> str | None:
        if video_s >= self._timeout_s:
            walled = self._session.packets.name == "UDP" and not self._session.units.counts.packets
            return f"nothing came for {self._timeout_s:g} s" + (_WALLED if walled else "")
        if picture_s >= max(_NO_PICTURE_S, self._timeout_s):
            return f"packets come, but no whole picture for {picture_s:.0f} s"
        return None


def open_rtsp(url: str, timeout_s: float, transport: str = "tcp") -> RtspSource:
    """`transport`: "tcp", "udp", or "auto" for TCP where the camera has it.

    Raises `SourceUnusable` with the reason in plain words, without the address; `NotOurs` where FFmpeg must help.
    """
    return RtspSource(begin(url, timeout_s, transport), url, timeout_s)
