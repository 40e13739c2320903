"""What carries bytes: UDP, TCP, serial. A transport hands on what it hears and knows nothing of MAVLink."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol

from drone.link.errors import BadAddress

Peer = Hashable  # who is at the other end: an address on UDP, the line itself elsewhere
Heard = Callable[[bytes, Peer], None]


class Transport(Protocol):
    """One line. `datagrams`: what is heard at once is whole frames. `wired`: a cable that nobody else listens on.
    `calls`: who is at the other end knows of us only once something was sent there."""

    datagrams: bool
    wired: bool
    calls: bool

    async def open(self, heard: Heard) -> None:
        """Raises `NoVehicle` where the line cannot be had."""

    def send(self, data: bytes, to: Peer | None) -> None:
        """To one peer, or to all that were heard or named (None). Never blocks; what cannot be sent is lost."""

    async def close(self) -> None: ...


def transport_at(address: str) -> Transport:
    """The transport of an address. Raises `BadAddress`.

    `udp:HOST:PORT` waits for vehicles there, `udpout:HOST:PORT` calls one, `tcp:HOST:PORT` calls one,
    `serial:/dev/ttyACM0:57600` is a cable or a radio on one.
    """
    from drone.link.serial_line import SerialLine
    from drone.link.tcp import Tcp
    from drone.link.udp import Udp

    kind, _, rest = address.partition(":")
    place, _, number = rest.rpartition(":")
    if kind in ("udp", "udpout", "tcp", "serial") and place and number.isdigit():
        host, value = place.strip("[]"), int(number)
        if kind == "serial":
            return SerialLine(place, value)
        if value < 65536:
            return Tcp(host, value) if kind == "tcp" else Udp(host, value, calls=kind == "udpout")
    raise BadAddress(
        f"{address!r} is no address of a link: expected udp:HOST:PORT, udpout:HOST:PORT, tcp:HOST:PORT or "
        "serial:DEVICE:BAUD, for instance udp:0.0.0.0:14550"
    )
