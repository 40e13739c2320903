"""A clip as the bytes that go over a connection: RTP packets, interleaved as RFC 2326, section 10.12 says.

All viewers of all cameras that play a clip get the same packets, for RTP leaves sequence numbers, time base and
source to the sender: so a picture's bytes are written down once a loop, not once a viewer.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLOCK_HZ = 90_000
_HEAD = 4 + 12  # interleaving and RTP
_PAYLOAD_TYPE, _MARKER = 96, 0x80


@dataclass(frozen=True, slots=True)
class Train:
    """The packets of one picture, back to back, still without number, time and source. `heads` are the offsets of
    their RTP headers in `wire`; `first` is the number of the first one among the clip's packets."""

    wire: bytes
    heads: NDArray[np.int64]
    first: int
    octets: int

    @classmethod
    def of(cls, payloads: Iterable[bytes], first: int) -> Train:
        """RFC 3550, section 5.1; the marker bit ends the picture."""
        wire, heads, octets, last = bytearray(), [], 0, 0
        for payload in payloads:
            last = len(wire) + 4
            heads.append(last)
            wire += struct.pack(">cBHBBHII", b"$", 0, 12 + len(payload), 0x80, _PAYLOAD_TYPE, 0, 0, 0)
            wire += payload
            octets += len(payload)
        if heads:
            wire[last + 1] |= _MARKER
        return cls(bytes(wire), np.array(heads, np.int64), first, octets)

    def stamped(self, sequence: int, rtp_time: int, source: int) -> bytes:
        """Ready to be sent: the first packet is number `sequence` (of 65536)."""
        wire = np.frombuffer(bytearray(self.wire), np.uint8)
        numbers = (sequence + np.arange(len(self.heads))) & 0xFFFF
        wire[self.heads + 2], wire[self.heads + 3] = numbers >> 8, numbers & 0xFF
        for i, octet in enumerate(struct.pack(">II", rtp_time & 0xFFFFFFFF, source)):
            wire[self.heads + 4 + i] = octet
        return wire.tobytes()


class RtpWire:
    """The trains of one clip as they leave in each loop. Belongs to one event loop.

    With all cameras of a clip begun together, however far into it, no train is asked for an older loop after a newer
    one, but by a viewer who has just come: so one stamped copy of each is kept.
    """

    def __init__(self, trains: Iterable[Train], pts_90k: Iterable[int], duration_s: float) -> None:
        self._trains = tuple(trains)
        self._pts_90k = tuple(pts_90k)
        self._loop_90k = round(duration_s * CLOCK_HZ)
        self._loop_packets = sum(len(train.heads) for train in self._trains)
        self._stamped: list[tuple[int, bytes]] = [(-1, b"")] * len(self._trains)
        self.source = secrets.randbits(32)
        self._sequence_base, self._time_base = secrets.randbits(16), secrets.randbits(32)

    def bytes_of(self, cycle: int, index: int) -> bytes:
        """Picture `index` of the clip in its loop `cycle`, on channel 0."""
        known, wire = self._stamped[index]
        if known != cycle:
            pts_90k = self.time_of(cycle, index)
            wire = self._trains[index].stamped(self.sequence_of(cycle, index), pts_90k, self.source)
            self._stamped[index] = cycle, wire
        return wire

    def on_channel(self, wire: bytes, index: int, channel: int) -> bytes:
        """The same bytes for a viewer who asked for other channels."""
        moved = np.frombuffer(bytearray(wire), np.uint8)
        moved[self._trains[index].heads - 3] = channel
        return moved.tobytes()

    def weight(self, index: int) -> tuple[int, int]:
        """Packets and octets of payload in a picture, as sender reports count them."""
        train = self._trains[index]
        return len(train.heads), train.octets

    def sequence_of(self, cycle: int, index: int) -> int:
        return (self._sequence_base + cycle * self._loop_packets + self._trains[index].first) & 0xFFFF

    def time_of(self, cycle: int, index: int) -> int:
        return (self._time_base + cycle * self._loop_90k + self._pts_90k[index]) & 0xFFFFFFFF

    def time_at(self, position_s: float) -> int:
        """RTP time of a moment, seconds from the beginning of the first loop."""
        return (self._time_base + round(position_s * CLOCK_HZ)) & 0xFFFFFFFF
