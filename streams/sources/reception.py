"""What a source has received so far, for metrics and for whoever asks why a camera is not seen."""

from __future__ import annotations

from dataclasses import dataclass

from streams.sources.naps import NapFigures


@dataclass(frozen=True, slots=True)
class Reception:
    """Counters since the source was opened.

    What can be None is not told by every receiver: of lost RTP packets our own client alone knows. A picture is
    *broken* when parts of it were lost, *discarded* when it is whole but depends on one that is not.
    `packets_dropped` are those lost packets that had reached this machine, whose buffer was full: UDP alone has them.
    """

    bytes_received: int
    packets: int | None
    packets_lost: int | None
    packets_late: int | None
    pictures: int
    pictures_broken: int
    pictures_discarded: int | None
    junk_bytes: int | None
    naps: NapFigures
    packets_dropped: int | None = None
