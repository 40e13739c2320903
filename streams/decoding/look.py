"""A look at a camera that somebody may take: most wait undecoded, and what nobody takes is never decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from av.video.frame import VideoFrame

from streams.decoding.decoders import KeyDecoders
from streams.decoding.picture import YuvShot
from vision.types import Frame

Reveal = Callable[[KeyDecoders], VideoFrame | None]


@dataclass(frozen=True, slots=True)
class Look:
    """One picture of one camera, decoded or not. Times as in `vision.types.Frame`. `decides`: something is known to be
    decided by it, so it should not wait."""

    camera: str
    captured_at: datetime
    pts_s: float
    fit_wh: tuple[int, int]
    reveal: Reveal
    decides: bool = False

    def open(self, decoders: KeyDecoders) -> Frame | None:
        """The picture, decoded now on the caller's thread if it was not before; None where it is damaged."""
        picture = self.reveal(decoders)
        if picture is None:
            return None
        size_wh = picture.width, picture.height
        return Frame(self.camera, self.captured_at, self.pts_s, size_wh, YuvShot(picture, self.fit_wh))
