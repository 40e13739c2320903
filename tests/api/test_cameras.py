"""What a worker says of its cameras is what people are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from api.auth.roles import Role
from streams.delivery.link import ApiLink
from streams.health.meter import CameraHealth, CameraState
from tests.api.house import SECRET, Served

HEALTH = CameraHealth(
    camera="cam-1",
    state=CameraState.LIVE,
    since=datetime(2026, 11, 22, 8, tzinfo=UTC),
    last_frame_at=None,
    resolution_wh=(1920, 1080),
    fps=25.0,
    looks_per_s=0.5,
    dropped=0,
    reconnects=1,
    unknown_s=0.5,
    error=None,
    decoding="key frames",
    key_interval_s=2.0,
    decode_errors=3,
    because="a key frame every 2 s for a look every 2 s",
    codec="h264",
    b_frames=False,
)


def test_people_see_how_a_camera_is_looked_at_and_why(served: Served) -> None:
    with ApiLink(served.url, served.token(Role.WORKER)) as link:
        link.post_status("w", "street-v4", [HEALTH], provider="openvino bf16")
    shown = served.client(Role.COMMAND_CENTRE).get("/cameras").json()["items"][0]["health"]
    assert (shown["decoding"], shown["because"]) == ("key frames", HEALTH.because)
    assert (shown["codec"], shown["key_interval_s"], shown["b_frames"], shown["decode_errors"]) == ("h264", 2, False, 3)


def test_a_worker_that_says_less_is_understood(served: Served) -> None:
    status = {"camera": "cam-1", "state": "live", "since": "2026-11-22T08:00:00Z"}
    worker = served.client(Role.WORKER)
    assert worker.post("/worker/status", json={"worker": "w", "cameras": [status]}).status_code == 200
    shown = served.client(Role.COMMAND_CENTRE).get("/cameras").json()["items"][0]["health"]
    assert shown["because"] is None


def test_no_secret_is_shown_in_any_of_it(served: Served) -> None:
    leaky = replace(HEALTH, because=f"rtsp://viewer:{SECRET}@192.0.2.7/stream1 has no key frames")
    with ApiLink(served.url, served.token(Role.WORKER)) as link:
        link.post_status("w", "street-v4", [leaky])
    assert SECRET not in served.client(Role.COMMAND_CENTRE).get("/cameras").text
