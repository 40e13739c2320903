"""One viewer's stream: pictures leave when they are due, by timers that many viewers share."""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from streams.demo_camera.clip import H264Clip
from streams.demo_camera.wire import RtpWire

# Timers go off on a common grid, so that one turn of the event loop serves all who are due: with 150 viewers at 25
# pictures a second a timer each would wake the loop 3,750 times. A camera's own jitter is larger.
_GRID_S = 0.01
_REPORT_EVERY_S = 5.0
# What is not taken waits in memory. The network's buffers hold some of it, and a server that was itself stopped for a
# while owes much at once: so a viewer is only gone when nothing more fits for a while.
_MOST_WAITING_BYTES = 4 << 20
_AGAIN_S = 0.1
_GONE_S = 5.0
_NTP_EPOCH_S = 2_208_988_800  # 1900 to 1970


@dataclass(frozen=True, slots=True)
class Camera:
    """A clip as a live camera: `origin_s` (event loop time) and `origin_unix_s` are when its beginning was shown."""

    name: str
    clip: H264Clip
    wire: RtpWire
    origin_s: float
    origin_unix_s: float
    repeats: bool

    def position_s(self, now_s: float) -> float:
        return now_s - self.origin_s

    def over(self, now_s: float) -> bool:
        return not self.repeats and self.position_s(now_s) >= self.clip.duration_s

    def begin(self, now_s: float) -> tuple[int, int]:
        """The loop that is running, and the last key frame in it."""
        cycle, within_s = divmod(max(0.0, self.position_s(now_s)), self.clip.duration_s)
        return int(cycle), self.clip.at(within_s)


class Player:
    """Sends `camera` from picture `index` of loop `cycle` on, until `stop`, the end, or a viewer who takes nothing."""

    def __init__(self, camera: Camera, transport: asyncio.WriteTransport, channel: int, cycle: int, index: int) -> None:
        self._camera, self._transport, self._channel = camera, transport, channel
        self._cycle, self._index = cycle, index
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle | None = None
        self._reported_s = -math.inf
        self._full_since_s: float | None = None
        self._packets = self._octets = 0

    def start(self) -> None:
        self._timer = self._loop.call_soon(self._tick)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        if self._transport.is_closing():
            return
        camera, units = self._camera, self._camera.clip.units
        position_s = camera.position_s(self._loop.time())
        if position_s - self._reported_s >= _REPORT_EVERY_S:
            self._reported_s = position_s
            self._control(self._report(position_s))
        while (due_s := self._cycle * camera.clip.duration_s + units[self._index].due_s) <= position_s:
            if self._transport.get_write_buffer_size() > _MOST_WAITING_BYTES:
                self._wait()
                return
            self._full_since_s = None
            self._send()
            if not self._advance():
                self._at(camera.clip.duration_s, self._end)
                return
        self._at(due_s, self._tick)

    def _wait(self) -> None:
        """Nothing more fits. A viewer to whom that happens for long takes nothing."""
        now_s = self._loop.time()
        self._full_since_s = now_s if self._full_since_s is None else self._full_since_s
        if now_s - self._full_since_s >= _GONE_S:
            self._transport.abort()
        else:
            self._timer = self._loop.call_later(_AGAIN_S, self._tick)

    def _at(self, due_s: float, what: Callable[[], None]) -> None:
        when_s = self._camera.origin_s + due_s
        self._timer = self._loop.call_at(math.ceil(when_s / _GRID_S) * _GRID_S, what)

    def _send(self) -> None:
        wire = self._camera.wire.bytes_of(self._cycle, self._index)
        if self._channel:
            wire = self._camera.wire.on_channel(wire, self._index, self._channel)
        # One write for the whole picture: each is a system call.
        self._transport.write(wire)
        packets, octets = self._camera.wire.weight(self._index)
        self._packets += packets
        self._octets += octets

    def _advance(self) -> bool:
        """On to the next picture; False at the end of a clip that is not repeated."""
        self._index += 1
        if self._index == len(self._camera.clip.units):
            if not self._camera.repeats:
                return False
            self._cycle, self._index = self._cycle + 1, 0
        return True

    def _end(self) -> None:
        """RFC 3550, section 6.6: a goodbye, then the connection is closed once all is sent."""
        position_s = self._camera.position_s(self._loop.time())
        self._control(self._report(position_s) + struct.pack(">BBHI", 0x81, 203, 1, self._camera.wire.source))
        self._transport.close()

    def _report(self, position_s: float) -> bytes:
        """RFC 3550, section 6.4.1: a sender report that ties RTP time to wall time, and the source's name."""
        camera = self._camera
        ntp = round((camera.origin_unix_s + position_s + _NTP_EPOCH_S) * 2**32) & (2**64 - 1)
        counts = self._packets & 0xFFFFFFFF, self._octets & 0xFFFFFFFF
        report = struct.pack(
            ">BBHIQIII", 0x80, 200, 6, camera.wire.source, ntp, camera.wire.time_at(position_s), *counts
        )
        name = b"\x01\x06sanxun\x00\x00\x00\x00"
        return report + struct.pack(">BBHI", 0x81, 202, 1 + len(name) // 4, camera.wire.source) + name

    def _control(self, packet: bytes) -> None:
        self._transport.write(struct.pack(">cBH", b"$", self._channel + 1, len(packet)) + packet)
