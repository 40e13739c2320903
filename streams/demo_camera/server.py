"""A small RTSP server: files as live cameras, for the demonstration and for tests.

RTSP 1.0 (RFC 2326) over TCP, RTP and RTCP interleaved in the same connection; H.264 only. One thread, one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from streams.demo_camera.clip import H264Clip, load_clip
from streams.demo_camera.player import Camera
from streams.demo_camera.viewer import Viewer
from streams.demo_camera.wire import RtpWire
from streams.errors import StreamError

logger = logging.getLogger(__name__)

_MOST_VIEWERS = 2048


class RtspServer:
    """Serves each file under its name, as cameras do: the same picture to every viewer at any moment.

    All clips began at `started_at` (UTC), at `start_at_s` into the clip and further by the camera's `offsets_s`: so one
    file, held once, is many cameras out of step. A new viewer gets the picture from the last key frame on, at once.
    With `loop` the clip begins again without a break in timestamps, otherwise its end closes the connections.
    A viewer for whom 4 MiB have waited for 5 s is dropped; the others go on.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        loop: bool = True,
        start_at_s: float = 0.0,
        offsets_s: Mapping[str, float] | None = None,
    ) -> None:
        loaded = {path: load_clip(path) for path in set(files.values())}
        self._clips: dict[str, H264Clip] = {name: loaded[path] for name, path in files.items()}
        self._offsets_s = {name: start_at_s + (offsets_s or {}).get(name, 0.0) for name in files}
        self._host = host
        self._port = port
        self._repeat = loop
        self._ready = threading.Event()
        self._failed: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="rtsp server", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.started_at = datetime.now(UTC)

    def start(self) -> None:
        """Raises `StreamError` when it cannot listen."""
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise StreamError(f"cannot serve on {self._host}:{self._port}: {self._failed.strerror}")

    def stop(self) -> None:
        """Closes every connection, as a camera does that loses its power."""
        if self._loop is not None and self._stopping is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._stopping.set)
        if self._thread.is_alive():
            self._thread.join(5)

    def __enter__(self) -> RtspServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The real one, once started."""
        return self._port

    @property
    def viewers(self) -> int:
        return len(self._tasks)

    def url(self, name: str) -> str:
        if name not in self._clips:
            raise KeyError(f"no camera {name!r} here; there are {', '.join(self._clips)}")
        return f"rtsp://{self._host}:{self._port}/{quote(name)}"

    def began_at(self, name: str) -> datetime:
        """When the camera showed the beginning of its clip, UTC; once started."""
        return self.started_at - timedelta(seconds=self._offsets_s[name])

    def duration_s(self, name: str) -> float:
        return self._clips[name].duration_s

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            server = await asyncio.start_server(self._accept, self._host, self._port, limit=16_384, backlog=512)
        except OSError as error:
            self._failed = error
            self._ready.set()
            return
        self._port = server.sockets[0].getsockname()[1]
        self.started_at = datetime.now(UTC)
        now_s, now_unix_s = self._loop.time(), self.started_at.timestamp()
        wires = {
            id(clip): RtpWire(
                (unit.train for unit in clip.units), (unit.pts_90k for unit in clip.units), clip.duration_s
            )
            for clip in self._clips.values()
        }
        self._cameras = {
            name: Camera(name, clip, wires[id(clip)], now_s - offset_s, now_unix_s - offset_s, self._repeat)
            for (name, clip), offset_s in zip(self._clips.items(), self._offsets_s.values(), strict=True)
        }
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._tasks) >= _MOST_VIEWERS:
            writer.transport.abort()
            return
        self._tasks.add(task)
        try:
            await Viewer(reader, writer, self._cameras, self._host).serve()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            logger.debug("rtsp viewer left: %s", error)
        except asyncio.CancelledError:
            pass  # the server stops
        finally:
            self._tasks.discard(task)
            writer.transport.abort()
