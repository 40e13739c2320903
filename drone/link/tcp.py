"""TCP to one vehicle or its companion; called again, with growing pauses, when the line breaks."""

from __future__ import annotations

import asyncio
import contextlib

from drone.link.errors import NoVehicle
from drone.link.transports import Heard, Peer

LONGEST_PAUSE_S = 5.0
MOST_WAITING_BYTES = 1 << 16  # what a stuck line may hold up before it is lost


class Tcp:
    datagrams = False
    wired = False
    calls = False

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, heard: Heard) -> None:
        try:
            reader = await self._call()
        except OSError as error:
            raise NoVehicle(f"TCP {self._place[0]}:{self._place[1]} cannot be called: {error}") from None
        self._task = asyncio.create_task(self._listen(reader, heard))

    def send(self, data: bytes, to: Peer | None) -> None:
        writer = self._writer
        if writer is not None and writer.transport.get_write_buffer_size() < MOST_WAITING_BYTES:
            writer.write(data)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._hang_up()

    async def _call(self) -> asyncio.StreamReader:
        reader, self._writer = await asyncio.open_connection(*self._place)
        return reader

    async def _listen(self, reader: asyncio.StreamReader | None, heard: Heard) -> None:
        pause_s = 0.25
        while True:
            with contextlib.suppress(OSError):
                reader = reader or await self._call()
                while data := await reader.read(4096):
                    pause_s = 0.25
                    heard(data, self._place)
            reader = None
            self._hang_up()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = None
