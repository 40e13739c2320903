"""The compressed packets since the last key frame, so that dense decoding can begin in the middle of a GOP."""

from __future__ import annotations

from streams.packets import Packet

# Two seconds at 16 Mbit/s. Beyond it the backlog is given up and dense decoding waits for the next key frame.
_MOST_BYTES = 4 << 20


class Backlog:
    """Empty, or a run of packets that begins with a key frame; bounded in bytes."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._packets: list[Packet] = []
        self._bytes = 0

    def restart(self, key_packet: Packet) -> None:
        self._packets = [key_packet]
        self._bytes = key_packet.size

    def add(self, packet: Packet) -> None:
        if not self._packets:
            return
        self._packets.append(packet)
        self._bytes += packet.size
        if self._bytes > self._most_bytes:
            self.clear()

    def take(self) -> list[Packet]:
        taken, self._packets = self._packets, []
        self._bytes = 0
        return taken

    def clear(self) -> None:
        self._packets = []
        self._bytes = 0
