"""`sanxun watch --explain` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from tests.conftest import REPOSITORY
from tests.streams.builders import encode, pictures


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "street.mp4"
    return encode(path, pictures(200), "keyint=25:min-keyint=25:scenecut=0:bframes=0")


def watch(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200", "HOME": "/nonexistent"}
    environment.pop("SANXUN_DATA", None)
    command = [sys.executable, "-m", "api.cli", "watch", *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300)


def test_one_camera_is_explained_and_nothing_is_stored(clip: Path) -> None:
    # HOME cannot be written: a command that wanted a data folder would fail.
    done = watch("--explain", "--source", clip)
    assert done.returncode == 0, done.stderr
    _, row = done.stdout.splitlines()
    assert row.startswith("cam-1")
    for words in ("h264 320×240 25/s, no B-frames", "every 1 s", "one in 2 s for illegal_parking", "key frames"):
        assert words in row


def test_a_stream_of_damaged_pictures_alone_says_so(tmp_path: Path) -> None:
    noise = np.random.default_rng(1)
    shown = [np.maximum(one, noise.integers(0, 90, (240, 320, 1), np.uint8)) for one in pictures(200)]
    whole = encode(tmp_path / "whole.ts", shown, "keyint=25:scenecut=0:bframes=0", container="mpegts").read_bytes()
    kept = [whole[at : at + 188] for at in range(0, len(whole), 188)]
    (tmp_path / "lost.ts").write_bytes(b"".join(one for n, one in enumerate(kept) if n < 10 or n % 4))
    done = watch("--explain", "--source", tmp_path / "lost.ts", "--seconds", 8)
    assert done.returncode == 1, done.stdout
    assert "all damaged: parts of them are missing" in done.stdout, done.stdout


def test_a_sites_cameras_are_explained_side_by_side(clip: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    absent = "rtsp://viewer:opensesame@127.0.0.1:9/stream"
    site.write_text(
        f'[site]\nname = "S"\n[[camera]]\nid = "there"\nurl = "{clip}"\n[[camera]]\nid = "absent"\nurl = "{absent}"\n'
        f'[[camera]]\nid = "off"\nurl = "{absent}"\nenabled = false\n'
    )
    for seconds in (8, 120):  # a machine that stood still meanwhile is given more
        done = watch("--explain", "--site", site, "--json", "--seconds", seconds)
        assert done.returncode == 1  # one of them cannot be seen
        there, missing = json.loads(done.stdout)
        if there["health"]["decoding"] is not None:
            break
    assert (there["camera"], there["hazards"], there["health"]["decoding"]) == ("there", [], "key frames")
    assert there["health"]["because"]
    assert (missing["camera"], missing["looks"], missing["health"]["state"]) == ("absent", 0, "down")
    assert "connection refused" in missing["health"]["error"]
    assert "opensesame" not in done.stdout + done.stderr


def test_explaining_needs_something_to_explain() -> None:
    done = CliRunner().invoke(app, ["watch", "--explain"], env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert "--explain needs --source" in done.stderr
