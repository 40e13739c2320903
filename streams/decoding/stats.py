"""What a decoder has done with a stream, in figures and words."""

from __future__ import annotations

from dataclasses import dataclass

KEY_FRAMES, EVERY_FRAME, REFERENCES, WAITING = "key frames", "every frame", "references only", "waiting for a key frame"


@dataclass(frozen=True, slots=True)
class DecodeStats:
    """Counters since the stream was opened. `decoded` over `packets` is the price, `frames` is what it bought.

    `dense` says whether every packet is decoded now, `mode` what exactly, and `because` why that, or why key frames
    will do.
    """

    packets: int = 0
    key_packets: int = 0
    decoded: int = 0
    frames: int = 0
    errors: int = 0
    corrupt: int = 0
    jumps: int = 0
    dense: bool = False
    mode: str = WAITING
    b_frames: bool = False
    key_interval_s: float | None = None
    frame_interval_s: float | None = None
    because: str = ""
