"""RTP on the RTSP connection itself, in frames with a channel each (RFC 2326, section 10.12)."""

from __future__ import annotations

import re
import struct

from streams.sources.rtsp.errors import TcpRefused
from streams.sources.rtsp.receiver import Receiver
from streams.sources.rtsp.wire import Wire


class Interleaved:
    """Its packets come with the answers, so `drain` finds nothing. Belongs to one thread."""

    name = "TCP"
    dropped: int | None = None  # the camera waits instead

    def __init__(self, wire: Wire, receiver: Receiver) -> None:
        self._wire = wire
        self.receiver = receiver
        self._next, self._control = 0, 1

    def asks(self) -> str:
        """The Transport header that asks for the next track."""
        return f"RTP/AVP/TCP;unicast;interleaved={self._next}-{self._next + 1}"

    def answered(self, told: str) -> tuple[int, int]:
        """The camera's choice of channels, which need not be what we asked for; `told` is its Transport header.

        Raises `TcpRefused` where it sends in another way."""
        found = re.search(r"(?i)interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?", told)
        if "tcp" not in told.lower() and found is None and told:
            raise TcpRefused("the camera answers TCP with another transport")
        first = int(found[1]) if found else self._next
        control = int(found[2]) if found and found[2] else first + 1
        if self._next == 0:
            self._control = control
        self._next = max(2, control + 1)
        return first, control

    def drain(self, now_s: float, most_bytes: int) -> int:
        return 0

    def report(self, packet: bytes) -> None:
        """Send a receiver report. Raises `OSError`."""
        self._wire.send(struct.pack(">cBH", b"$", self._control, len(packet)) + packet)

    def share_used(self) -> float:
        return self._wire.share_used()

    def close(self) -> None:
        """The connection is the wire's."""
