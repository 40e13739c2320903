"""A real RTSP stream goes in; a ticket comes out, a grid worker closes it, and the camera confirms."""

from __future__ import annotations

import json
import struct
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from websockets.sync.client import connect

from tests.end_to_end.house import House, items, wait_for

DWELL_S = 10


def site_toml(url: str, zone: list[list[float]]) -> str:
    return f"""
[site]
name = "Junction"
timezone = "Asia/Shanghai"

[[camera]]
id = "cam-1"
name = "Junction, east"
url = "{url}"
lon = 113.85
lat = 27.62

[[camera.zone]]
id = "kerb"
hazards = ["illegal_parking"]
polygon = {zone}
dwell_s = {DWELL_S}
"""


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


@pytest.mark.timeout(900)
def test_a_parked_van_becomes_a_ticket_that_is_closed_when_it_has_gone(
    house: House, junction_rtsp: str, parked_van: dict[str, Any], tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(site_toml(junction_rtsp, parked_van["zone"]))
    house.start_api()
    house.start_worker()
    centre, worker = house.client("command-centre"), house.client("grid-worker")
    # The site comes after the worker: it has to pick the change up by itself, and the clip begins with its first look.
    wait_for("the worker at work", lambda: "detector" in house.output(), 240)
    house.sanxun("site", "apply", str(site))

    live = wait_for("the camera live", lambda: health(centre) if health(centre).get("state") == "live" else None, 180)
    assert live["resolution_wh"] == [960, 540]
    tile = live_picture(house)
    assert tile.shape == (360, 640, 3)
    assert tile.std() > 20, "a street, not a blank"
    ticket = wait_for("a ticket", lambda: next(iter(items(centre, "/tickets")), None), 180)
    assert (ticket["kind"], ticket["camera"], ticket["zone"], ticket["state"]) == (
        "illegal_parking",
        "cam-1",
        "kerb",
        "dispatched",
    )
    hazard = items(centre, "/hazards")[0]
    assert DWELL_S <= seconds_between(hazard["began_at"], hazard["raised_at"]) <= DWELL_S + 10
    assert overlap(hazard["xyxy"], parked_van["xyxy"]) > 0.5
    still = centre.get(hazard["still_url"].removeprefix("/api/v1"))
    assert cv2.imdecode(np.frombuffer(still.content, np.uint8), cv2.IMREAD_COLOR).shape == (540, 960, 3)

    assert worker.post(f"/tickets/{ticket['id']}/accept").json()["state"] == "working"
    assert worker.post(f"/tickets/{ticket['id']}/close", json={}).json()["state"] == "verifying"
    closed = wait_for("closed by the camera", lambda: is_closed(worker, ticket["id"]), 180)
    assert [step["to"] for step in closed["history"]] == [
        "received",
        "registered",
        "dispatched",
        "working",
        "verifying",
        "closed",
    ]
    hazards = items(centre, "/hazards")
    assert [h["state"] for h in hazards] == ["cleared"]
    present_s = parked_van["leaves_s"] - parked_van["appears_s"]
    assert present_s <= seconds_between(hazards[0]["began_at"], hazards[0]["cleared_at"]) <= present_s + 30
    assert "opensesame" not in house.output()
    assert "opensesame" not in centre.get("/cameras").text + centre.get("/tickets").text
    centre.close()
    worker.close()


def health(client: httpx.Client) -> dict[str, Any]:
    cameras = client.get("/cameras").json()["items"]
    return (cameras[0].get("health") or {}) if cameras else {}


def live_picture(house: House) -> NDArray[np.uint8]:
    """What the wall gets of the camera: one tile over its socket, <BBHId and a JPEG."""
    token = house.sanxun("token", "create", "--role", "command-centre")
    url = f"ws://127.0.0.1:{house.port}/api/v1/wall"
    with connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None, open_timeout=90) as wall:
        wall.send(json.dumps({"open": ["cam-1"]}))
        while True:
            message = wall.recv(timeout=60)
            if isinstance(message, bytes):
                version, kind, index, _sequence, taken_s = struct.unpack("<BBHId", message[:16])
                assert (version, kind, index) == (1, 1, 0)
                assert abs(time.time() - taken_s) < 60
                picture = cv2.imdecode(np.frombuffer(message[16:], np.uint8), cv2.IMREAD_COLOR)
                assert picture is not None
                return np.asarray(picture, np.uint8)


def is_closed(client: httpx.Client, ticket: str) -> dict[str, Any] | None:
    found: dict[str, Any] = client.get(f"/tickets/{ticket}").json()
    return found if found["state"] == "closed" else None


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two boxes."""
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h
    return w * h / union
