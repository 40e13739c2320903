"""A moving camera's tiles lie where its zones are in each look, and are as fine as things are small there."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from drone.locate import project
from streams.accuracy.aerial_scene import AerialScene, Flight, passing
from streams.aerial.choice import viewer_of
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import FilePoses
from streams.viewing import SMALL_M
from tests.eyes import Eyes
from tests.streams.aerial.flights import WH, camera, kerb, look, street
from vision.types import Detections, Frame, Picture

FIT = (640, 384)


class Counting(Eyes):
    fit_wh = FIT

    def __init__(self) -> None:
        self.shown: list[tuple[int, int]] = []

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        self.shown.append(source_wh)
        return Detections.empty()


def flown(scene: AerialScene, *, small_objects: bool = True) -> AerialPipeline:
    spec = camera(kerb(scene)).model_copy(update={"small_objects": small_objects})
    return AerialPipeline(spec, poses=FilePoses(scene.telemetry(30.0)))


def at(scene: AerialScene, time_s: float) -> Frame:
    frame, _ = look(scene, time_s)
    return frame


@pytest.fixture(scope="module")
def scene() -> AerialScene:
    return street()


def test_a_zone_lies_where_the_pose_says_and_some_metres_around(scene: AerialScene) -> None:
    frame = at(scene, 4.0)
    seen = flown(scene).in_view(frame)
    assert len(seen.outlines) == 1
    outline = np.array(seen.outlines[0]) * WH
    side = np.array([[-4.0, 0.0], [-8.0, 0.0], [-6.0, 10.0]])
    zone_px = project(scene.lonlat(side), scene.view(4.0), scene.lens)
    here = [px for px in zone_px if (px >= 0).all() and (px < WH).all()]
    assert here
    for x, y in here:
        assert outline[:, 0].min() < x < outline[:, 0].max()
        assert outline[:, 1].min() < y < outline[:, 1].max()
    assert outline[:, 0].max() < 0.75 * WH[0]  # it is the west kerb: not all of the picture


def test_things_are_as_small_as_the_height_says() -> None:
    """Straight down from 60 m a car's width, by the pinhole camera itself."""
    scene = AerialScene(passing(60.0, pitch_deg=-90.0), (), (), resolution_wh=WH)
    focal_px = WH[0] / 2 / np.tan(np.radians(35.0))
    found = flown(scene).in_view(at(scene, 4.0)).smallest_px
    assert found == pytest.approx(SMALL_M * focal_px / 60.0, rel=0.03)


def test_a_picture_without_a_zone_has_no_tile_and_one_with_some_has_few(scene: AerialScene) -> None:
    away = AerialScene(passing(yaw_deg=180.0), (), (), resolution_wh=WH)
    spec = camera(kerb(scene)).model_copy(update={"small_objects": True})
    for flight, some in ((scene, True), (away, False)):
        pipeline = AerialPipeline(spec, poses=FilePoses(flight.telemetry(30.0)))
        eyes = Counting()
        viewer_of(pipeline).detect(at(flight, 4.0 if some else 28.0), eyes)  # type: ignore[arg-type]
        assert eyes.shown[0] == WH
        assert bool(eyes.shown[1:]) == some


def test_without_small_objects_a_moving_camera_is_seen_whole(scene: AerialScene) -> None:
    eyes = Counting()
    viewer_of(flown(scene, small_objects=False)).detect(at(scene, 4.0), eyes)  # type: ignore[arg-type]
    assert eyes.shown == [WH]


@pytest.mark.parametrize(("height_m", "pitch_deg"), [(20.0, -12.0), (2.0, 0.0), (2.0, -5.0)])
def test_of_a_zone_that_reaches_behind_the_camera_the_part_before_it_is_told(height_m: float, pitch_deg: float) -> None:
    level = AerialScene(Flight(lambda time_s: (-5.0, 0.0, height_m, 0.0, pitch_deg)), (), (), resolution_wh=WH)
    frame = at(level, 4.0)
    inside = np.zeros(WH[::-1], np.uint8)
    for outline in flown(level).in_view(frame).outlines:
        cv2.fillPoly(inside, [np.round(np.array(outline) * WH).astype(np.int32)], 1)
    kerb_m = np.array([[east, north] for east in (-4.5, -6.0, -7.5) for north in np.arange(-30.0, 40.0)])
    px = project(level.lonlat(kerb_m), level.view(4.0), level.lens)
    shown = px[(np.isfinite(px) & (px >= 1) & (px < np.array(WH) - 1)).all(axis=1)]
    assert len(shown) > 10
    assert all(inside[int(y), int(x)] for x, y in shown)
