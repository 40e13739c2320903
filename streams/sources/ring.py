"""The compressed packets of one camera's last seconds: where dense decoding begins, and what evidence is cut from."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from streams.sources.packets import Packet

# Ten seconds at 4 Mbit/s are 5 MB; a 16 Mbit/s camera keeps four.
MOST_BYTES = 8 << 20
MOST_S = 12.0
_PARTS = 8


@dataclass(slots=True)
class _Group:
    """A key frame and what depends on it (a GOP), each with its media time in seconds; a part of one if not `whole`."""

    whole: bool
    packets: list[tuple[float, Packet]] = field(default_factory=list)
    size: int = 0


class PacketRing:
    """Groups of pictures, the oldest dropped first, bounded in bytes and in seconds. Safe between threads.

    A group begins with its key frame. Packets whose key frame never came, or lies back more than `most_bytes` (counted
    in `overflows`), are kept in groups of their own, `_PARTS` of which fill the ring: of use where a stream refreshes
    its picture piece by piece.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, most_s: float = MOST_S) -> None:
        self._most_bytes, self._most_s = most_bytes, most_s
        self._lock = threading.Lock()
        self._groups: deque[_Group] = deque()
        self._size = 0
        self.overflows = 0

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._size

    @property
    def span_s(self) -> float:
        """Media seconds from the oldest packet held to the newest."""
        with self._lock:
            return self._groups[-1].packets[-1][0] - self._groups[0].packets[0][0] if self._groups else 0.0

    def add(self, packet: Packet, media_s: float) -> None:
        with self._lock:
            if packet.is_keyframe or not self._groups or self._is_full_part(self._groups[-1], media_s):
                self._groups.append(_Group(whole=packet.is_keyframe))
            newest = self._groups[-1]
            newest.packets.append((media_s, packet))
            newest.size += packet.size
            self._size += packet.size
            self._keep_to_bounds(media_s)

    def since_key(self) -> list[Packet]:
        """From the newest key frame to the newest packet; empty where it is not held."""
        with self._lock:
            newest = self._groups[-1] if self._groups else None
            return [packet for _, packet in newest.packets] if newest and newest.whole else []

    def key_before(self, media_s: float) -> tuple[float, Packet] | None:
        """The newest key frame before a moment, with its media time."""
        with self._lock:
            for group in reversed(self._groups):
                if group.whole and group.packets[0][0] < media_s - 1e-6:
                    return group.packets[0]
        return None

    def clip(self, from_s: float, to_s: float) -> list[tuple[float, Packet]]:
        """Packets up to `to_s`, from the last key frame at or before `from_s`, or from the oldest packet held."""
        with self._lock:
            groups = list(self._groups)
            first = max((i for i, group in enumerate(groups) if group.packets[0][0] <= from_s), default=0)
            while first and not groups[first].whole:
                first -= 1
            return [pair for group in groups[first:] for pair in group.packets if pair[0] <= to_s]

    def clear(self) -> None:
        with self._lock:
            self._groups.clear()
            self._size = 0

    def _keep_to_bounds(self, newest_s: float) -> None:
        while len(self._groups) > 1 and (
            self._size > self._most_bytes or newest_s - self._groups[1].packets[0][0] >= self._most_s
        ):
            self._size -= self._groups.popleft().size
        if self._size > self._most_bytes:
            self._halve(self._groups[0])
            self.overflows += 1

    def _halve(self, group: _Group) -> None:
        """Its older half goes, and its key frame with it."""
        group.whole = False
        group.packets = group.packets[len(group.packets) // 2 + 1 :]
        group.size = self._size = sum(packet.size for _, packet in group.packets)
        if not group.packets:
            self._groups.clear()

    def _is_full_part(self, group: _Group, media_s: float) -> bool:
        longest_s, most_bytes = self._most_s / _PARTS, self._most_bytes / _PARTS
        return not group.whole and (group.size >= most_bytes or media_s - group.packets[0][0] >= longest_s)


@dataclass(frozen=True, slots=True)
class Tape:
    """One session's packets: its ring, and what it takes to read them. `offset_s` is added to an event's media time to
    get the ring's (0 unless the ring is of another stream than the one that was analysed)."""

    ring: PacketRing
    codec: str
    extradata: bytes | None
    offset_s: float = 0.0
