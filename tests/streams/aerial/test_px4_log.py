"""A flight that is told by PX4's own log alone: cars are where they stand, and without a gimbal nothing is placed."""

from __future__ import annotations

from pathlib import Path

import pytest

from drone.telemetry.track import ABOVE_HOME, AMSL, LAT, LON, PITCH, YAW
from streams.accuracy.aerial_scene import AerialScene
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import open_poses
from streams.delivery.events import Event
from streams.errors import SourceUnusable
from tests.drone.telemetry.ulog_writer import Log, Writer, quaternion
from tests.streams.aerial.flights import PARKED, SETTINGS, START, apart_m, camera, kerb, look, street

NOSE_DEG = 40.0
LOOKS = (0.0, 1.0, 2.0, 3.0, 4.0)
IN_VEHICLE_FRAME = 32


def flown(path: Path, scene: AerialScene, passes_s: tuple[float, ...], *, gimbal: bool = True) -> Path:
    """The scene's flight, once for each pass, as PX4 logs it: the gimbal against the vehicle's nose."""
    log = Log()
    track = scene.telemetry(6.0)
    first = track.values[0]
    log.home(1_000_000, first[AMSL] - first[ABOVE_HOME])
    for begins_s in passes_s:
        for at_s, row in zip(track.times_s + begins_s, track.values, strict=True):
            at_us = 1_000_000 + round(at_s * 1e6)
            log.attitude(at_us, NOSE_DEG)
            if gimbal:
                log.gimbal(at_us, quaternion(row[YAW] - NOSE_DEG, row[PITCH]), IN_VEHICLE_FRAME, measured=True)
            log.receiver(at_us, round((START.timestamp() + at_s) * 1e6))
            log.estimate(at_us, row[LAT], row[LON], row[AMSL])
    path.write_bytes(log.content)
    return path


def test_parked_cars_are_raised_where_they_stand(tmp_path: Path) -> None:
    scene = street()
    path = flown(tmp_path / "flight.ulg", scene, (0.0, 300.0))
    settings = SETTINGS.model_copy(update={"file": str(path)})
    pipeline = AerialPipeline(camera(kerb(scene), settings), poses=open_poses(settings))
    raised: list[Event] = []
    for begins_s in (0.0, 300.0):
        for at_s in LOOKS:
            frame, found = look(scene, at_s, begins_s)
            assert pipeline.wants(frame).infer
            raised += pipeline.step(frame, found)
    assert len(raised) == 2
    for event, place in zip(sorted(raised, key=lambda e: e.place.lat), PARKED[:2], strict=True):  # type: ignore[union-attr]
        assert apart_m(event, scene, place) < 1.0


def test_without_a_gimbal_nothing_is_placed_and_the_reason_is_said(tmp_path: Path) -> None:
    scene = street()
    settings = SETTINGS.model_copy(update={"file": str(flown(tmp_path / "f.ulg", scene, (0.0,), gimbal=False))})
    pipeline = AerialPipeline(camera(kerb(scene), settings), poses=open_poses(settings))
    want = pipeline.wants(look(scene, 0.0)[0])
    assert not want.infer
    assert "gimbal" in want.why


@pytest.mark.parametrize("what", [Writer, Log])
def test_a_log_of_nothing_has_no_place(tmp_path: Path, what: type[Writer]) -> None:
    (tmp_path / "f.ulg").write_bytes(what().content)
    with pytest.raises(SourceUnusable, match=r"f\.ulg: .*the vehicle has no place"):
        open_poses(SETTINGS.model_copy(update={"file": str(tmp_path / "f.ulg")}))
