"""A serial line: USB to the vehicle's own socket, or a telemetry radio on one (POSIX)."""

from __future__ import annotations

import asyncio
import os

import serial

from drone.link.errors import NoVehicle
from drone.link.transports import Heard, Peer

MOST_WAITING_BYTES = 1 << 14  # two seconds at 57600 baud: what is older is of no use to a vehicle


class SerialLine:
    """Counted as wired: keys may go over it. Whoever has a radio on the socket gives no keys over it."""

    datagrams = False
    wired = True
    calls = False

    def __init__(self, device: str, baud: int) -> None:
        self._device = device
        self._baud = baud
        self._port: serial.Serial | None = None
        self._waiting = bytearray()
        self.lost_bytes = 0

    async def open(self, heard: Heard) -> None:
        try:
            self._port = serial.Serial(self._device, self._baud, timeout=0, write_timeout=0, exclusive=True)
        except (serial.SerialException, ValueError) as error:
            raise NoVehicle(f"the serial line {self._device} cannot be opened: {error}") from None
        asyncio.get_running_loop().add_reader(self._port.fileno(), self._read, heard)

    def send(self, data: bytes, to: Peer | None) -> None:
        if self._port is None:
            return
        if len(self._waiting) + len(data) > MOST_WAITING_BYTES:
            self.lost_bytes += len(data)
            return
        self._waiting += data
        self._write()

    async def close(self) -> None:
        if self._port is not None:
            self._let_go()

    def _read(self, heard: Heard) -> None:
        assert self._port is not None
        try:
            data = os.read(self._port.fileno(), 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            heard(data, self._device)
        else:
            self._let_go()  # unplugged: the vehicle falls silent, which its watcher says

    def _write(self) -> None:
        assert self._port is not None
        loop, number = asyncio.get_running_loop(), self._port.fileno()
        try:
            del self._waiting[: os.write(number, self._waiting)]
        except BlockingIOError:
            pass
        except OSError:
            self._let_go()
            return
        if self._waiting:
            loop.add_writer(number, self._write)
        else:
            loop.remove_writer(number)

    def _let_go(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(port.fileno())
            loop.remove_writer(port.fileno())
            port.close()
