"""Which of the numbered pictures a source gave."""

from __future__ import annotations

import numpy as np

from streams.sources.packets import Packet
from streams.sources.source import Source
from tests.streams.builders import number_in


def numbers(source: Source, packets: list[Packet]) -> list[int]:
    """What the decoded pictures show, in the order in which they are shown."""
    context = source.context
    context.thread_count = 1
    frames = [frame for packet in packets for frame in context.decode(packet.for_decoder())] + context.decode(None)
    return [number_in(frame.to_ndarray(format="bgr24").astype(np.uint8)) for frame in frames]


def in_a_row(shown: list[int], count: int) -> None:
    """From a key frame on every picture, in order."""
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    assert len(shown) >= count
