"""When something came to rest, told by key frames that nobody had looked at then but that the ring still holds."""

from __future__ import annotations

from collections.abc import Callable

from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from streams.pipeline import CameraPipeline
from vision.types import Frame

# Each costs a key frame's decoding, once for something new: with looks 8 s apart there are three between two of them.
_MOST = 4

LookBefore = Callable[[Frame, float], Look | None]


def look_back(pipeline: CameraPipeline, frame: Frame, look_before: LookBefore, decoders: KeyDecoders) -> int:
    """After a step: date its newest places by older looks, newest first, for as long as they help; how many it took.

    So a camera at rest may be looked at seldom, and what dwells in it is still timed by the key frames.
    """
    taken = 0
    while (span := pipeline.undated()) is not None:
        after_s, since_s = span
        offset_s = frame.captured_at.timestamp() - frame.pts_s
        look = look_before(frame, since_s - offset_s) if taken < _MOST else None
        between = look is not None and look.captured_at.timestamp() > after_s + 1e-3
        older = look.open(decoders) if look is not None and between else None
        pipeline.look_back(older)
        taken += older is not None
        if older is None:
            break
    return taken
