"""A look at a camera that somebody may take: most wait undecoded, and what nobody takes is never decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from av.video.frame import VideoFrame

from streams.decoding.decoders import KeyDecoders
from streams.decoding.picture import YuvShot
from streams.sources.ring import Tape
from vision.types import Frame

Reveal = Callable[[KeyDecoders], VideoFrame | None]


class Session(Protocol):
    """What a look's own session still has, though it may have ended and its camera have begun another one, whose
    media time is another's. For any thread."""

    @property
    def tape(self) -> Tape: ...

    def look_before(self, frame: Frame, media_s: float) -> Look | None:
        """The newest key frame before a media time that is still kept, as a look; `frame` tells what time it was."""


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
    session: Session | None = field(default=None, compare=False, repr=False)

    def open(self, decoders: KeyDecoders) -> Frame | None:
        """The picture, decoded now on the caller's thread if it was not before; None where it is damaged."""
        picture = self.reveal(decoders)
        if picture is None:
            return None
        size_wh = picture.width, picture.height
        return Frame(self.camera, self.captured_at, self.pts_s, size_wh, YuvShot(picture, self.fit_wh))

    def look_before(self, frame: Frame, media_s: float) -> Look | None:
        """As the look's own session has it; None where there is none."""
        return None if self.session is None else self.session.look_before(frame, media_s)


def decoded(picture: VideoFrame | None) -> Reveal:
    """For a look that was decoded already."""
    return lambda _: picture


def opened(looks: Iterator[Look], decoders: KeyDecoders) -> Iterator[Frame]:
    """The frames of looks, damaged ones left out, each decoded before the next look is asked for."""
    for look in looks:
        frame = look.open(decoders)
        if frame is not None:
            yield frame
