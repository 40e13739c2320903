"""When something came to rest: told by the last looks, and by key frames of the ring that nobody had looked at."""

from __future__ import annotations

from collections.abc import Callable

from streams.aerial.choice import AnyPipeline
from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from vision.types import Frame

# Each costs a key frame's decoding, once for something new: with looks 6 s apart there are two between two of them.
_MOST_DECODED = 4
# A key frame so close to a look that was had tells nothing more.
_NEWS_S = 0.5

LookBefore = Callable[[Frame, float], Look | None]


def look_back(pipeline: AnyPipeline, frame: Frame, look_before: LookBefore, decoders: KeyDecoders) -> int:
    """After a step: date its newest places by older looks, newest first, for as long as they help; how many had to be
    decoded.

    So a camera at rest may be looked at seldom, and what dwells in it is still timed by the key frames.
    """
    decoded = 0
    while (before_s := pipeline.undated()) is not None:
        glimpse = pipeline.glimpse_before(before_s)
        look = look_before(frame, before_s - frame.captured_at.timestamp() + frame.pts_s)
        if look is not None and decoded < _MOST_DECODED:
            at_s = look.captured_at.timestamp()
            if glimpse is None or at_s > glimpse.at_s + _NEWS_S:
                decoded += 1
                older = look.open(decoders)
                if older is not None:
                    pipeline.look_back(pipeline.glimpse(older, at_s))
                    continue
        pipeline.look_back(glimpse)
    return decoded
