"""The simulated ArduCopter as a process of its own, behind a real socket.

`python -m tests.drone.peers.copter_on_udp PORT TIMES FAILSAFE` calls 127.0.0.1:PORT and flies TIMES as fast as its
speeds say. FAILSAFE 1: it comes home 4.5 of its seconds after the last heartbeat, so TIMES is 3 at most; 0: it does
not. It ends with its standard input. Each mode and each arming is a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from drone.link.transports import Peer
from drone.simulated.air import Air, Hears
from drone.simulated.copter import SimulatedCopter
from drone.simulated.time import run_virtually
from tests.drone.peers.world import HOME


class OnUdp(Air, asyncio.DatagramProtocol):
    """One vehicle's line to one ground station."""

    def __init__(self) -> None:
        super().__init__()
        self._vehicle: Hears | None = None
        self.line: asyncio.DatagramTransport | None = None

    def join(self, name: Peer, vehicle: Hears) -> None:
        self._vehicle = vehicle

    def from_vehicle(self, name: Peer, data: bytes) -> None:
        if self.line is not None:
            self.line.sendto(data)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._vehicle is not None:
            self._vehicle.hear(data)


async def main(port: int, failsafe: float) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def read() -> None:
        if not sys.stdin.buffer.read1():
            loop.remove_reader(sys.stdin)
            ended.set()

    loop.add_reader(sys.stdin, read)
    air = OnUdp()
    air.line, _ = await loop.create_datagram_endpoint(lambda: air, remote_addr=("127.0.0.1", port))
    said: tuple[str, bool] | None = None
    async with SimulatedCopter(air, 1, HOME) as copter:
        copter.parameters["FS_GCS_ENABLE"] = failsafe
        while not ended.is_set():
            now = (copter.mode, copter.armed)
            if now != said:
                print(json.dumps({"mode": now[0], "armed": now[1]}), flush=True)
                said = now
            await asyncio.sleep(0.1)
    air.line.close()


if __name__ == "__main__":
    run_virtually(main(int(sys.argv[1]), float(sys.argv[3])), float(sys.argv[2]))
