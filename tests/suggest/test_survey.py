"""Watching a clip or a camera and counting: what stood, for how long, and what a broken connection costs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np
import pytest

from models.spec import ObjectClass
from streams.decoding.encode import write_mp4
from streams.errors import SourceUnusable, StreamLost
from streams.sources.packets import Packet
from streams.sources.source import Source, open_source
from streams.suggest.heat import usual_s
from streams.suggest.propose import suggestion
from streams.suggest.survey import Survey, Surveyor, survey
from tests.eyes import Eyes
from vision.detect import Detector
from vision.types import Detections, Frame, Picture, Shot

WH, FPS = (320, 180), 5
GROUND = np.random.default_rng(3).integers(10, 60, (180, 320, 3)).astype(np.uint8)


def street(seconds: int, *, parked: tuple[int, int]) -> Iterator[Picture]:
    """A red car stands at the left for a while, and others drive along the lower edge one after the other."""
    for n in range(seconds * FPS):
        picture = cv2.GaussianBlur(GROUND, (0, 0), 3)
        if parked[0] <= n / FPS < parked[1]:
            cv2.rectangle(picture, (40, 60), (90, 90), (60, 60, 255), -1)
        x = (n * 13) % 411 - 60
        cv2.rectangle(picture, (x, 130), (x + 50, 160), (60, 60, 255), -1)
        yield np.asarray(picture, np.uint8)


class RedCars(Eyes):
    """A detector of whatever is red; it stands in for a network."""

    fit_wh = WH

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        red = ((rgb[..., 0] > 150) & (rgb[..., 1] < 100)).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(red)
        boxes = [(x, y, x + w, y + h) for x, y, w, h, area in stats[1:count] if area > 200]
        n = len(boxes)
        xyxy = np.array(boxes, np.float32).reshape(-1, 4) * (source_wh[0] / rgb.shape[1])
        return Detections(xyxy, np.full(n, 0.9, np.float32), np.full(n, ObjectClass.CAR, np.int64))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("survey") / "street.mp4"
    write_mp4(path, street(40, parked=(5, 27)), fps=FPS, gop=5)
    return path


def watch(clip: Path, seconds: float = 100.0) -> Survey:
    return survey(lambda: open_source(str(clip)), cast(Detector, RedCars()), camera="cam-1", seconds=seconds)


def test_what_stood_is_counted_by_how_long_and_what_drove_by_is_a_lane(clip: Path) -> None:
    seen = watch(clip)
    assert (seen.source_wh, seen.key_interval_s) == (WH, 1.0)
    assert seen.watched_s == pytest.approx(39.6, abs=1.2)
    assert seen.heat.stood == 1
    assert usual_s(seen.heat.stays.max(axis=(0, 1)), 1.0) == 30  # 22 s lie between 20 and 30
    rows, columns, _ = np.nonzero(seen.heat.stays)
    assert (columns.min() / 96, columns.max() / 96) == pytest.approx((0.13, 0.28), abs=0.03)
    assert rows.max() / 54 == pytest.approx(0.5, abs=0.03)
    lanes = [zone for zone in suggestion("cam-1", seen).zones if zone.reason == "free_lane"]
    assert lanes
    assert all(y > 0.6 for lane in lanes for _, y in lane.zone.polygon)


def test_the_picture_that_goes_with_it_is_a_jpeg_of_the_last_look(clip: Path) -> None:
    jpeg = watch(clip, seconds=3).picture_jpeg
    assert jpeg is not None
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (180, 320, 3)


def test_it_ends_when_its_time_is_over_and_what_stands_then_has_stood_so_long(clip: Path) -> None:
    seen = watch(clip, seconds=18)
    assert seen.watched_s <= 18.5
    assert seen.heat.stood == 1
    assert usual_s(seen.heat.stays.max(axis=(0, 1)), 1.0) == 15  # some 13 s until then


class Clock:
    """Time that passes while packets come, and while somebody waits."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=self.at_s)

    def monotonic_s(self) -> float:
        return self.at_s

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.at_s += timeout_s
        return event.is_set()


class Breaking:
    """A camera that breaks off after so many packets: a clip's own, told as if live."""

    is_live = True

    def __init__(self, clip: Path, clock: Clock, packets: int) -> None:
        self._source, self._clock, self._most = open_source(str(clip)), clock, packets

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def packets(self) -> Iterator[Packet]:
        for n, packet in enumerate(self._source.packets()):
            if n == self._most:
                break
            self._clock.at_s += 1 / FPS
            yield packet
        raise StreamLost("the camera went away")

    def __enter__(self) -> Breaking:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()


def test_a_camera_that_breaks_off_is_opened_again_while_time_is_left(clip: Path) -> None:
    clock, opened = Clock(), 0

    def open_it() -> Source:
        nonlocal opened
        opened += 1
        return cast(Source, Breaking(clip, clock, packets=60))

    seen = survey(open_it, cast(Detector, RedCars()), camera="cam-1", seconds=40, clock=clock)
    assert opened >= 3
    assert seen.watched_s == pytest.approx(40, abs=14)
    assert seen.looks > 30


def test_a_camera_that_was_never_there_is_said() -> None:
    with pytest.raises(SourceUnusable, match="nothing-here"):
        watch(Path("/nothing-here.mp4"))


def test_a_clock_that_is_set_back_ends_no_survey() -> None:
    surveyor, picture = Surveyor(WH), next(street(1, parked=(0, 1)))
    for at_s in (1000.0, 1001.0, 1000.5, 200.0, 201.0):
        luma = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        shot = SimpleNamespace(luma=lambda luma=luma: luma, full_bgr=lambda: picture)
        frame = Frame("cam-1", datetime.fromtimestamp(at_s, UTC), at_s, WH, cast(Shot, shot))
        surveyor.look(frame, RedCars()(np.ascontiguousarray(picture[..., ::-1]), WH))
    seen = surveyor.finish()
    assert (seen.looks, seen.watched_s) == (4, 2.0)  # 1000.5 is a stumble
