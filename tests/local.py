"""This machine, as tests use it: ports that are free, and waiting for what another thread or process does."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody uses now: TCP, or UDP with `SOCK_DGRAM`."""
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(done: Callable[[], object], within_s: float = 120.0) -> None:
    """Looks again and again, of real time, until it is done; fails where that takes too long."""
    ends_s = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < ends_s, f"not within {within_s:g} s"
        time.sleep(0.02)
