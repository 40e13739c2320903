"""Flight logs as ground stations write them (`.tlog`): 8 bytes of µs since 1970, big-endian, then the frame.

Readers take the two lowest bits of the time for the number of the link that it came by: ours is one, number 0.
"""

from __future__ import annotations

import contextlib
import logging
import struct
import time
from collections.abc import Callable
from pathlib import Path

from drone.link.dialect import mavlink
from drone.link.frames import V2, without_signature

log = logging.getLogger("sanxun.drone")
_LINK = 0b11
SECRET = frozenset({mavlink.MAVLINK_MSG_ID_SETUP_SIGNING})


class TLog:
    """Everything said on a link, both ways; no signatures and no keys. Where it cannot be written any more, as on a
    full disk, it ends, and the link goes on: a heartbeat that stopped for a log would send the vehicle home."""

    def __init__(self, path: Path, wall_s: Callable[[], float] = time.time) -> None:
        self._path = path
        self._file = path.open("ab", buffering=1 << 16)
        self._wall_s = wall_s

    def write(self, raw: bytes) -> None:
        if _message_id(raw) in SECRET or self._file.closed:
            return
        try:
            self._file.write(struct.pack(">Q", round(self._wall_s() * 1e6) & ~_LINK) + without_signature(raw))
        except OSError as error:
            self._end(error)

    def flush(self) -> None:
        if self._file.closed:
            return
        try:
            self._file.flush()
        except OSError as error:
            self._end(error)

    def close(self) -> None:
        self.flush()
        self._file.close()

    def _end(self, error: OSError) -> None:
        log.warning("the flight log %s ends here, it cannot be written: %s", self._path, error.strerror)
        with contextlib.suppress(OSError):
            self._file.close()


def _message_id(raw: bytes) -> int:
    return raw[7] | raw[8] << 8 | raw[9] << 16 if raw[0] == V2 else raw[5]
