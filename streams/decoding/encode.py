"""Pictures to an H.264 file, through the encoder that PyAV carries."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from streams.errors import StreamError
from vision.types import Picture

_ENCODER: Final = "libx264"


class EncodeError(StreamError):
    """The file could not be written."""


def write_mp4(
    path: Path,
    frames: Iterable[Picture],
    *,
    fps: float,
    gop: int,
    bitrate_bps: int | None = None,
    crf: int = 23,
    b_frames: int = 0,
    preset: str = "veryfast",
) -> int:
    """Encode BGR pictures, uint8 (h, w, 3) of one even size, into an MP4 with a key frame every `gop` frames exactly.

    Constant quality by `crf` (lower is better), or about `bitrate_bps` where that is given. The same pictures give
    the same bytes. Returns the number of frames. Raises `EncodeError`; no half-written file stays behind then.
    """
    rate = Fraction(fps).limit_denominator(1001)
    # Scene cuts would bring key frames of their own; one thread, or the bytes depend on the machine's cores.
    exact = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={b_frames}:threads=1"
    if bitrate_bps is not None:
        exact += f":vbv-maxrate={bitrate_bps // 1000}:vbv-bufsize={bitrate_bps // 1000}"
    options = {"preset": preset, "x264-params": exact} | ({"crf": str(crf)} if bitrate_bps is None else {})
    count = 0
    part = path.with_name(path.name + ".part")
    try:
        with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream(_ENCODER, rate=rate, options=options)
            stream.pix_fmt = "yuv420p"
            if bitrate_bps is not None:
                stream.bit_rate = bitrate_bps
            for picture in frames:
                if count == 0:
                    stream.height, stream.width = _size(picture)
                count += 1
                container.mux(stream.encode(_yuv(picture, stream, count - 1)))
            if count:
                container.mux(stream.encode(None))
        if not count:
            raise EncodeError(f"no frames were given for {path}")
        part.replace(path)
    except (av.error.FFmpegError, av.codec.codec.UnknownCodecError, OSError) as error:
        raise EncodeError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _size(picture: Picture) -> tuple[int, int]:
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        raise EncodeError(f"H.264 needs even sizes, got {width}x{height}")
    return height, width


def _yuv(picture: Picture, stream: VideoStream, index: int) -> VideoFrame:
    if picture.dtype != np.uint8 or picture.shape != (stream.height, stream.width, 3):
        raise EncodeError(
            f"every frame must be uint8 ({stream.height}, {stream.width}, 3), got {picture.dtype} {picture.shape}"
        )
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
    frame = frame.reformat(format="yuv420p", threads=1)
    frame.pts = index
    frame.time_base = 1 / Fraction(stream.codec_context.framerate)
    return frame
