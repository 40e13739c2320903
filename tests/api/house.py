"""A real server on a loopback port for each test, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.routing import BaseRoute

from api.app import create_app
from api.auth import passwords
from api.auth.roles import Role
from api.auth.service import create_token
from api.db.engine import Database
from api.kit.clock import Clock
from api.reports.eye import Seen
from api.settings import Settings
from models.spec import ObjectClass
from vision.types import Detections, Picture

PATIENCE_S = 90  # the machine may give a tenth of its time
# As weak as Argon2 can be: the tests sign in many hundreds of times. The strong one is looked at in test_auth.py.
STRONG, passwords._hasher = passwords._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# Making one takes 40 ms each time, and nothing here speaks TLS.
_TLS = ssl.create_default_context()
SECRET = "p@ss:w0rd"
SITE = f"""
[site]
name = "Danjiang"

[[camera]]
id = "cam-1"
name = "East gate"
url = "rtsp://viewer:{SECRET}@192.0.2.7/stream1"
lon = 113.85
lat = 27.62
[[camera.zone]]
id = "aisle"
name = "The aisle"
hazards = ["illegal_parking", "wiring"]
polygon = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]
dwell_s = 10

[[camera]]
id = "cam-2"
url = "rtsp://192.0.2.8/stream1"
lon = 113.95
lat = 27.62

[[camera]]
id = "cam-3"
url = "rtsp://192.0.2.9/stream1"

[[grid]]
id = "west"
polygon = [[113.8, 27.6], [113.9, 27.6], [113.9, 27.7], [113.8, 27.7]]

[[grid]]
id = "east"
polygon = [[113.9, 27.6], [114.0, 27.6], [114.0, 27.7], [113.9, 27.7]]
"""


@dataclass
class FakeTime:
    """Wall and monotonic time that only a test moves."""

    at: datetime = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    seconds: float = 1000.0

    def clock(self) -> Clock:
        return Clock(now=lambda: self.at, monotonic=lambda: self.seconds)

    def pass_s(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class Served:
    """A running server: its address, its time, its folder, and clients for each role."""

    url: str
    data: Path
    time: FakeTime
    _clients: dict[tuple[Role | int, tuple[str, ...]], httpx.Client] = field(default_factory=dict)
    _tokens: dict[tuple[Role, tuple[str, ...]], str] = field(default_factory=dict)

    def token(self, role: Role, *grids: str) -> str:
        key = (role, grids)
        if key not in self._tokens:
            self._tokens[key] = asyncio.run(_new_token(self.data, role, grids))
        return self._tokens[key]

    def client(self, role: Role | None = None, *grids: str) -> httpx.Client:
        """One per role; for nobody a new one each time, with cookies of its own."""
        if role and (role, grids) in self._clients:
            return self._clients[role, grids]
        headers = {"Authorization": f"Bearer {self.token(role, *grids)}"} if role else {}
        client = httpx.Client(
            base_url=f"{self.url}/api/v1", headers=headers, verify=_TLS, trust_env=False, timeout=PATIENCE_S
        )
        self._clients[role or len(self._clients), grids] = client
        return client

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def post(self, *events: dict[str, Any]) -> dict[str, Any]:
        answer = self.client(Role.WORKER).post("/events", json={"events": list(events)})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def tickets(self, role: Role = Role.COMMAND_CENTRE, *grids: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client(role, *grids).get("/tickets").json()["items"]
        return found


def sign_in(client: httpx.Client, username: str, password: str) -> httpx.Response:
    return client.post("/session", json={"username": username, "password": password})


def overwrite(client: httpx.Client, path: str, **sent: Any) -> httpx.Response:
    """PUT over what is read at this moment. A roster's file is read by its own dry run."""
    if path.startswith("/town/roster"):
        read = client.put(path, params={"dry_run": True}, **sent)
        if read.is_error:
            return read
    else:
        read = client.get(path.partition("?")[0])
    return client.put(
        path, **{**sent, "headers": {"If-Match": read.headers.get("ETag", '"none"'), **sent.get("headers", {})}}
    )


async def _new_token(data: Path, role: Role, grids: tuple[str, ...]) -> str:
    """As `api.auth.tokens.make_token`, without its look whether the database is up to date: the server has looked, and
    most tests need two or three tokens."""
    database = Database(Settings(data=data).url)
    try:
        async with database.writing() as session:
            return await create_token(session, Clock(), role, name="-".join((role, *grids)), grids=grids)
    finally:
        await database.close()


def jpeg(width: int = 64, height: int = 48) -> bytes:
    picture = np.full((height, width, 3), 90, np.uint8)
    picture[:, : width // 2] = (20, 160, 220)
    return cv2.imencode(".jpg", picture)[1].tobytes()


def paint_corner(bgr: Picture) -> Picture:
    """Stands in for the detector and its redaction: a photo that went through it has a red corner."""
    painted = bgr.copy()
    painted[:16, :16] = (0, 0, 255)
    return painted


def see_orange(rgb: Picture) -> Seen:
    """Stands in for the detectors: the orange half of `jpeg` is a car."""
    orange = (rgb[..., 0] > 180) & (rgb[..., 2] < 90)
    columns = np.flatnonzero(orange.mean(axis=0) > 0.5)
    if not len(columns):
        return Detections.empty(), None
    box = [[float(columns[0]), 0.0, float(columns[-1] + 1), float(rgb.shape[0])]]
    found = Detections(np.array(box, np.float32), np.array([0.9], np.float32), np.array([ObjectClass.CAR], np.int64))
    return found, None


def event(incident: str = "i-1", change: str = "raised", **changes: Any) -> dict[str, Any]:
    """An event body as a worker writes it."""
    body: dict[str, Any] = {
        "event_id": f"{incident}-{change}",
        "incident_id": incident,
        "event": change,
        "hazard": "illegal_parking",
        "camera": "cam-1",
        "zone": "aisle",
        "captured_at": "2026-11-22T08:00:00.250Z" if change == "raised" else "2026-11-22T08:05:00.000Z",
        "began_at": "2026-11-22T07:59:50.250Z",
        "media_time_s": 20.25,
        "began_s": 10.25,
        "xyxy": [100.0, 50.0, 300.0, 200.0],
        "source_wh": [960, 540],
        "confidence": 0.81,
        "why": {"dwell_s": 10.0},
        "still_jpeg": base64.b64encode(jpeg()).decode() if change == "raised" else None,
    }
    return body | changes


_ROUTES: list[BaseRoute] = []


def _app(settings: Settings, clock: Clock) -> FastAPI:
    """The application. All have the same routes, which FastAPI works out anew for each at its first request: that would
    be most of the time of most tests, so those of the first serve all."""
    app = create_app(settings, clock, lambda _data: paint_corner, lambda _data: see_orange)
    if not _ROUTES:
        _ROUTES.extend(app.router.routes)
    assert [type(route) for route in app.router.routes] == [type(route) for route in _ROUTES]
    app.router.routes[:] = _ROUTES
    return app


@contextmanager
def serving(data: Path, fake: FakeTime, **settings: Any) -> Iterator[str]:
    """The application under uvicorn in a thread, with any of its settings; yields its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        _app(Settings(data=data, **settings), fake.clock()),
        log_level="warning",
        timeout_graceful_shutdown=2,
        date_header=False,  # the machine's time, which is not the server's here
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, f"the server took over {PATIENCE_S} s to start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=PATIENCE_S)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"
