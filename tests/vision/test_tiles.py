"""Small things are looked for where the zones are, and each thing is one box however many tiles show it."""

from __future__ import annotations

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from models.spec import Head, ModelSpec, ObjectClass
from streams.decoding.picture import ArrayShot
from tests.eyes import Eyes
from vision.boxes import iou
from vision.detect import Detector
from vision.tiles import SEEN_PX, Tile, look_at, plan
from vision.types import Detections, Floats, Frame, Picture

FULL_HD = (1920, 1080)
FIT = (640, 384)
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
LEFT_BELOW = ((0.1, 0.6), (0.45, 0.6), (0.45, 0.95), (0.1, 0.95))


def inside(tile: Tile, box: tuple[float, float, float, float]) -> bool:
    return tile[0] <= box[0] and tile[1] <= box[1] and box[2] <= tile[2] and box[3] <= tile[3]


@pytest.mark.parametrize("most", [1, 4, 8, 40])
@pytest.mark.parametrize("polygon", [WHOLE, LEFT_BELOW], ids=["the whole picture", "a zone"])
@pytest.mark.parametrize("source_wh", [FULL_HD, (3840, 2160), (1280, 720)], ids=str)
def test_tiles_lie_in_the_frame_and_are_never_more_than_allowed(
    source_wh: tuple[int, int], polygon: tuple[tuple[float, float], ...], most: int
) -> None:
    tiles = plan([polygon], source_wh, FIT, most=most)
    assert len(tiles) <= most
    assert len(set(tiles)) == len(tiles)
    for x1, y1, x2, y2 in tiles:
        assert 0 <= x1 < x2 <= source_wh[0]
        assert 0 <= y1 < y2 <= source_wh[1]


@pytest.mark.parametrize("polygon", [WHOLE, LEFT_BELOW], ids=["the whole picture", "a zone"])
def test_a_small_thing_anywhere_in_a_zone_lies_whole_in_a_tile(polygon: tuple[tuple[float, float], ...]) -> None:
    tiles = plan([polygon], FULL_HD, FIT, most=40)
    largest = SEEN_PX / (FIT[0] / FULL_HD[0])  # what is larger is found in the full view
    low = np.array(polygon).min(axis=0) * FULL_HD
    high = np.array(polygon).max(axis=0) * FULL_HD
    random = np.random.default_rng(0)
    for x, y in random.uniform(low, high, (500, 2)):
        box = tuple(np.clip([x - largest / 2, y - largest / 2, x + largest / 2, y + largest / 2], 0, [*FULL_HD] * 2))
        assert any(inside(tile, box) for tile in tiles), (x, y)


def test_tiles_are_where_the_zones_are() -> None:
    tiles = plan([LEFT_BELOW], FULL_HD, FIT)
    assert len(tiles) <= 4
    assert max(tile[2] for tile in tiles) < 0.6 * FULL_HD[0]
    assert min(tile[1] for tile in tiles) > 0.4 * FULL_HD[1]


def test_smaller_things_take_smaller_tiles_and_large_ones_none() -> None:
    def widths(object_px: float) -> set[int]:
        return {x2 - x1 for x1, _, x2, _ in plan([LEFT_BELOW], FULL_HD, FIT, object_px=object_px, most=40)}

    assert max(widths(16)) < min(widths(32)) < min(widths(48))
    assert widths(90) == set()


def test_zones_close_together_share_a_tile() -> None:
    kerb = ((0.40, 0.50), (0.45, 0.50), (0.45, 0.55), (0.40, 0.55))
    gate = ((0.50, 0.55), (0.55, 0.55), (0.55, 0.60), (0.50, 0.60))
    assert len(plan([kerb, gate], FULL_HD, FIT)) == 1
    far = ((0.90, 0.05), (0.95, 0.05), (0.95, 0.10), (0.90, 0.10))
    assert len(plan([kerb, gate, far], FULL_HD, FIT)) == 2


def test_no_zones_and_no_gain_are_no_tiles() -> None:
    assert plan([], FULL_HD, FIT) == ()
    assert plan([WHOLE], (640, 360), FIT, object_px=64) == ()
    with pytest.raises(ValueError, match="at least 1, got 0"):
        plan([WHOLE], FULL_HD, FIT, most=0)


