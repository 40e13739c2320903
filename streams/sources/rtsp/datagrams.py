"""RTP over UDP: a pair of ports for each track, drained like the connection and brought into their order.

Datagrams are written into the receiver's buffer as interleaved frames, so everything behind it is the same for both.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
from dataclasses import dataclass
from typing import Any

from streams.errors import SourceUnusable
from streams.sources.rtsp.receiver import Receiver
from streams.sources.rtsp.wire import Wire, memory_of

_HEAD = struct.Struct(">BBH")
_DOLLAR, _FRAME_BYTES, _RTP_BYTES, _RTCP_BYTES = 0x24, 4, 12, 8
_LARGEST_BYTES = 65_507  # a datagram's payload
_WANTED_BYTES = 2 << 20
_SO_RCVBUFFORCE = 33  # Linux, for those who may
_TRIED_PORTS = 64
# What opens a way through a firewall: an empty RTP packet, and a receiver report about nobody.
_OPENS_MEDIA, _OPENS_CONTROL = struct.pack(">BBHII", 0x80, 0, 0, 0, 0), struct.pack(">BBHI", 0x80, 201, 1, 0)


@dataclass(slots=True)
class _Pair:
    media: socket.socket
    control: socket.socket
    channel: int
    sender: str = ""
    reports_to: tuple[Any, ...] | None = None

    def close(self) -> None:
        self.media.close()
        self.control.close()


class Datagrams:
    """The tracks of one session. What comes from another host than the camera's, or the one it names, is junk.

    `dropped` counts the datagrams that the kernel threw away because its buffer was full, None where the system does
    not tell. Belongs to one thread.
    """

    name = "UDP"

    def __init__(self, wire: Wire, receiver: Receiver) -> None:
        self._wire = wire
        self.receiver = receiver
        self._pairs: list[_Pair] = []
        self._asked: _Pair | None = None

    def asks(self) -> str:
        """The Transport header that asks for the next track. Raises `OSError` where there are no ports."""
        if self._asked is not None:
            self._asked.close()  # the camera refused what it was for
        self._asked = _bound(self._wire, 2 * len(self._pairs))
        return "RTP/AVP;unicast;client_port={}-{}".format(
            *(port.getsockname()[1] for port in (self._asked.media, self._asked.control))
        )

    def answered(self, told: str) -> tuple[int, int]:
        """The channels that the track's packets will have; `told` is the camera's Transport header.

        Raises `SourceUnusable` where it sends in another way."""
        pair, self._asked = self._asked, None
        assert pair is not None, "asks() comes first"
        self._pairs.append(pair)
        if "tcp" in told.lower() or "interleaved" in told.lower() or "multicast" in told.lower():
            raise SourceUnusable("the camera answers UDP with another transport: set its transport to tcp")
        source = re.search(r"(?i)source\s*=\s*\[?([0-9a-f.:]+)", told)
        ports = re.search(r"(?i)server_port\s*=\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?", told)
        host = source[1] if source else ""
        pair.sender = _bare(self._wire.peer(0, host)[0])
        if ports:
            media = self._wire.peer(int(ports[1]), host)
            pair.reports_to = self._wire.peer(int(ports[2] or int(ports[1]) + 1), host)
            for port, opener, to in (
                (pair.media, _OPENS_MEDIA, media),
                (pair.control, _OPENS_CONTROL, pair.reports_to),
            ):
                with contextlib.suppress(OSError):
                    port.sendto(opener, to)
        return pair.channel, pair.channel + 1

    def drain(self, now_s: float, most_bytes: int) -> int:
        """Hand all that has gathered to the receiver; returns how many bytes that were."""
        return sum(
            self._drain(port, channel, least, pair.sender, now_s, most_bytes)
            for pair in self._pairs
            for port, channel, least in (
                (pair.media, pair.channel, _RTP_BYTES),
                (pair.control, pair.channel + 1, _RTCP_BYTES),
            )
        )

    def report(self, packet: bytes) -> None:
        """Send a receiver report."""
        for pair in self._pairs[:1]:
            if pair.reports_to is not None:
                with contextlib.suppress(OSError):
                    pair.control.sendto(packet, pair.reports_to)

    def share_used(self) -> float:
        """How full the fullest receive buffer is, 0 to 1."""
        return max((memory_of(pair.media).share_used for pair in self._pairs), default=0.0)

    @property
    def dropped(self) -> int | None:
        drops = [memory_of(pair.media).dropped for pair in self._pairs]
        return None if None in drops else sum(drop or 0 for drop in drops)

    def close(self) -> None:
        for pair in [*self._pairs, *([self._asked] if self._asked else [])]:
            pair.close()

    def _drain(self, port: socket.socket, channel: int, least: int, sender: str, now_s: float, most_bytes: int) -> int:
        receiver, taken = self.receiver, 0
        space, filled = receiver.space(), 0
        frames: list[tuple[int, int, int]] = []  # sequence number, from, to
        while taken < most_bytes:
            if len(space) - filled < _FRAME_BYTES + _LARGEST_BYTES:
                _hand_on(receiver, space, frames, now_s)
                space, filled, frames = receiver.space(), 0, []
            try:
                count, host = port.recvfrom_into(space[filled + _FRAME_BYTES :])
            except BlockingIOError:
                break
            start = filled + _FRAME_BYTES
            if _bare(host[0]) != sender or count < least or space[start] >> 6 != 2:
                receiver.junk_bytes += count
                continue
            _HEAD.pack_into(space, filled, _DOLLAR, channel, count)
            frames.append((space[start + 2] << 8 | space[start + 3], filled, start + count))
            filled, taken = start + count, taken + count
        _hand_on(receiver, space, frames, now_s)
        return taken


def _bare(host: str) -> str:
    """Without the name of the interface that a link-local address carries."""
    return host.partition("%")[0]


def _hand_on(receiver: Receiver, space: memoryview, frames: list[tuple[int, int, int]], now_s: float) -> None:
    """Datagrams may overtake each other: those that came together go on by their numbers (which wrap at 16 bits)."""
    if not frames:
        return
    first = frames[0][0]
    ordered = sorted(frames, key=lambda frame: (frame[0] - first + 0x8000) & 0xFFFF)
    filled = frames[-1][2]
    if ordered != frames:
        space[:filled] = b"".join(bytes(space[start:stop]) for _, start, stop in ordered)
    receiver.took(filled, now_s)


def _bound(wire: Wire, channel: int) -> _Pair:
    """An even port and the next one, at the address that the camera is reached from (RFC 3550, section 11)."""
    fault: OSError = OSError("no two ports in a row are free for UDP")
    for _ in range(_TRIED_PORTS):
        media, control = (socket.socket(wire.family, socket.SOCK_DGRAM) for _ in range(2))
        try:
            media.bind(wire.own(0))
            number = media.getsockname()[1]
            if number % 2:
                raise OSError("an odd port")
            control.bind(wire.own(number + 1))
            _enlarge(media)
            media.setblocking(False)
            control.setblocking(False)
        except OSError:
            media.close()
            control.close()
        else:
            return _Pair(media, control, channel)
    raise fault


def _enlarge(port: socket.socket) -> None:
    """As much of a buffer as the kernel grants: what gathers during a nap must fit."""
    try:
        port.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _WANTED_BYTES)
    except OSError:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WANTED_BYTES)
