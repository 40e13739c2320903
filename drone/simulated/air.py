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
    """Shares of packets, each way. Each takes `delay_s` and up to `jitter_s` more, drawn evenly: with jitter packets
    overtake one another, and signed ones that were overtaken count as replayed."""

    loss: float = 0.0
    duplicates: float = 0.0
    jitter_s: float = 0.0
    seed: int = 0
    delay_s: float = 0.01


class Air:
    """A `Transport` for the ground; vehicles join with `join` and speak with `from_vehicle`."""

    datagrams = True
    wired = False
    calls = False

    def __init__(self, weather: Weather | None = None) -> None:
        self.weather = weather or Weather()
        self.down = False
        self._random = random.Random(self.weather.seed)
        self._vehicles: dict[Peer, Hears] = {}
        self._heard: Heard | None = None
        self._last_s = 0.0

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
        loop = asyncio.get_running_loop()
        for _ in range(copies):
            at_s = loop.time() + weather.delay_s + self._random.random() * weather.jitter_s
            if not weather.jitter_s:
                # Timers of the same moment go off in any order: a microsecond keeps the order they were sent in.
                at_s = self._last_s = max(at_s, self._last_s + 1e-6)
            loop.call_at(at_s, arrive)  # type: ignore[arg-type]
