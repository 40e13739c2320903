"""A camera's thread outlives its camera, and a camera's trouble is its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from streams.backoff import Backoff
from streams.clock import SystemClock
from streams.decoding.encode import write_mp4
from streams.demo_camera.server import RtspServer
from streams.errors import StreamLost
from streams.health.meter import CameraHealth, CameraState
from streams.reader import CameraReader
from streams.site import CameraSpec
from tests.streams.builders import ManualClock, Watcher, next_frame, number_in, pictures
from tests.streams.conftest import GstServer
from tests.streams.latest import LatestFrame
from tests.streams.proxy import StallingProxy
from vision.types import Frame

SECRET = "geheim-4711"
Start = Callable[..., tuple[CameraReader, LatestFrame[Frame]]]


@pytest.fixture
def watch() -> Iterator[Start]:
    """Start a reader: `watch(url, looks_per_s=…, timeout_s=…, loop=…)`."""
    readers: list[CameraReader] = []

    def start(url: str, **settings: float) -> tuple[CameraReader, LatestFrame[Frame]]:
        slot: LatestFrame[Frame] = LatestFrame()
        camera = CameraSpec(id=f"cam-{len(readers)}", url=url)
        backoff = Backoff(first_s=0.05, most_s=0.2)
        watcher = Watcher(slot)
        reader = CameraReader(camera, watcher, SystemClock(), backoff=backoff, **settings)  # type: ignore[arg-type]
        watcher.reader = reader
        readers.append(reader)
        reader.start()
        return reader, slot

    yield start
    for reader in readers:
        reader.stop()
    assert [reader.camera.id for reader in readers if not reader.join()] == []


def until(reader: CameraReader, wanted: Callable[[CameraHealth], bool], timeout_s: float = 90.0) -> CameraHealth:
    """Health as soon as it is as wanted."""
    ends_s = time.monotonic() + timeout_s
    pause = threading.Event()
    while not wanted(health := reader.health()):
        assert time.monotonic() < ends_s, f"after {timeout_s} s still {health}"
        pause.wait(0.02)
    return health


def test_live_frames_arrive_and_health_says_so(gst: Callable[..., GstServer], clip: Path, watch: Start) -> None:
    reader, slot = watch(gst(cam=clip).url("cam"), looks_per_s=5.0)
    numbers = [number_in(next_frame(slot).rgb) for _ in range(5)]
    assert numbers == sorted(numbers)
    health = reader.health(dropped=slot.dropped)
    assert (health.state, health.resolution_wh, health.error) == (CameraState.LIVE, (320, 240), None)
    assert health.last_frame_at is not None
    assert health.unknown_s < 5


def test_a_camera_that_is_down_at_start_comes_up(clip: Path, free_port: int, watch: Start) -> None:
    reader, slot = watch(f"rtsp://127.0.0.1:{free_port}/cam", looks_per_s=5.0)
    down = until(reader, lambda health: health.state is CameraState.DOWN)
    assert "connection refused" in str(down.error)
    with RtspServer({"cam": clip}, port=free_port):
        next_frame(slot)
        health = until(reader, lambda health: health.state is CameraState.LIVE)
        assert (health.reconnects, health.error) == (0, None)


def test_a_server_killed_in_the_middle_is_found_again(
    gst: Callable[..., GstServer], clip: Path, watch: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server = gst(cam=clip)
    reader, slot = watch(server.url("cam"), looks_per_s=5.0)
    before = next_frame(slot)
    server.kill()
    lost = until(reader, lambda health: health.state is CameraState.DOWN)
    assert lost.unknown_s >= reader.health().unknown_s - 5
    slot.take()
    gst(cam=clip, port=server.port)
    after = next_frame(slot)
    health = until(reader, lambda health: health.state is CameraState.LIVE)
    assert health.reconnects == 1
    assert after.captured_at > before.captured_at
    assert any("live" in record.getMessage() for record in caplog.records)


def test_a_camera_that_hangs_harms_no_other(silent_port: int, clip: Path, watch: Start) -> None:
    with RtspServer({"cam": clip}) as server:
        hanging, _ = watch(f"rtsp://127.0.0.1:{silent_port}/x", timeout_s=1.0)
        good, slot = watch(server.url("cam"), looks_per_s=5.0)
        for _ in range(10):
            next_frame(slot)
        stuck = until(hanging, lambda health: health.error is not None)
        assert "no answer within 1 s" in str(stuck.error)
        assert good.health().state is CameraState.LIVE


def test_a_stream_that_falls_silent_is_reconnected(sliced_clip: Path, watch: Start) -> None:
    with RtspServer({"cam": sliced_clip}) as server, StallingProxy(server.port) as proxy:
        reader, slot = watch(f"rtsp://127.0.0.1:{proxy.port}/cam", looks_per_s=5.0, timeout_s=1.0)
        next_frame(slot)
        proxy.freeze()
        lost = until(reader, lambda health: health.error is not None)
        assert "nothing came for 1 s" in str(lost.error)


def test_no_credential_is_in_any_log_or_health(
    gst: Callable[..., GstServer],
    clip: Path,
    watch: Start,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    reader, _ = watch(gst(user="operator:right", cam=clip).url("cam", f"operator:{SECRET}"))
    health = until(reader, lambda health: health.error is not None)
    said = f"{health} {caplog.text} {''.join(capfd.readouterr())}"
    assert "refused the user or the password" in said
    assert SECRET not in said


def test_a_fault_of_ours_keeps_the_camera(watch: Start, clip: Path, caplog: pytest.LogCaptureFixture) -> None:
    reader, slot = watch(str(clip), looks_per_s=5.0, loop=True)
    next_frame(slot)
    reader.pace(-1.0)
    assert "internal error" in str(until(reader, lambda health: health.error is not None).error)
    reader.pace(5.0)
    slot.take()
    next_frame(slot)
    assert "ValueError in the reader" in caplog.text


def test_a_file_plays_in_real_time_and_ends(clip: Path, watch: Start) -> None:
    began_s = time.monotonic()
    reader, slot = watch(str(clip), looks_per_s=5.0)
    frames = []
    while reader.running:
        frame = slot.take(0.5)
        frames += [frame] if frame else []
    assert time.monotonic() - began_s > 5.5
    assert len(frames) >= 15
    assert (frames[-1].captured_at - frames[0].captured_at).total_seconds() == pytest.approx(5.8, abs=0.6)
    assert (reader.health().state, reader.health().error) == (CameraState.DOWN, "the file has ended")


def test_a_looped_file_begins_again(tmp_path: Path, watch: Start) -> None:
    write_mp4(tmp_path / "short.mp4", pictures(10), fps=25, gop=10)
    reader, slot = watch(str(tmp_path / "short.mp4"), looks_per_s=25.0, loop=True)
    numbers = [number_in(next_frame(slot).rgb) for _ in range(25)]
    assert sum(b < a for a, b in pairwise(numbers)) >= 2
    assert reader.health().reconnects == 0


def test_stopping_is_prompt_while_a_read_hangs(silent_port: int, watch: Start) -> None:
    reader, _ = watch(f"rtsp://127.0.0.1:{silent_port}/x", timeout_s=2.0)
    until(reader, lambda health: health.state is CameraState.CONNECTING)
    began_s = time.monotonic()
    reader.stop()
    assert time.monotonic() - began_s < 1, "it waited for the read, which hangs for 2 s"
    assert reader.join(60)


def test_stopping_is_prompt_while_it_waits_to_try_again(free_port: int) -> None:
    slot: LatestFrame[Frame] = LatestFrame()
    camera = CameraSpec(id="cam-1", url=f"rtsp://127.0.0.1:{free_port}/x")
    reader = CameraReader(camera, slot, SystemClock(), backoff=Backoff(first_s=60, most_s=60))
    reader.start()
    until(reader, lambda health: health.state is CameraState.DOWN)
    reader.stop()
    assert reader.join(30)


def test_a_good_session_makes_the_next_trouble_a_new_one() -> None:
    clock = ManualClock()
    sessions_s = iter([0, 0, 0, 0, 0, 31, 0])

    class Scripted(CameraReader):
        def run_once(self) -> bool:
            lasted_s = next(sessions_s, None)
            if lasted_s is None:
                return False
            clock.at_s += lasted_s
            raise StreamLost("gone")

    slot: LatestFrame[Frame] = LatestFrame()
    Scripted(CameraSpec(id="cam-1", url="rtsp://h/x"), slot, clock, backoff=Backoff(1, 30)).run()
    assert clock.waits[4] >= 8
    assert clock.waits[5] <= 1
