"""The air between one ground station and simulated vehicles: it may lose, double and delay what is sent."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Protocol

from drone.link.transports import Heard, Peer


class Hears(Protocol):
    def hear(self, data: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Weather:
    """Shares of packets, each way; delays are drawn evenly up to `delay_s`, so packets overtake one another."""

    loss: float = 0.0
    duplicates: float = 0.0
    delay_s: float = 0.02
    seed: int = 0


class Air:
    """A `Transport` for the ground; vehicles join with `join` and speak with `from_vehicle`."""

    datagrams = True
    wired = False

    def __init__(self, weather: Weather | None = None) -> None:
        self.weather = weather or Weather()
        self.down = False
        self._random = random.Random(self.weather.seed)
        self._vehicles: dict[Peer, Hears] = {}
        self._heard: Heard | None = None

    def join(self, name: Peer, vehicle: Hears) -> None:
        self._vehicles[name] = vehicle

    async def open(self, heard: Heard) -> None:
        self._heard = heard

    async def close(self) -> None:
        self._heard = None

    def send(self, data: bytes, to: Peer | None) -> None:
        for name, vehicle in self._vehicles.items():
            if to is None or to == name:
                self._carry(lambda vehicle=vehicle: vehicle.hear(data))

    def from_vehicle(self, name: Peer, data: bytes) -> None:
        self._carry(lambda: self._heard(data, name) if self._heard else None)

    def _carry(self, arrive: object) -> None:
        weather = self.weather
        if self.down or self._random.random() < weather.loss:
            return
        copies = 2 if self._random.random() < weather.duplicates else 1
        for _ in range(copies):
            asyncio.get_running_loop().call_later(self._random.random() * weather.delay_s, arrive)  # type: ignore[arg-type]