class Painted(Eyes):
    """A detector for white rectangles: finds those that are at least `least_px` wide in what it is shown."""

    def __init__(self, least_px: float = 12.0) -> None:
        self.fit_wh, self.least_px, self.looks = FIT, least_px, 0

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        self.looks += 1
        scale = source_wh[0] / rgb.shape[1]
        shown_scale = min(FIT[0] / rgb.shape[1], FIT[1] / rgb.shape[0])  # as the letterbox would show it
        _, _, stats, _ = cv2.connectedComponentsWithStats((rgb[..., 0] > 127).astype(np.uint8))
        boxes = [(x, y, x + w, y + h) for x, y, w, h, _ in stats[1:] if w * shown_scale >= self.least_px]
        xyxy = np.array(boxes, np.float32).reshape(-1, 4) * scale
        # The larger something is shown, the surer: so a cut half is less sure than the whole in another tile.
        sure = np.clip((xyxy[:, 2] - xyxy[:, 0]) / scale / 100, 0.3, 0.9).astype(np.float32)
        return Detections(xyxy, sure, np.full(len(boxes), int(ObjectClass.CAR), np.int64))


def frame_with(*boxes: tuple[int, int, int, int]) -> Frame:
    picture = np.zeros((1080, 1920, 3), np.uint8)
    for x1, y1, x2, y2 in boxes:
        picture[y1:y2, x1:x2] = 255
    return Frame("cam", datetime(2026, 1, 1, tzinfo=UTC), 0.0, FULL_HD, ArrayShot(picture, FIT))


def matched(found: Detections, boxes: list[tuple[int, int, int, int]]) -> bool:
    """Exactly one box on each of these, and no other."""
    overlap = iou(found.xyxy, np.array(boxes, np.float32))
    return (
        len(found) == len(boxes)
        and bool((overlap.max(axis=0) > 0.7).all())
        and bool((overlap > 0.1).sum() == len(boxes))
    )


def test_every_small_thing_is_found_once_wherever_the_borders_run() -> None:
    """Things of 30 px, too small for the full view, in rows that are astride of every border."""
    boxes = [(x, y, x + 30, y + 20) for x in range(5, 1880, 61) for y in range(5, 1050, 53)]
    frame, detector = frame_with(*boxes), Painted()
    tiles = plan([WHOLE], FULL_HD, FIT, most=40)
    assert len(look_at(frame, detector, ())) == 0
    assert matched(look_at(frame, detector, tiles), boxes)
    assert detector.looks == 1 + 1 + len(tiles)


def test_what_no_tile_holds_whole_is_the_full_views() -> None:
    boxes = [(100, 100, 1500, 900), (1600, 100, 1700, 160)]
    found = look_at(frame_with(*boxes), Painted(), plan([WHOLE], FULL_HD, FIT, most=40))
    assert matched(found, boxes)


def test_things_side_by_side_stay_two() -> None:
    boxes = [(700, 500, 740, 530), (742, 500, 782, 530), (700, 532, 740, 562)]
    assert matched(look_at(frame_with(*boxes), Painted(), plan([WHOLE], FULL_HD, FIT, most=40)), boxes)


def test_at_the_frames_own_border_nothing_is_cut_by_a_tile() -> None:
    boxes = [(0, 500, 30, 520), (1890, 0, 1920, 20), (900, 1060, 930, 1080)]
    assert matched(look_at(frame_with(*boxes), Painted(), plan([WHOLE], FULL_HD, FIT, most=40)), boxes)


def test_a_person_before_a_car_is_kept_across_views() -> None:
    class Two(Eyes):
        fit_wh = FIT

        def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
            box = np.array([[100, 100, 200, 200]], np.float32)
            kind = ObjectClass.CAR if source_wh == FULL_HD else ObjectClass.PERSON
            return Detections(box, np.array([0.8], np.float32), np.array([int(kind)], np.int64))

    found = look_at(frame_with(), Two(), ((0, 0, 640, 384),))  # type: ignore[arg-type]
    assert sorted(found.class_id.tolist()) == [int(ObjectClass.PERSON), int(ObjectClass.CAR)]


def test_without_tiles_a_look_is_the_detectors_own() -> None:
    spec = ModelSpec("m", None, Head.END_TO_END, ("car",), (384, 640), 0, "")  # type: ignore[arg-type]
    row = np.array([[[10, 10, 50, 50, 0.9, 0]]], np.float32)

    def infer(picture: Floats) -> Floats:
        return row

    detector = Detector(spec, infer)
    frame = frame_with()
    np.testing.assert_array_equal(look_at(frame, detector, ()).xyxy, detector(frame.rgb, FULL_HD).xyxy)
