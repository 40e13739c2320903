"""A network between us and a peer that can stop carrying anything, without closing."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType


class StallingProxy:
    """Carries TCP both ways to 127.0.0.1:`to_port` until `freeze`; then it only holds the connections open."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._ready = threading.Event()
        self._frozen = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.port = 0

    def freeze(self) -> None:
        self._frozen.set()

    def __enter__(self) -> StallingProxy:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(60)

    async def _run(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer_reader, peer_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        self._writers += (writer, peer_writer)
        for source, sink in ((reader, peer_writer), (peer_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                if not self._frozen.is_set():
                    sink.write(data)
        except OSError:
            pass
        finally:
            if not self._frozen.is_set():
                sink.transport.abort()
