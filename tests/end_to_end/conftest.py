"""A real RTSP server with the real clip, and the system on a folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from streams.demo_camera.server import RtspServer
from tests.api.conftest import applied, applied_site, passwords, served  # noqa: F401 (fixtures)
from tests.conftest import missing
from tests.end_to_end.house import House

GST_SERVER = Path(__file__).parents[1] / "streams" / "gst_rtsp_server.py"


@pytest.fixture
def house(tmp_path: Path, assets: Path) -> Iterator[House]:
    system = House(tmp_path / "data", str(assets / "weights" / "yolo11n_640_fp32.onnx"))
    try:
        yield system
    finally:
        system.stop()


@pytest.fixture(scope="session")
def parked_van(assets: Path) -> dict[str, Any]:
    """What is true of clips/junction_one_parked.mp4: when the van comes and goes, where, and the zone around it."""
    truth: dict[str, Any] = json.loads((assets / "clips" / "TRUTH.json").read_text())["junction_one_parked.mp4"]
    return truth


@pytest.fixture(scope="session")
def junction_mp4(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip twice in a row, remuxed: the server ends a stream with its file, and clearing needs what comes after."""
    source, twice = assets / "clips" / "junction_one_parked.mp4", tmp_path_factory.mktemp("clips") / "junction.mp4"
    with av.open(str(twice), "w") as out:
        offset = 0
        track = None
        for _ in range(2):
            with av.open(str(source)) as clip:
                stream = clip.streams.video[0]
                track = track or out.add_stream_from_template(stream)
                last = 0
                for packet in clip.demux(stream):
                    if packet.dts is None or packet.pts is None:
                        continue
                    last = max(last, packet.pts + (packet.duration or 0))
                    packet.pts += offset
                    packet.dts += offset
                    packet.stream = track
                    out.mux(packet)
                offset += last
    return twice


@pytest.fixture
def junction_rtsp(junction_mp4: Path) -> Iterator[str]:
    """GStreamer's RTSP server, playing the junction to whoever comes; the clip begins with its first viewer."""
    python = "/usr/bin/python3"
    probe = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    if not Path(python).exists() or subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode:
        missing("GStreamer's RTSP server is absent: run `make test-peers` as root")
    server = subprocess.Popen(
        [python, str(GST_SERVER), f"junction={junction_mp4}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline().split()[1])
        yield f"rtsp://watcher:opensesame@127.0.0.1:{port}/junction"
    finally:
        server.stdin.close()
        server.wait(timeout=60)
        server.stdout.close()


@pytest.fixture
def junction_loop(assets: Path) -> Iterator[str]:
    """The junction from our own demonstration camera, which plays it for ever."""
    with RtspServer({"junction": assets / "clips" / "junction_one_parked.mp4"}) as server:
        yield server.url("junction")
