"""UDP: one port, any number of vehicles behind it."""

from __future__ import annotations

import asyncio
from typing import Any

from drone.link.errors import NoVehicle
from drone.link.transports import Heard, Peer

MOST_PEERS = 64  # anybody may send to a port: addresses kept for "everybody" are bounded


class Udp(asyncio.DatagramProtocol):
    """Bound to `host:port`, or, where it `calls`, to a free port and speaking to `host:port`."""

    datagrams = True
    wired = False

    def __init__(self, host: str, port: int, *, calls: bool = False) -> None:
        self._place = (host, port)
        self.calls = calls
        self._peers: dict[Any, None] = {}
        self._line: asyncio.DatagramTransport | None = None

    async def open(self, heard: Heard) -> None:
        self._heard = heard
        loop = asyncio.get_running_loop()
        try:
            self._line, _ = await loop.create_datagram_endpoint(
                lambda: self,
                local_addr=None if self.calls else self._place,
                remote_addr=self._place if self.calls else None,
            )
        except OSError as error:
            raise NoVehicle(f"UDP {self._place[0]}:{self._place[1]} cannot be used: {error}") from None

    @property
    def port(self) -> int:
        """Where it is bound, once open."""
        assert self._line is not None
        return int(self._line.get_extra_info("sockname")[1])

    def send(self, data: bytes, to: Peer | None) -> None:
        if self._line is None or self._line.is_closing():
            return
        if self.calls:
            self._line.sendto(data)
            return
        peers: list[Any] = [to] if to is not None else list(self._peers)
        for peer in peers:
            self._line.sendto(data, peer)

    async def close(self) -> None:
        if self._line is not None:
            self._line.close()
            await asyncio.sleep(0)  # the loop lets go of the socket in its next round

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if addr not in self._peers and len(self._peers) >= MOST_PEERS:
            self._peers.pop(next(iter(self._peers)))
        self._peers[addr] = None
        self._heard(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there yet, or no longer: silence says so soon enough."""
