"""The newest tile of each camera, and the walls that look at them. In memory, on the event loop alone.

Frames that a slow page has not drawn are never queued: it is offered the newest one when it has credit again.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from api.kit.clock import Clock
from streams.delivery.events import utc_text

Box = tuple[float, float, float, float, str, float]
MOST_OPEN = 64
_MOST_CAMERAS = 2000
_IN_FLIGHT = 2
# A page that reloads, or a wall that changes its layout, does not stop the workers in between.
_LINGER_S = 5.0
# An older picture would pass for live.
_STALE_S = 10.0
_HEADER = struct.Struct("<BBHId")
_VERSION, _KIND_JPEG = 1, 1


@dataclass(frozen=True, slots=True)
class Tile:
    """A redacted JPEG. `boxes`: x1, y1, x2, y2 relative 0 to 1, class label, confidence."""

    camera: str
    sequence: int
    received_s: float
    captured_at: datetime
    boxes: tuple[Box, ...]
    jpeg: bytes

    def frame(self, index: int) -> bytes:
        return _HEADER.pack(_VERSION, _KIND_JPEG, index, self.sequence, self.captured_at.timestamp()) + self.jpeg

    def overlay(self, index: int) -> dict[str, object]:
        return {"tile": index, "boxes": self.boxes, "captured_at": utc_text(self.captured_at)}


@dataclass(slots=True)
class _Shown:
    camera: str
    sequence: int = 0
    in_flight: int = 0


@dataclass(eq=False, slots=True)
class Wall:
    """One page's socket: which cameras it shows in which tile, and how many frames of each it has yet to draw."""

    tiles: list[_Shown] = field(default_factory=list)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self, cameras: list[str]) -> None:
        self.tiles = [_Shown(camera) for camera in cameras]
        self.wake.set()

    def acknowledge(self, index: int) -> None:
        """Tile `index` has been drawn. One too many, or for a tile of the layout before, does no harm."""
        if 0 <= index < len(self.tiles):
            self.tiles[index].in_flight = max(0, self.tiles[index].in_flight - 1)
            self.wake.set()


class TileHub:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._newest: dict[str, Tile] = {}
        self._walls: set[Wall] = set()
        self._lingering: dict[str, float] = {}
        self._sequence = 0

    def put(self, camera: str, captured_at: datetime, boxes: tuple[Box, ...], jpeg: bytes) -> None:
        self._sequence = self._sequence % 0xFFFF_FFFF + 1
        self._newest.pop(camera, None)
        self._newest[camera] = Tile(camera, self._sequence, self._clock.monotonic(), captured_at, boxes, jpeg)
        if len(self._newest) > _MOST_CAMERAS:
            self._newest.pop(next(iter(self._newest)))
        for wall in self._walls:
            wall.wake.set()

    def due(self, wall: Wall) -> list[tuple[int, Tile]]:
        """The frames to send to a wall now; each counts as in flight until acknowledged."""
        oldest, found = self._clock.monotonic() - _STALE_S, []
        for index, shown in enumerate(wall.tiles):
            tile = self._newest.get(shown.camera)
            if tile is None or tile.sequence == shown.sequence or shown.in_flight >= _IN_FLIGHT:
                continue
            if tile.received_s < oldest:
                continue
            shown.sequence = tile.sequence
            shown.in_flight += 1
            found.append((index, tile))
        return found

    def open(self, wall: Wall, cameras: list[str]) -> None:
        self._linger(wall)
        wall.open(cameras)

    @contextmanager
    def wall(self) -> Iterator[Wall]:
        wall = Wall()
        self._walls.add(wall)
        try:
            yield wall
        finally:
            self._walls.discard(wall)
            self._linger(wall)

    def looked_at(self) -> list[str]:
        """Cameras open on some wall now, or until a moment ago."""
        now = self._clock.monotonic()
        self._lingering = {camera: until for camera, until in self._lingering.items() if until > now}
        shown = {tile.camera for wall in self._walls for tile in wall.tiles if tile.camera}
        return sorted(shown | set(self._lingering))

    def _linger(self, wall: Wall) -> None:
        until = self._clock.monotonic() + _LINGER_S
        self._lingering |= {tile.camera: until for tile in wall.tiles if tile.camera}
