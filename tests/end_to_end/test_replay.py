"""`sanxun replay` on real clips: what is there is raised, what only passes is not, and twice is the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.house import REPOSITORY

WHOLE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
# At this junction a cargo tricycle and a lorry wait for as long as the clip lasts: below them everything moves.
BUSY = {"ua_detrac_intersection.mp4": [[0.0, 0.45], [1.0, 0.45], [1.0, 1.0], [0.0, 1.0]]}
# `make soak` takes them all; CI those that bring something of their own, for each costs up to a minute of a core.
ALL = os.environ.get("SANXUN_ALL_CLIPS") == "1"
MOVING = ["ua_detrac_intersection.mp4", "road.avi"] + ALL * ["cars_passing_topdown.mp4", "motorway.avi", "highway.avi"]
WEIGHTS = ["yolo11n_640_fp32.onnx"] + ALL * ["yolox_nano_416.onnx", "yolo26n_640_fp32.onnx"]


def replay(clip: Path, zone: list[list[float]], weights: Path, folder: Path, dwell_s: int = 10) -> list[dict[str, Any]]:
    site = folder / "site.toml"
    site.write_text(
        f'[site]\nname = "Danjiang"\ntimezone = "Asia/Shanghai"\n\n[[camera]]\nid = "cam-1"\n'
        f'url = "rtsp://user:secret@192.0.2.7/stream1"\n\n[[camera.zone]]\nid = "aisle"\n'
        f'hazards = ["illegal_parking"]\npolygon = {zone}\ndwell_s = {dwell_s}\n'
    )
    command = [sys.executable, "-m", "api.cli", "replay", str(clip), "--site", str(site), "--json"]
    command += ["--model", str(weights), "--data", str(folder / "data")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY, timeout=500)
    assert done.returncode == 0, done.stderr
    assert "secret" not in done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_parked_van_is_one_event_that_clears_whatever_the_weights(
    weights: str, assets: Path, parked_van: dict[str, Any], tmp_path: Path
) -> None:
    clip = assets / "clips" / "junction_one_parked.mp4"
    events = replay(clip, parked_van["zone"], assets / "weights" / weights, tmp_path)
    assert [e["event"] for e in events] == ["raised", "cleared"]
    raised, cleared = events
    due_s = parked_van["appears_s"] + 10
    assert due_s <= raised["media_time_s"] <= due_s + 4
    assert raised["began_s"] == pytest.approx(parked_van["appears_s"], abs=2.5)
    assert cleared["media_time_s"] > parked_van["leaves_s"]
    assert raised["captured_at"].startswith("1970-01-01T00:00:1")
    if ALL:  # in CI it is tests/streams/test_pipeline.py that runs twice
        assert replay(clip, parked_van["zone"], assets / "weights" / weights, tmp_path) == events


@pytest.mark.parametrize("clip", MOVING)
def test_moving_traffic_parks_nowhere(clip: str, assets: Path, tmp_path: Path) -> None:
    weights = assets / "weights" / "yolo11n_640_fp32.onnx"
    assert replay(assets / "clips" / clip, BUSY.get(clip, WHOLE), weights, tmp_path, dwell_s=5) == []
