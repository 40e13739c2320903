"""A compressed picture on its way from a receiver to the ring, the decoders and a remuxed clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from av.packet import Packet as AvPacket

Bytes = bytes | bytearray | memoryview


@dataclass(slots=True, eq=False)
class Packet:
    """One access unit in decoding order.

    `parts` are joined only when somebody needs the bytes: most packets are never decoded. H.264 and H.265 are Annex B
    from live sources, and as the container has them from files (the source's `extradata` tells which).
    `pts`, `dts` and `duration` count `time_base` seconds; None where the source gave none.
    `origin` is FFmpeg's own packet where it came from there, with side data that some codecs cannot do without.
    """

    parts: Sequence[Bytes]
    size: int
    pts: int | None
    dts: int | None
    is_keyframe: bool
    time_base: Fraction
    duration: int | None = None
    origin: AvPacket | None = None  # type: ignore[type-arg]

    @property
    def data(self) -> bytes:
        return b"".join(self.parts)

    def for_decoder(self) -> AvPacket:  # type: ignore[type-arg]
        """FFmpeg's packet with the same bytes and times."""
        packet: AvPacket = AvPacket(self.data) if self.origin is None else self.origin  # type: ignore[type-arg]
        packet.time_base = self.time_base
        packet.pts, packet.dts = self.pts, self.dts
        packet.is_keyframe = self.is_keyframe
        return packet


def from_av(packet: AvPacket, time_base: Fraction) -> Packet:  # type: ignore[type-arg]
    """FFmpeg's packet as ours; the bytes stay FFmpeg's."""
    view = memoryview(packet)
    return Packet((view,), packet.size, packet.pts, packet.dts, packet.is_keyframe, time_base, packet.duration, packet)
