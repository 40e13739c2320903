"""One composition served as many cameras out of step, from a process of its own."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import resource
from collections.abc import Mapping
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.demo_camera.server import RtspServer
from streams.errors import StreamError

_PATIENCE_S = 60.0


class Street:
    """Cameras by name, each at an offset of its own into the file, until closed.

    `pid` is the serving process; `began_at` is when each camera showed the beginning of its clip.
    """

    def __init__(self, files: Mapping[str, Path], offsets_s: Mapping[str, float]) -> None:
        """Raises `StreamError` when the files cannot be served."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(dict(files), dict(offsets_s), theirs), daemon=True)
        self._process.start()
        theirs.close()
        try:
            said = self._pipe.recv() if self._pipe.poll(_PATIENCE_S) else "it said nothing within 60 s"
        except EOFError:
            said = "its process ended"
        if isinstance(said, str):
            self.close()
            raise StreamError(f"the cameras of the bench cannot be served: {said}")
        self.port: int = said[0]
        self.began_at: dict[str, datetime] = said[1]
        self.pid = self._process.pid or 0

    def url(self, name: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    def close(self) -> None:
        self._pipe.close()  # which it waits for
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _serve(files: dict[str, Path], offsets_s: dict[str, float], pipe: Connection) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    try:
        with RtspServer(files, offsets_s=offsets_s) as server:
            pipe.send((server.port, {name: server.began_at(name) for name in files}))
            with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
                pipe.recv()
    except StreamError as error:
        pipe.send(str(error))


def random_offsets_s(names: list[str], length_s: float, seed: int) -> dict[str, float]:
    """Cameras were not switched on together: each is anywhere in the clip, as chance has it, so their key frames
    bunch as those of real cameras do."""
    chance = random.Random(seed)
    return {name: round(chance.uniform(0, length_s), 3) for name in names}
