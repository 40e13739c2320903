"""The wall's socket and the worker's tiles, as a test speaks to either."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from api.auth.roles import Role
from tests.api.house import Served

HEADER = struct.Struct("<BBHId")


@contextmanager
def wall(served: Served, role: Role = Role.COMMAND_CENTRE, **headers: str) -> Iterator[ClientConnection]:
    given = {"Authorization": f"Bearer {served.token(role)}"} | headers
    url = served.url.replace("http", "ws") + "/api/v1/wall"
    with connect(url, additional_headers=given, proxy=None, open_timeout=60) as socket:
        yield socket


def put(served: Served, picture: bytes, camera: str = "cam-1", boxes: object = ()) -> httpx.Response:
    headers = {
        "Content-Type": "image/jpeg",
        "X-Captured-At": "2026-11-22T08:00:00.250Z",
        "X-Boxes": json.dumps(boxes),
    }
    return served.client(Role.WORKER).put(f"/worker/tiles/{camera}", content=picture, headers=headers)


def looked_at(served: Served) -> list[str]:
    answer = served.client(Role.WORKER).post("/worker/status", json={"worker": "w", "cameras": []})
    found: list[str] = answer.json()["looked_at"]
    return found


def take(socket: ClientConnection) -> tuple[dict[str, Any], tuple[Any, ...], bytes]:
    """The next tile: its overlay, its header, its picture."""
    overlay, frame = socket.recv(timeout=60), socket.recv(timeout=60)
    assert isinstance(overlay, str)
    assert isinstance(frame, bytes)
    return json.loads(overlay), HEADER.unpack(frame[: HEADER.size]), frame[HEADER.size :]


def until_open(served: Served, cameras: list[str]) -> None:
    ends_s = time.monotonic() + 60
    while time.monotonic() < ends_s:
        if looked_at(served) == cameras:
            return
    raise AssertionError(f"the wall never showed {cameras} as looked at")
