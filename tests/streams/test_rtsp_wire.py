"""The TCP connection to a camera, before a word of RTSP is spoken."""

from __future__ import annotations

import socket
import time

import pytest

from streams.sources.rtsp.wire import Wire

_UNKNOWN_FAMILY = 4242


def test_an_address_of_a_family_that_this_machine_lacks_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without IPv6, and a name that has such an address first."""
    with socket.create_server(("127.0.0.1", 0)) as camera:
        port = camera.getsockname()[1]
        lacking = (_UNKNOWN_FAMILY, socket.SOCK_STREAM, 0, "", ("::1", port, 0, 0))
        there = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [lacking, there])
        wire = Wire("camera.example", port, tls=False, pin="", deadline_s=time.monotonic() + 10)
        wire.close()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [lacking])
        with pytest.raises(OSError, match="family"):
            Wire("camera.example", port, tls=False, pin="", deadline_s=time.monotonic() + 10)
