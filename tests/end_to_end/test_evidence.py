"""The evidence of a real hazard, through API and worker: a clip from before it to after it, and a full-size still."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import av
import cv2
import httpx
import numpy as np
import pytest

from streams.decoding.encode import write_mp4
from streams.demo_camera.server import RtspServer
from tests.end_to_end.house import House, items, wait_for
from tests.end_to_end.test_camera_to_ticket import site_toml

REASON = {"reason": "the driver disputes the place"}


@pytest.fixture
def two_streams(assets: Path, tmp_path: Path) -> Iterator[RtspServer]:
    """A camera's main stream, 960x540, and its sub-stream, 640x360, of one moment."""
    main, sub = assets / "clips" / "junction_one_parked.mp4", tmp_path / "sub.mp4"
    with av.open(str(main)) as clip:
        track = clip.streams.video[0]
        shown = (cv2.resize(frame.to_ndarray(format="bgr24"), (640, 360)) for frame in clip.decode(video=0))
        fps = float(track.average_rate or 25)
        write_mp4(sub, (np.asarray(picture, np.uint8) for picture in shown), fps=fps, gop=round(fps), crf=26)
    with RtspServer({"main": main, "sub": sub}) as server:
        yield server


@pytest.fixture
def centre(house: House) -> Iterator[httpx.Client]:
    """A client of the command centre's."""
    with house.client("command-centre") as client:
        yield client


def raised(house: House, centre: httpx.Client, site: str, tmp_path: Path) -> dict[str, Any]:
    """The system at work on a site until it has raised a hazard."""
    (tmp_path / "site.toml").write_text(site)
    house.start_api()
    house.sanxun("site", "apply", str(tmp_path / "site.toml"))
    house.start_worker()
    return wait_for("a hazard", lambda: next(iter(items(centre, "/hazards")), None), 300)


def clip_of(house: House, centre: httpx.Client, hazard: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What the API says of a hazard's clip, and the clip as an officer opens it."""
    path = f"/hazards/{hazard['id']}/clips"
    found = wait_for("its clip", lambda: next(iter(centre.get(path).json()["items"]), None), 240)
    with house.client("officer") as officer:
        answer = officer.post(f"/clips/{found['event_id']}/open", json=REASON)
    assert answer.status_code == 200, answer.text
    return found, answer.content


def look_at(mp4: bytes) -> tuple[tuple[int, int], float, datetime]:
    """Size and seconds of what can be decoded of a clip, and when it says that it begins."""
    with av.open(io.BytesIO(mp4)) as clip:
        began_at = datetime.fromisoformat(clip.metadata["captured_at"])
        frames = list(clip.decode(video=0))
        assert not any(frame.is_corrupt for frame in frames)
        last = frames[-1]
        return (last.width, last.height), float(last.time or 0), began_at


@pytest.mark.timeout(900)
def test_a_hazards_clip_shows_seconds_before_it_and_after_it_and_opens_to_an_officer_alone(
    house: House, centre: httpx.Client, junction_loop: str, parked_van: dict[str, Any], tmp_path: Path
) -> None:
    hazard = raised(house, centre, site_toml(junction_loop, parked_van["zone"]), tmp_path)
    found, mp4 = clip_of(house, centre, hazard)
    size, duration_s, began_at = look_at(mp4)
    raised_at = datetime.fromisoformat(hazard["raised_at"])
    assert size == (960, 540)
    assert timedelta(seconds=4.9) <= raised_at - began_at <= timedelta(seconds=12)
    assert (began_at + timedelta(seconds=duration_s) - raised_at).total_seconds() >= 4.8
    assert found["duration_s"] == pytest.approx(duration_s, abs=0.2)
    assert centre.post(f"/clips/{found['event_id']}/open", json=REASON).status_code == 403
    [opening] = centre.get(f"/clips/{found['event_id']}/openings").json()["items"]
    assert (opening["role"], opening["reason"]) == ("officer", REASON["reason"])
    assert house.sanxun("audit", "verify").startswith("sound: 2 entries")
    assert wait_for("an empty outbox", lambda: "0 events, 0 clips" in house.sanxun("outbox", "status"), 240)
    assert not list((house.data / "clips").iterdir())


@pytest.mark.timeout(900)
def test_a_two_stream_cameras_evidence_is_of_its_main_stream(
    house: House, centre: httpx.Client, two_streams: RtspServer, parked_van: dict[str, Any], tmp_path: Path
) -> None:
    site = site_toml(two_streams.url("main"), parked_van["zone"])
    site = site.replace('name = "Junction, east"', f'name = "East"\nwatch_url = "{two_streams.url("sub")}"')
    hazard = raised(house, centre, site, tmp_path)
    assert hazard["source_wh"] == [640, 360]

    def full_size() -> bool:
        url = centre.get(f"/hazards/{hazard['id']}").json()["still_url"]
        still = centre.get(url.removeprefix("/api/v1")).content
        picture = cv2.imdecode(np.frombuffer(still, np.uint8), cv2.IMREAD_COLOR)
        return picture is not None and picture.shape == (540, 960, 3)

    wait_for("a full-size still", full_size, 240)
    size, duration_s, _ = look_at(clip_of(house, centre, hazard)[1])
    assert size == (960, 540)
    assert duration_s >= 4.8
    assert wait_for("the main stream left alone again", lambda: two_streams.viewers == 1, 60)
