"""What a source has received so far, for metrics and for whoever asks why a camera is not seen."""

from __future__ import annotations

from dataclasses import dataclass

from streams.sources.naps import NapFigures


@dataclass(frozen=True, slots=True)
class Reception:
    """Counters since the source was opened.

    `packets` to `junk_bytes` are of RTP and of our own client alone; through FFmpeg only pictures and their bytes are
    known, and the others are 0. A picture is *broken* when parts of it were lost, *discarded* when it is whole but
    depends on one that is not.
    """

    bytes_received: int
    packets: int
    packets_lost: int
    packets_late: int
    pictures: int
    pictures_broken: int
    pictures_discarded: int
    junk_bytes: int
    naps: NapFigures
