"""Opening a camera or a file. Which receiver takes it is decided here, and everything else is behind `Source`."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Protocol, Self

from av.video.codeccontext import VideoCodecContext

from streams.errors import SourceUnusable
from streams.sources import ffmpeg
from streams.sources.naps import Naps
from streams.sources.packets import Packet
from streams.sources.reception import Reception
from streams.sources.rtsp.errors import NotOurs, TcpRefused
from streams.sources.rtsp.source import open_rtsp
from streams.sources.urls import scheme_of, without_credentials

logger = logging.getLogger(__name__)

TRANSPORTS = ("tcp", "udp", "auto")
_SETTLES_S = 1.0


class Source(Protocol):
    """An open stream or file with one video track chosen from it. A context manager; closing twice is harmless.

    Belongs to the thread that reads it, but for `naps.hurry` and `reception`, which any thread may use.

    - `codec`: FFmpeg's name of it; `extradata`: decoder parameters that are not in the packets, as the container has
      them, None where each key frame carries its own.
    - `resolution_wh`: as announced; (0, 0) where nothing has said yet. Frames tell the truth.
    - `frame_interval_s`: seconds between frames as announced, None where nothing credible is.
    - `shown_url`: the address without its credentials; `receiver`: who receives it, and why if not the usual one.
    """

    @property
    def codec(self) -> str: ...
    @property
    def extradata(self) -> bytes | None: ...
    @property
    def context(self) -> VideoCodecContext:
        """FFmpeg's decoder as the container set it up, for codecs that do not describe themselves."""

    @property
    def resolution_wh(self) -> tuple[int, int]: ...
    @property
    def time_base(self) -> Fraction: ...
    @property
    def frame_interval_s(self) -> float | None: ...
    @property
    def is_live(self) -> bool: ...
    @property
    def shown_url(self) -> str: ...
    @property
    def receiver(self) -> str: ...
    @property
    def naps(self) -> Naps: ...
    @property
    def reception(self) -> Reception: ...

    def packets(self) -> Iterator[Packet]:
        """Compressed pictures in decoding order, until a file ends.

        Raises `StreamLost` when a live stream ends, fails, or sends nothing for the source's time limit, and when a
        file is broken in the middle.
        """

    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_source(url: str, *, transport: str = "tcp", timeout_s: float = 10.0) -> Source:
    """Open a camera or a video file (a path or file://).

    Cameras: rtsp:// and rtsps:// (with `transport` "tcp", "udp", or "auto" for TCP where the camera has it), MPEG-TS
    as udp://HOST:PORT (a group, or the own address to listen at), motion JPEG as http:// and https://.
    `timeout_s` bounds the opening and every read thereafter.
    Raises `SourceUnusable` with the reason in plain words, free of credentials.
    """
    if transport not in TRANSPORTS:
        raise SourceUnusable(f"transport must be one of {', '.join(TRANSPORTS)}, got {transport!r}")
    secret = scheme_of(url) == "rtsps"
    if scheme_of(url) not in ("rtsp", "rtsps") or (secret and transport == "udp"):
        return ffmpeg.open_any(url, transport=transport, timeout_s=timeout_s)
    fault = why = ""
    try:
        return open_rtsp(url, timeout_s, "tcp" if secret else transport)
    except TcpRefused as error:
        if secret and transport == "auto":
            why, transport = str(error), "udp"
        else:
            fault = f"{error}: set its transport to udp or auto"
    except NotOurs as error:
        why, transport = str(error), "udp" if transport == "udp" else "tcp"
    except SourceUnusable as error:
        fault = str(error)
    if fault:
        # Raised out here: a chained error would drag more along than the sentence.
        raise SourceUnusable(f"cannot open {without_credentials(url)}: {fault}")
    logger.info("%s: received by FFmpeg over %s, since %s", without_credentials(url), transport.upper(), why)
    try:
        return ffmpeg.open_any(url, transport=transport, timeout_s=timeout_s, why=why)
    except SourceUnusable:
        # Some servers (GStreamer's) are busy for a moment with the session that we have just ended.
        time.sleep(_SETTLES_S)
    return ffmpeg.open_any(url, transport=transport, timeout_s=timeout_s, why=why)
