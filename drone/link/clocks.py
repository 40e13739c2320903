"""The clocks of signatures, kept over restarts: 10 µs since 2015-01-01 UTC, strictly rising for each stream."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from drone.link.errors import LinkError

log = logging.getLogger("sanxun.drone")
EPOCH_2015_S = 1_420_070_400
UNITS_PER_S = 100_000
AHEAD = 60 * UNITS_PER_S  # own time is reserved on disk a minute ahead, not written for each packet
KEEP_EVERY = UNITS_PER_S

Stream = tuple[int, int, int]  # system, component, link id


class Clocks:
    """Own time, and the last time heard of each stream. `path` None: for tests and simulations, nothing is kept.

    A file that cannot be written is an `OSError` at first. Once it could, as where the disk fills up during a flight,
    the link goes on without: times go by the clock on the wall, which only a restart with that set back would show.
    """

    def __init__(self, path: Path | None, wall_s: Callable[[], float] = time.time) -> None:
        self._path = path
        self._wall_s = wall_s
        self._own, self._heard = _read(path)
        self._reserved = self._own
        self._kept_at = 0
        self._could_keep = self._told = False

    def now(self) -> int:
        """Never behind what was sent or heard genuinely."""
        return max(self._own, round((self._wall_s() - EPOCH_2015_S) * UNITS_PER_S))

    def next(self) -> int:
        """The time of the next packet: above every one before, also of runs before that ended badly."""
        self._own = max(self._own + 1, self.now())
        if self._own >= self._reserved:
            self._keep(self._own + AHEAD)
            self._reserved = self._own + AHEAD
        return self._own

    def heard(self, stream: Stream) -> int | None:
        return self._heard.get(stream)

    def hear(self, stream: Stream, at: int) -> None:
        """Note the time of a packet that was found genuine. On disk it is at most a second late."""
        self._heard[stream] = at
        self._own = max(self._own, at)  # the standard: send with the greater of own and heard time
        if self._own - self._kept_at >= KEEP_EVERY:
            self._keep(max(self._reserved, self._own))

    def close(self) -> None:
        self._keep(self._own)

    def _keep(self, own: int) -> None:
        self._kept_at = self._own
        if self._path is None:
            return
        try:
            self._write(self._path, own)
            self._could_keep, self._told = True, False
        except OSError as error:
            if not self._could_keep:
                raise
            if not self._told:
                log.warning("the clocks of signatures cannot be kept in %s: %s", self._path, error.strerror)
            self._told = True

    def _write(self, path: Path, own: int) -> None:
        text = json.dumps({"own": own, "heard": [[*stream, at] for stream, at in sorted(self._heard.items())]})
        draft = path.with_name(path.name + ".new")
        with draft.open("w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _read(path: Path | None) -> tuple[int, dict[Stream, int]]:
    if path is None or not path.exists():
        return 0, {}
    try:
        kept = json.loads(path.read_text(encoding="ascii"))
        return int(kept["own"]), {(int(s), int(c), int(n)): int(at) for s, c, n, at in kept["heard"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LinkError(
            f"the clocks of signatures in {path} cannot be read ({error}): put the file back, or remove it and give "
            "the vehicle a new key, since old packets could be played again"
        ) from None
