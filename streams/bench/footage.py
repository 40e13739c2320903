"""A clip held in memory as a street that goes on for as long as one likes: played forwards, then backwards, again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from av import VideoFrame

from streams.decoding.upright import upright
from streams.errors import SourceUnusable
from vision.types import Picture

FPS = 25
_MOST_BYTES = 640 << 20
_MOST_S = 14.0


@dataclass(frozen=True, slots=True)
class Footage:
    """`yuv` are pictures of the clip at 25 a second, I420, uint8 (h * 3 / 2, w).

    Their number is a whole count of seconds plus one: there and back is then a multiple of 50 pictures, so that key
    frames stay two seconds apart for ever, and the last picture is followed by its true neighbour: nothing jumps.
    """

    yuv: tuple[Picture, ...]
    size_wh: tuple[int, int]

    @property
    def period(self) -> int:
        """Pictures after which the street is where it was."""
        return 2 * (len(self.yuv) - 1)

    def bgr(self, number: int) -> Picture:
        """Picture `number` of the endless street, uint8 (h, w, 3)."""
        return np.asarray(cv2.cvtColor(self.yuv[self.index(number)], cv2.COLOR_YUV2BGR_I420), np.uint8)

    def index(self, number: int) -> int:
        """Which picture of the clip that is."""
        at = number % self.period
        return at if at < len(self.yuv) else self.period - at


def load_footage(path: Path) -> Footage:
    """The beginning of a clip, as much as fits in 640 MiB and 14 s. Raises `SourceUnusable`."""
    taken: list[Picture] = []
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            width = height = most = 0
            first_s: float | None = None
            for shown in _whole(container.decode(stream), taken):
                frame = upright(shown, round(shown.rotation / 90))
                if not most:
                    width, height = frame.width // 2 * 2, frame.height // 2 * 2
                    most = min(int(_MOST_S * FPS), _MOST_BYTES // max(1, width * height * 3 // 2))
                at_s = frame.time if frame.time is not None else len(taken) / FPS
                first_s = at_s if first_s is None else first_s
                while len(taken) < most and len(taken) / FPS <= at_s - first_s + 1e-6:
                    taken.append(np.asarray(frame.to_ndarray(format="yuv420p", width=width, height=height), np.uint8))
                if len(taken) >= most:
                    break
    except IndexError:
        raise SourceUnusable(f"{path} holds no video") from None
    except (av.error.FFmpegError, OSError) as error:
        raise SourceUnusable(f"{path} cannot be read as video: {error.strerror or error}: is it whole?") from error
    whole = (len(taken) - 1) // FPS * FPS + 1
    if whole <= FPS:
        raise SourceUnusable(f"{path} must be at least 2 s long to be composed from; it has {len(taken)} pictures")
    return Footage(tuple(taken[:whole]), (width, height))


def _whole(frames: Iterator[VideoFrame], taken: Sequence[Picture]) -> Iterator[VideoFrame]:
    """Of a file that was cut off what there is of it, once something was read."""
    try:
        yield from frames
    except av.error.FFmpegError:
        if not taken:
            raise
