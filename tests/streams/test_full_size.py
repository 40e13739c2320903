"""The main stream is opened for evidence alone, or kept; the cameras here are real RTSP servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from models.spec import ObjectClass
from streams.clock import Clock, SystemClock
from streams.delivery.events import Event
from streams.demo_camera.server import RtspServer
from streams.evidence.clips import ClipMaker
from streams.evidence.full_size import Detect, FullSize
from streams.evidence.main_stream import KeptMain, Session
from streams.evidence.shelf import CLIP, STILL, Shelf
from streams.site import CameraSpec
from streams.sources.source import open_source
from tests.streams.builders import ManualClock, encode, event, number_in, pictures
from tests.streams.test_clip import shown
from tests.streams.test_sender import until
from vision.types import Change, Detections, Picture

WIDTH, HEIGHT = 640, 480
FPS, COUNT = 25, 250
SEEN_BY_SUB = (20.0, 100.0, 80.0, 230.0)  # px of 320x240
SEEN_NOW = (400.0, 200.0, 500.0, 460.0)  # px of 640x480


def persons(*boxes: tuple[float, float, float, float]) -> Detections:
    n = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(n, 4), np.full(n, 0.9, np.float32), np.full(n, ObjectClass.PERSON, np.int64)
    )


def detect(rgb: Picture, wh: tuple[int, int]) -> Detections:
    assert rgb.shape == (HEIGHT, WIDTH, 3)
    assert wh == (WIDTH, HEIGHT)
    return persons(SEEN_NOW)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("main") / "main.mp4"
    return encode(path, pictures(COUNT, (WIDTH, HEIGHT)), "keyint=25:min-keyint=25:scenecut=0:bframes=2:b-adapt=0")


@pytest.fixture(scope="module")
def server(recording: Path) -> Iterator[RtspServer]:
    with RtspServer({"main": recording}) as server:
        yield server


class Bench:
    def __init__(self, folder: Path, clock: Clock | None = None, detect: Detect = detect, **options: int) -> None:
        self.shelf = Shelf(folder / "shelf", keep_free_bytes=0)
        self.clips = ClipMaker(self.shelf)
        self.full = FullSize(self.clips, self.shelf, detect, clock or SystemClock(), timeout_s=2.0, **options)
        self.clips.start()
        self.full.start()

    def close(self) -> None:
        self.full.stop()
        self.clips.stop()

    def file(self, raised: Event, kind: str) -> Path:
        path = self.shelf.path_for(raised.event_id, kind)
        until(path.exists, 25)
        return path


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    started: list[Bench] = []

    def start(clock: Clock | None = None, detect: Detect = detect, **options: int) -> Bench:
        started.append(Bench(tmp_path, clock, detect, **options))
        return started[-1]

    yield start
    for one in started:
        one.close()


def two_streams(main_url: str, **settings: object) -> CameraSpec:
    values = {"id": "cam-1", "url": main_url, "watch_url": "rtsp://127.0.0.1/sub", "post_event_s": 2.0}
    return CameraSpec.model_validate(values | settings)


def raised(number: int = 1) -> Event:
    """An event of now, by the media time of another stream."""
    return replace(event(number), captured_at=datetime.now(UTC), media_time_s=1234.5, source_wh=(320, 240))


def number_at(server: RtspServer, moment: datetime) -> int:
    """The picture that the main stream showed at a moment."""
    return round((moment - server.began_at("main")).total_seconds() * FPS) % COUNT


def is_coarse(bgr: Picture, box: tuple[float, float, float, float]) -> bool:
    """Whether the head of a person's box is a few blocks: the pictures here have a gradient that blocks have not."""
    x1, y1, x2, y2 = (int(v) for v in box)
    block = bgr[y1 + 4 : y1 + int((y2 - y1) * 0.2), x1 + 3 : x1 + (x2 - x1) // 4 - 3]
    return bool(block.std() < 5.0)  # 11 as it was; JPEG leaves some noise at the edges of blocks


def test_a_raised_event_gets_a_full_size_still_and_a_clip_and_the_stream_is_closed_again(
    bench: Callable[..., Bench], server: RtspServer
) -> None:
    made, camera, happened = bench(), two_streams(server.url("main")), raised()
    assert server.viewers == 0
    assert made.full.wanted(camera, happened, persons(SEEN_BY_SUB))
    still = cv2.imread(str(made.file(happened, STILL)))
    assert still is not None
    bgr = np.asarray(still, np.uint8)
    assert bgr.shape == (HEIGHT, WIDTH, 3)
    assert number_in(bgr) % FPS == 0, "a key frame"
    scaled = tuple(2 * v for v in SEEN_BY_SUB)
    assert is_coarse(bgr, SEEN_NOW), "who is seen in the main stream now"
    assert is_coarse(bgr, scaled), "who was seen in the sub-stream"  # type: ignore[arg-type]
    assert not is_coarse(bgr, (200.0, 200.0, 300.0, 460.0))
    numbers = [number for number, _ in shown(made.file(happened, CLIP))]
    assert numbers[0] % FPS == 0
    assert len(numbers) >= 2 * FPS
    assert {(b - a) % COUNT for a, b in pairwise(numbers)} == {1}
    until(lambda: server.viewers == 0)
    assert made.full.counts == {"fetched": 1, "failed": 0, "refused": 0}


def test_a_main_stream_that_is_kept_has_what_came_before_the_event(
    bench: Callable[..., Bench], server: RtspServer
) -> None:
    made = bench()
    camera = two_streams(server.url("main"), keep_main=True, pre_event_s=2.0, post_event_s=1.0)
    made.full.follow((camera,))
    until(lambda: server.viewers == 1)
    time.sleep(4)
    happened = raised()
    happened = replace(happened, captured_at=happened.captured_at - timedelta(seconds=0.4))
    assert made.full.wanted(camera, happened, persons())
    path = made.file(happened, CLIP)
    assert server.viewers == 1, "no second opening"
    with av.open(str(path)) as clip:
        began_at = datetime.fromisoformat(clip.metadata["captured_at"])
    pictures_shown = shown(path)
    before_s = (happened.captured_at - began_at).total_seconds()
    assert 1.9 <= before_s <= 3.2
    at_event = min(pictures_shown, key=lambda one: abs(one[1] - before_s))[0]
    assert (at_event - number_at(server, happened.captured_at) + 12) % COUNT <= 24, "half a second at most"
    still = cv2.imread(str(made.file(happened, STILL)))
    behind = (number_at(server, happened.captured_at) - number_in(np.asarray(still, np.uint8))) % COUNT
    assert (behind + 5) % COUNT <= 42, "the key frame before the event"
    made.full.follow(())
    until(lambda: server.viewers == 0)


class JustConnected(ManualClock):
    """A kept main stream that has shown no key frame, and a clock by which a wait brings its next packets."""

    def __init__(self, recording: Path, url: str = "rtsp://127.0.0.1/main", *, shows_keys: bool = True) -> None:
        super().__init__()
        self.camera = two_streams(url, keep_main=True)
        self.kept = KeptMain(self.camera, self)
        with open_source(str(recording)) as source:
            self._packets = [packet for packet in source.packets() if shows_keys or not packet.is_keyframe][5:60]
            self._session = Session(source, self, most_s=60.0)
        self._session.feed(self._packets.pop(0))
        self.kept._opened(self._session)
        self.waits_left: int | None = None

    def keep(self, made: Bench) -> None:
        made.full._kept[self.camera.id] = self.kept

    def wait(self, stopping: threading.Event, timeout_s: float) -> bool:
        if self._packets:
            self._session.feed(self._packets.pop(0))
        if self.waits_left:
            self.waits_left -= 1
            if self.waits_left == 0:
                self.kept._session = None
        return super().wait(stopping, timeout_s)


def test_a_kept_main_stream_that_has_just_connected_is_waited_for(bench: Callable[..., Bench], recording: Path) -> None:
    kept = JustConnected(recording)
    made, happened = bench(kept), replace(raised(), captured_at=kept.now())
    kept.keep(made)
    assert made.full.wanted(kept.camera, happened, persons())
    still = cv2.imread(str(made.file(happened, STILL)))
    assert number_in(np.asarray(still, np.uint8)) == FPS, "its first key frame"
    until(lambda: made.full.counts == {"fetched": 1, "failed": 0, "refused": 0})


def test_a_kept_main_stream_without_key_frames_is_waited_for_12_s(
    bench: Callable[..., Bench], recording: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = JustConnected(recording, shows_keys=False)
    made = bench(kept)
    kept.keep(made)
    assert made.full.wanted(kept.camera, raised(), persons())
    until(lambda: made.full.counts["failed"] == 1)
    until(lambda: "showed no key frame in time" in caplog.text)
    assert 12.0 <= kept.at_s < 13.0


def test_a_kept_main_stream_that_breaks_off_before_its_key_frame_is_opened(
    bench: Callable[..., Bench], recording: Path, server: RtspServer
) -> None:
    kept = JustConnected(recording, server.url("main"), shows_keys=False)
    kept.waits_left = 3
    made = bench(kept)
    kept.keep(made)
    assert made.full.wanted(kept.camera, raised(), persons())
    until(lambda: made.full.counts == {"fetched": 1, "failed": 0, "refused": 0})
    assert kept.waits_left == 0


def test_an_event_that_comes_while_a_kept_main_stream_gives_another_is_served_too(
    bench: Callable[..., Bench], recording: Path
) -> None:
    kept, second = JustConnected(recording), raised(2)

    def slowly(rgb: Picture, wh: tuple[int, int]) -> Detections:
        if made.full.counts["fetched"] == 0:
            assert made.full.wanted(kept.camera, second, persons())
        return detect(rgb, wh)

    made = bench(kept, slowly)
    kept.keep(made)
    assert made.full.wanted(kept.camera, raised(1), persons())
    made.file(second, STILL)
    until(lambda: made.full.counts == {"fetched": 2, "failed": 0, "refused": 0})


def test_where_the_main_stream_cannot_be_had_the_sub_streams_evidence_stands_and_that_is_said(
    bench: Callable[..., Bench], free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    made, happened = bench(), raised()
    made.full.wanted(two_streams(f"rtsp://user:secret@127.0.0.1:{free_port}/x"), happened, persons())
    until(lambda: made.full.counts["failed"] == 1)
    until(lambda: "the sub-stream's stand" in caplog.text)
    assert "connection refused" in caplog.text
    assert "secret" not in caplog.text
    assert made.shelf.waiting() == []


def test_openings_at_once_are_bounded(bench: Callable[..., Bench], silent_port: int) -> None:
    made = bench(most_open=1, most_waiting=1)
    taken = []
    for number in range(3):
        camera = two_streams(f"rtsp://127.0.0.1:{silent_port}/x", id=f"cam-{number}")
        taken.append(made.full.wanted(camera, raised(number), persons()))
        if number == 0:
            until(lambda: not made.full._queue)
    assert taken == [True, True, False]
    assert made.full.counts["refused"] == 1
    until(lambda: made.full.counts["failed"] == 2, 15)


def test_events_of_one_camera_share_one_opening(bench: Callable[..., Bench], server: RtspServer) -> None:
    made, camera = bench(), two_streams(server.url("main"), post_event_s=1.0)
    happened = [raised(number) for number in range(3)]
    most = [0]
    stop = threading.Event()

    def count() -> None:
        while not stop.wait(0.01):
            most[0] = max(most[0], server.viewers)

    counting = threading.Thread(target=count)
    counting.start()
    for one in happened:
        assert made.full.wanted(camera, one, persons())
    for one in happened:
        made.file(one, STILL)
        made.file(one, CLIP)
    stop.set()
    counting.join()
    assert most == [1]
    assert made.full.counts["fetched"] == 3


def test_cameras_of_one_stream_and_all_clears_ask_for_nothing(bench: Callable[..., Bench]) -> None:
    made = bench()
    assert not made.full.wanted(CameraSpec(id="cam-1", url="rtsp://127.0.0.1/x"), raised(), persons())
    cleared = replace(raised(), change=Change.CLEARED)
    assert not made.full.wanted(two_streams("rtsp://127.0.0.1/x"), cleared, persons())
