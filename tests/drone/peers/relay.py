"""A UDP relay that loses, doubles and delays: between a vehicle that calls `port` and a ground station."""

from __future__ import annotations

import asyncio
import random
from typing import Any, Self

from drone.simulated.air import Weather


class Relay:
    """`async with Relay(ground_port, weather) as relay`; the vehicle calls `relay.port`."""

    def __init__(self, ground_port: int, weather: Weather) -> None:
        self._ground = ("127.0.0.1", ground_port)
        self._weather = weather
        self._random = random.Random(weather.seed)
        self._vehicle: Any = None
        self._ends: list[asyncio.DatagramTransport] = []
        self.carried = self.lost = self.doubled = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._to_vehicle, _ = await loop.create_datagram_endpoint(lambda: _End(self._up), ("127.0.0.1", 0))
        self._to_ground, _ = await loop.create_datagram_endpoint(lambda: _End(self._down), ("127.0.0.1", 0))
        self.port = self._to_vehicle.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._to_vehicle.close()
        self._to_ground.close()
        await asyncio.sleep(0)

    def _up(self, data: bytes, who: Any) -> None:
        self._vehicle = who
        self._carry(lambda: self._to_ground.sendto(data, self._ground))

    def _down(self, data: bytes, who: Any) -> None:
        if self._vehicle is not None:
            self._carry(lambda: self._to_vehicle.sendto(data, self._vehicle))

    def _carry(self, send: Any) -> None:
        self.carried += 1
        if self._random.random() < self._weather.loss:
            self.lost += 1
            return
        copies = 2 if self._random.random() < self._weather.duplicates else 1
        self.doubled += copies - 1
        for _ in range(copies):
            delay_s = self._weather.delay_s + self._random.random() * self._weather.jitter_s
            asyncio.get_running_loop().call_later(delay_s, lambda: self._to_ground.is_closing() or send())


class _End(asyncio.DatagramProtocol):
    def __init__(self, heard: Any) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._heard(data, addr)

    def error_received(self, exc: Exception) -> None:
        """The other end is not there yet."""
