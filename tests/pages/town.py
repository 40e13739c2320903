"""The town of the page tests, and a worker that reports on it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import cv2
import httpx
import numpy as np

from api.auth.roles import Role
from streams.delivery.events import utc_text
from tests.api.house import Served, event

SITE = """
[site]
name = "丹江街道"
timezone = "Asia/Shanghai"

[[camera]]
id = "cam-1"
name = "解放路口东"
url = "rtsp://viewer:secret@192.0.2.7/stream1"
lon = 113.85
lat = 27.62
[[camera.zone]]
id = "aisle"
name = "消防门前"
hazards = ["illegal_parking", "wiring"]
polygon = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]

[[camera]]
id = "cam-2"
name = "菜市场侧门"
url = "rtsp://192.0.2.8/stream1"

[[grid]]
id = "g-3"
name = "解放路社区第三微网格"
polygon = [[113.8, 27.6], [113.9, 27.6], [113.9, 27.7], [113.8, 27.7]]
"""


P = ParamSpec("P")
T = TypeVar("T")


def apart(work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """Run `work` in a thread of its own: it runs an event loop, and Playwright's stands in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work, *args, **more).result()


class ServedApart(Served):
    def token(self, role: Role, *grids: str) -> str:
        return apart(super().token, role, *grids)


# The time at the server and in the pages, which only a test moves: nothing grows old while a slow machine looks at it.
# A whole second, for the page's clock ticks at the full second; today's, for Chromium keeps cookies by its own.
NOW = datetime.now(UTC).replace(microsecond=0)
HOLD_THE_PAGE = (
    f"globalThis.heldAt_ms = {NOW.timestamp() * 1000:.0f};"
    + """(() => {
  const Running = Date;
  globalThis.Date = class extends Running {
    constructor(...given) {
      super(...(given.length ? given : [heldAt_ms]));
    }
    static now() {
      return heldAt_ms;
    }
  };
  AbortSignal.timeout = () => new AbortController().signal; // no answer comes too late either
})();"""
)


def ago(seconds: float) -> str:
    return utc_text(NOW - timedelta(seconds=seconds))


def raised(incident: str = "i-1", **changes: Any) -> dict[str, Any]:
    """An event of now: a car that came 70 s ago and has been parked for 10 s too long."""
    return event(incident, captured_at=ago(1), began_at=ago(71), why={"dwell_s": 70.0}, still_jpeg=still()) | changes


def cleared(incident: str = "i-1", **changes: Any) -> dict[str, Any]:
    return event(incident, "cleared", captured_at=ago(0), began_at=ago(71)) | changes


def still() -> str:
    return base64.b64encode(picture((40, 160, 90))).decode()


def picture(bgr: tuple[int, int, int], width: int = 320, height: int = 180) -> bytes:
    """A JPEG of one colour."""
    return cv2.imencode(".jpg", np.full((height, width, 3), bgr, np.uint8))[1].tobytes()


@dataclass
class StreamWorker:
    """What a stream worker tells the server, through its own endpoints."""

    served: Served

    @property
    def client(self) -> httpx.Client:
        return self.served.client(Role.WORKER)

    def report(self, **states: str) -> list[str]:
        """`report(cam_1="live", cam_2="down")`; answers the cameras that somebody looks at."""
        cameras = [
            {"camera": name.replace("_", "-"), "state": state, "since": ago(600), "last_frame_at": ago(0)}
            for name, state in states.items()
        ]
        body = {"worker": "w-1", "model": "yolo", "provider": "cpu", "cameras": cameras}
        answer = self.client.post("/worker/status", json=body)
        assert answer.status_code == 200, answer.text
        looked_at: list[str] = answer.json()["looked_at"]
        return looked_at

    def tile(self, camera: str, jpeg: bytes, boxes: list[list[Any]] | None = None, age_s: float = 0) -> None:
        headers = {
            "Content-Type": "image/jpeg",
            "X-Captured-At": ago(age_s),
            "X-Boxes": json.dumps(boxes or []),
        }
        answer = self.client.put(f"/worker/tiles/{camera}", content=jpeg, headers=headers)
        assert answer.status_code == 204, answer.text
