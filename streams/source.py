"""Opening a stream or a file and taking packets from it. The one place that FFmpeg's errors and addresses pass."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Any, Self

import av
import av.error
import av.logging
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from streams.errors import SourceUnusable, StreamLost
from streams.packets import Packet, from_av
from streams.slices import whole_pictures
from streams.urls import scheme_of, scrub, without_credentials

# FFmpeg writes whole addresses into its log, passwords too, so its log stays shut: what matters comes as an exception.
av.logging.set_level(None)

_LIVE_SCHEMES = frozenset({"rtsp", "rtsps"})

# Containers, not playlists: those would make a file a list of addresses to fetch.
_FILE_FORMATS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,obu,ivf,mjpeg,flv,asf,mxf,ogg,dv"

# FFmpeg's words for what an operator must do something about.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (av.error.HTTPUnauthorizedError, "the camera refused the user or the password (401)"),
    (av.error.HTTPForbiddenError, "the camera forbids this user the stream (403)"),
    (av.error.HTTPNotFoundError, "the camera has no such stream (404): check the path of the address"),
    (av.error.ConnectionRefusedError, "connection refused: is the camera on, and the port right?"),
    (av.error.FileNotFoundError, "no such file"),
    (av.error.IsADirectoryError, "this is a folder, not a video file"),
    (av.error.PermissionError, "permission denied"),
    (av.error.InvalidDataError, "the data is not a video that FFmpeg can read: is the file whole?"),
    (av.error.ProtocolNotFoundError, "this kind of address is not allowed here"),
)
_LIVE_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (av.error.InvalidDataError, "what answers there does not speak RTSP as a camera does"),
    *_REASONS,
)
_FILE_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (av.error.ArgumentError, "this kind of file is not read here: give a video file such as MP4, Matroska or AVI"),
    *_REASONS,
)


class Source:
    """An open stream or file with one video track chosen from it. A context manager; closing twice is harmless.

    Belongs to the thread that reads it, the decoder's context too: FFmpeg is not safe otherwise.
    """

    def __init__(self, container: av.container.InputContainer, url: str, timeout_s: float) -> None:
        self._container = container
        self._url = url
        self._timeout_s = timeout_s
        self._stream = _video_of(container, url)
        self.shown_url = without_credentials(url)
        self.is_live = scheme_of(url) in _LIVE_SCHEMES

    @property
    def context(self) -> VideoCodecContext:
        """FFmpeg's decoder for this track, for `Decoder` alone."""
        return self._stream.codec_context

    @property
    def extradata(self) -> bytes | None:
        """The decoder's parameters that are not in the packets, as the container has them."""
        return self.context.extradata

    @property
    def codec(self) -> str:
        return self.context.name

    @property
    def resolution_wh(self) -> tuple[int, int]:
        """As announced; (0, 0) where a live stream has not said yet. Frames tell the truth."""
        return self.context.width, self.context.height

    @property
    def time_base(self) -> Fraction:
        return self._stream.time_base or Fraction(1, 90_000)

    @property
    def frame_interval_s(self) -> float | None:
        """Seconds between frames as the container claims, None where it claims nothing credible."""
        rate = self._stream.average_rate or self._stream.guessed_rate
        return float(1 / rate) if rate and 0.1 <= rate <= 240 else None

    def packets(self) -> Iterator[Packet]:
        """Compressed pictures in decoding order, until a file ends.

        Raises `StreamLost` when a live stream ends, fails, or sends nothing for `timeout_s`, and when a file
        is broken in the middle.
        """
        fault: str | None = None
        base = self.time_base
        try:
            packets = (from_av(packet, base) for packet in self._container.demux(self._stream) if packet.size)
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

    def _reason(self, error: Exception) -> str:
        if isinstance(error, (av.error.ExitError, av.error.TimeoutError)):
            return f"nothing came for {self._timeout_s:g} s"
        return _reason(error, self._url)


def open_source(url: str, *, transport: str = "tcp", timeout_s: float = 10.0) -> Source:
    """Open a camera (rtsp://, rtsps://) or a video file (a path or file://).

    `transport` is "tcp" or "udp", for RTSP. `timeout_s` bounds the opening and every read thereafter.
    Raises `SourceUnusable` with the reason in plain words, free of credentials.
    """
    target, options = _target(url, transport, timeout_s)
    fault: str
    began_s = time.monotonic()
    try:
        container = av.open(target, options=options, timeout=(timeout_s, timeout_s), metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        # FFmpeg's RTSP reports a read that was cut off as bad data, so the watch tells more than the error.
        late = isinstance(error, (av.error.ExitError, av.error.TimeoutError)) or time.monotonic() - began_s >= timeout_s
        fault = f"no answer within {timeout_s:g} s" if late else _reason(error, url)
    else:
        try:
            return Source(container, url, timeout_s)
        except SourceUnusable:
            container.close()
            raise
    raise SourceUnusable(f"cannot open {without_credentials(url)}: {fault}")


def _target(url: str, transport: str, timeout_s: float) -> tuple[str, dict[str, str]]:
    """What FFmpeg is given. Which protocols it may use is pinned, so a playlist cannot send it elsewhere."""
    scheme = scheme_of(url)
    if scheme in ("", "file"):
        return url.removeprefix("file://"), {"protocol_whitelist": "file", "format_whitelist": _FILE_FORMATS}
    if scheme not in _LIVE_SCHEMES:
        raise SourceUnusable(
            f"cannot open {without_credentials(url)}: {scheme}:// is not supported; give rtsp://, rtsps:// or a file"
        )
    if transport == "auto":
        transport = "tcp"
    if transport not in ("tcp", "udp"):
        raise SourceUnusable(f"transport must be tcp or udp, got {transport!r}")
    return url, {
        "rtsp_transport": transport,
        "protocol_whitelist": "rtsp,rtsps,rtp,srtp,tcp,tls,udp",
        "format_whitelist": "rtsp,rtp,sdp,mpegts",
        "allowed_media_types": "video",
        # The socket's own timeout, in microseconds; later than ours, which tells a hang from other faults.
        "timeout": str(round(2 * timeout_s * 1e6)),
        # Frame rates are learnt from timestamps; waiting for FFmpeg's estimate costs 20 frames at every start.
        "fpsprobesize": "0",
        "user_agent": "sanxun",
    }


def _video_of(container: av.container.InputContainer, url: str) -> VideoStream:
    shown = without_credentials(url)
    tracks = [track for track in container.streams.video if not track.disposition & av.stream.Disposition.attached_pic]
    if not tracks:
        raise SourceUnusable(f"cannot open {shown}: it holds no video")
    # The first one, as players do: on cameras that is the stream which was asked for.
    track: Any = tracks[0]
    if track.codec_context is None:
        raise SourceUnusable(f"cannot open {shown}: no decoder here for its video codec")
    return tracks[0]


def _reason(error: Exception, url: str) -> str:
    for kind, words in _LIVE_REASONS if scheme_of(url) in _LIVE_SCHEMES else _FILE_REASONS:
        if isinstance(error, kind):
            return words
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return scrub(str(text), url)
