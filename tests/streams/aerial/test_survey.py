"""A clip and its telemetry, looked through before it is judged: as they belong together, and as they do not."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from drone.self_check import Finding
from drone.telemetry.track import PoseTrack, Timing, track
from streams.accuracy.aerial_scene import AerialScene, Flight
from streams.aerial import trust
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import FilePoses
from streams.aerial.survey import begins_at, survey
from streams.decoding.encode import write_mp4
from tests.streams.aerial.flights import SETTINGS, START, camera, kerb, look

FPS, LENGTH_S = 3, 6.0


def at(time_s: float) -> tuple[float, float, float, float, float]:
    """Ahead by fits and starts, looking left and right: what shows clocks and yaw."""
    along = 3 * time_s + 5 * math.sin(time_s) - 60
    return 0.0, along, 40.0, 14 * math.sin(1.3 * time_s), -50.0


SCENE = AerialScene(Flight(at), ((-5.8, 0.0),), resolution_wh=(480, 270))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flight") / "clip.mp4"
    write_mp4(path, SCENE.pictures(LENGTH_S, FPS), fps=FPS, gop=1)
    return path


def judged(clip: Path, told: PoseTrack) -> tuple[AerialPipeline, Finding]:
    pipeline = AerialPipeline(camera(kerb(SCENE)), poses=FilePoses(told))
    verdict = survey(str(clip), pipeline, START)
    assert verdict is not None
    return pipeline, verdict.finding


def test_a_clip_with_its_own_telemetry_is_believed(clip: Path) -> None:
    pipeline, finding = judged(clip, SCENE.telemetry(LENGTH_S))
    assert finding is Finding.SOUND
    assert pipeline.eyes.doubted is None
    assert abs(pipeline.eyes.poses.offset_s) < 0.1


def test_a_clock_that_is_ahead_is_set(clip: Path) -> None:
    pipeline, _ = judged(clip, SCENE.telemetry(LENGTH_S + 2).shifted(0.8))
    assert pipeline.eyes.doubted is None
    assert pipeline.eyes.poses.offset_s == pytest.approx(0.8, abs=0.1)


def test_a_flipped_yaw_places_nothing(clip: Path) -> None:
    pipeline, finding = judged(clip, SCENE.telemetry(LENGTH_S, noise=flipped))
    assert finding is Finding.TURNED
    assert pipeline.eyes.doubted is not None
    assert "turned" in pipeline.eyes.doubted


def flipped(times: np.ndarray) -> np.ndarray:
    return np.tile([0, 0, 0, 0, 180.0, 0, 0], (len(times), 1))


def flown_live(pipeline: AerialPipeline, begins_s: float) -> list[bool]:
    """Whether each look of a pass is placed."""
    looks = []
    for n in range(40):
        frame, found = look(SCENE, n * 0.15, begins_s)
        looks.append(pipeline.wants(frame).infer)
        pipeline.step(frame, found if looks[-1] else None)
    return looks


@pytest.mark.parametrize("how", ["another flight", "the same"])
def test_a_live_drone_whose_telemetry_was_wrong_is_believed_again_once_it_is_right(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was placed any more, whatever it told, until the worker was started anew."""
    monkeypatch.setattr(trust, "_AGAIN_S", 5.0)
    poses = FilePoses(SCENE.telemetry(LENGTH_S, noise=flipped))
    pipeline = AerialPipeline(camera(kerb(SCENE)), poses=poses)
    assert flown_live(pipeline, 0.0)[-1] is False
    assert pipeline.eyes.doubted is not None
    poses._track = SCENE.telemetry(LENGTH_S)
    if how == "another flight":
        assert flown_live(pipeline, 100.0) == [True] * 40
    else:
        assert flown_live(pipeline, 7.0)[0] is False
        assert flown_live(pipeline, 14.0)[-1] is True
    assert pipeline.eyes.doubted is None


def test_when_a_clip_begins() -> None:
    stated, written = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)
    local = datetime(2026, 5, 1, 16)
    rows = [(1_777_622_400.0, (113.65, 34.75, 0, 60, 0, -45, 0))]

    def begins(told: PoseTrack, asked: datetime | None, made: datetime | None) -> datetime:
        return begins_at(AerialPipeline(camera(kerb(SCENE), SETTINGS), poses=FilePoses(told)), asked, made)[0]

    utc = track(rows, Timing.UTC, "GPX")
    media = track([(0.0, rows[0][1])], Timing.MEDIA, "DJI SRT", began_at=local)
    assert begins(utc, stated, written) == stated
    assert begins(utc, None, written) == written
    assert begins(utc, None, None) == datetime(2026, 5, 1, 8, tzinfo=UTC)
    # DJI writes the drone's own time: the site's.
    assert begins(media, None, written) == datetime(2026, 5, 1, 8, tzinfo=UTC)
