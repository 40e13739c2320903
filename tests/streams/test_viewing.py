"""A camera with small objects is looked at in tiles, in its replay as alive; the others are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from streams.clock import SystemClock
from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from streams.decoding.picture import ArrayShot, YuvShot
from streams.delivery.outbox import Outbox
from streams.metrics.record import Metrics
from streams.settings.ground import GroundSettings
from streams.site import CameraSpec, ZoneSpec
from streams.viewing import Viewer, smallest_px
from streams.watched import Tools, WatchedCamera
from tests.eyes import Eyes
from vision.types import Detections, Frame, HazardKind, Picture

KERB = ((0.1, 0.6), (0.45, 0.6), (0.45, 0.95), (0.1, 0.95))
FIT = (640, 384)


class Counting(Eyes):
    """Sees nothing, and keeps the sizes of what it was shown, px of the full frame."""

    fit_wh = FIT
    named: dict[str, str] = {}  # noqa: RUF012  (nobody writes it)

    def __init__(self) -> None:
        self.shown: list[tuple[int, int]] = []

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        self.shown.append(source_wh)
        return Detections.empty()


def camera(*, small_objects: bool) -> CameraSpec:
    zone = ZoneSpec(id="kerb", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=KERB)
    return CameraSpec(id="cam", url="rtsp://192.0.2.7/", small_objects=small_objects, zone=(zone,))


def frame(source_wh: tuple[int, int]) -> Frame:
    picture = np.zeros((source_wh[1], source_wh[0], 3), np.uint8)
    return Frame("cam", datetime(2026, 1, 1, tzinfo=UTC), 0.0, source_wh, ArrayShot(picture, FIT))


def test_an_upright_picture_is_shown_in_parts_as_large_as_if_it_lay() -> None:
    detector = Counting()
    Viewer(camera(small_objects=False)).detect(frame((1080, 1920)), detector)  # type: ignore[arg-type]
    whole, *parts = detector.shown
    assert whole == (1080, 1920)
    assert parts
    for wide, high in parts:
        assert min(FIT[0] / wide, FIT[1] / high) == pytest.approx(640 / 1920, rel=0.02)


def test_only_a_camera_with_small_objects_is_looked_at_in_tiles() -> None:
    for small_objects, looks in ((False, 1), (True, 2)):
        detector = Counting()
        Viewer(camera(small_objects=small_objects)).detect(frame((1920, 1080)), detector)  # type: ignore[arg-type]
        assert detector.shown[0] == (1920, 1080)
        assert len(detector.shown) >= looks
        assert all(wide < 1920 for wide, _ in detector.shown[1:])


def test_another_resolution_is_planned_anew_and_the_same_is_not() -> None:
    viewer = Viewer(camera(small_objects=True))
    first = viewer.tiles((1920, 1080), FIT)
    assert viewer.tiles((1920, 1080), FIT) is first
    larger = viewer.tiles((3840, 2160), FIT)
    assert max(tile[2] for tile in larger) > max(tile[2] for tile in first)


@pytest.mark.parametrize(("height_m", "tilt_deg", "car_px"), [(4.0, 60.0, 635), (12.0, 30.0, 131), (60.0, 25.0, 23)])
def test_a_measured_ground_says_how_small_things_are(height_m: float, tilt_deg: float, car_px: float) -> None:
    """A car's width at the far edge of the zone, by the pinhole camera itself."""
    ground = GroundSettings(height_m=height_m, tilt_deg=tilt_deg)
    spec = camera(small_objects=True).model_copy(update={"ground": ground})
    far_y = min(corner[1] for zone in spec.zone for corner in zone.polygon) * 1080
    focal_px = 960 / np.tan(np.radians(30))
    below = np.radians(tilt_deg) + np.arctan((far_y - 540) / focal_px)
    away_m = height_m / np.sin(below) * np.cos(below - np.radians(tilt_deg))
    assert smallest_px(spec, (1920, 1080)) == pytest.approx(1.7 * focal_px / away_m, rel=0.02)
    assert smallest_px(spec, (1920, 1080)) == pytest.approx(car_px, abs=1)
    assert bool(Viewer(spec).tiles((1920, 1080), FIT)) == (car_px < 70)


@pytest.fixture
def decoded(assets: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(assets / "clips" / "town_centre_walkers.mp4")) as container:
        yield next(container.decode(video=0))


@pytest.mark.parametrize("box", [(640, 300, 1280, 684), (1281, 301, 1919, 683)], ids=["even", "odd"])
def test_a_region_is_cut_as_the_whole_picture_shows_it(decoded: av.VideoFrame, box: tuple[int, int, int, int]) -> None:
    x1, y1, x2, y2 = box
    shot = YuvShot(decoded, FIT)
    cut = shot.crop(box, (640, 384))
    whole = shot.full_bgr()[y1:y2, x1:x2, ::-1]
    assert np.abs(cut.astype(int) - whole).max() <= 1


def test_a_region_is_scaled_down_to_fit_and_never_up(decoded: av.VideoFrame) -> None:
    shot = YuvShot(decoded, FIT)
    assert shot.crop((0, 0, 1280, 768), FIT).shape == (384, 640, 3)
    assert shot.crop((100, 100, 300, 200), FIT).shape == (100, 200, 3)


@pytest.mark.parametrize("small_objects", [False, True])
def test_the_worker_looks_in_tiles_where_the_site_says_so(tmp_path: Path, small_objects: bool) -> None:
    class Nobody:
        def put(self, item: Look, /) -> None: ...

    noise = np.random.default_rng(0).integers(0, 255, (1080, 1920, 3)).astype(np.uint8)
    picture = av.VideoFrame.from_ndarray(noise, format="rgb24").reformat(format="yuv420p")
    look = Look("cam", datetime(2026, 1, 1, tzinfo=UTC), 0.0, FIT, lambda decoders: picture)
    outbox = Outbox(tmp_path / "worker.db")
    watched = WatchedCamera(
        camera(small_objects=small_objects), outbox, Nobody(), fit_wh=FIT, metrics=Metrics(), clock=SystemClock()
    )
    detector = Counting()
    seen = watched.look(look, Tools(detector, KeyDecoders()), looked_at=False)  # type: ignore[arg-type]
    assert seen is not None
    assert seen.detections is not None
    assert detector.shown[0] == (1920, 1080)
    assert (len(detector.shown) > 1) == small_objects
    outbox.close()
