"""A picture that turns, zooms and shifts, with things in it that do and do not move on the ground."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.ego_motion import Motion, ego_motion, own_motion
from vision.types import Picture

WH = (640, 360)


def ground(seed: int = 0) -> Picture:
    """A larger ground than a picture shows, grey uint8."""
    rng = np.random.default_rng(seed)
    small = rng.uniform(40, 215, (60, 100)).astype(np.float32)
    return np.asarray(cv2.resize(small, (1000, 600), interpolation=cv2.INTER_CUBIC).clip(0, 255), np.uint8)


def seen(
    through: NDArray[np.float64], cars: tuple[tuple[float, float], ...] = ()
) -> tuple[Picture, NDArray[np.float32]]:
    """The ground through a homography (ground px to picture px), with cars 40 x 20 at ground px, and their boxes."""
    painted = ground()
    boxes = []
    for number, (x, y) in enumerate(cars):
        cells = np.random.default_rng(number + 1).uniform(0, 255, (20, 40))
        painted[int(y) - 10 : int(y) + 10, int(x) - 20 : int(x) + 20] = cells
        corners = np.array([[x - 20.0, y - 10], [x + 20, y - 10], [x + 20, y + 10], [x - 20, y + 10]])
        at = cv2.perspectiveTransform(corners[:, None], through)[:, 0]
        boxes.append([*at.min(axis=0), *at.max(axis=0)])
    return np.asarray(cv2.warpPerspective(painted, through, WH), np.uint8), np.array(boxes, np.float32).reshape(-1, 4)


def turned(degrees: float, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.float64]:
    middle = np.vstack([cv2.getRotationMatrix2D((500, 300), degrees, scale), [0, 0, 1]])
    return np.array([[1, 0, shift[0] - 180], [0, 1, shift[1] - 120], [0, 0, 1.0]]) @ middle


@pytest.mark.parametrize(("degrees", "scale", "shift"), [(3, 1.0, (12, -7)), (-6, 1.04, (-20, 5)), (0, 0.97, (30, 18))])
def test_the_grounds_motion_is_found_to_a_fraction_of_a_pixel(
    degrees: float, scale: float, shift: tuple[float, float]
) -> None:
    one, other = turned(0), turned(degrees, scale, shift)
    found = ego_motion(seen(one)[0], seen(other)[0], WH)
    assert found is not None
    points = np.random.default_rng(1).uniform((60, 60), (580, 300), (50, 2))
    expected = cv2.perspectiveTransform(points[:, None], other @ np.linalg.inv(one))[:, 0]
    assert np.abs(found.carry(points) - expected).max() < 0.5


def test_a_parked_car_stays_and_a_driven_one_moves_while_the_camera_turns() -> None:
    before, was = seen(turned(0), ((450, 300), (560, 330)))
    now, are = seen(turned(4, 1.0, (25, 10)), ((450, 300), (575, 330)))
    motion = ego_motion(before, now, WH, was)
    assert motion is not None
    link, moved = own_motion(motion, was, are)
    assert link.tolist() == [0, 1]
    assert np.linalg.norm(moved[0]) < 1.0
    assert np.linalg.norm(moved[1]) == pytest.approx(15.0, abs=1.0)
    # In the picture it is the parked one that seems to move.
    raw = np.linalg.norm((are - was)[:, :2] + (are - was)[:, 2:], axis=1) / 2
    assert raw[0] > 15


def test_a_car_that_moves_with_the_camera_is_moving() -> None:
    """Slow yaw the other way round: at rest in the picture, and so moving on the ground."""
    before, was = seen(turned(0), ((500, 300),))
    now, are = seen(turned(0, 1.0, (-12, 0)), ((512, 300),))
    motion = ego_motion(before, now, WH, was)
    assert motion is not None
    _, moved = own_motion(motion, was, are)
    assert np.abs(are - was).max() < 0.5
    assert np.linalg.norm(moved[0]) == pytest.approx(12.0, abs=1.0)


def test_far_motion_needs_a_guess() -> None:
    one, other = turned(0), turned(0, 1.0, (150, 60))
    before, now = seen(one)[0], seen(other)[0]
    alone = ego_motion(before, now, WH)
    led = ego_motion(before, now, WH, guess=other @ np.linalg.inv(one))
    assert led is not None
    assert led.carry(np.array([[300.0, 200.0]]))[0] == pytest.approx([450.0, 260.0], abs=0.5)
    assert alone is None or np.abs(alone.carry(np.array([[300.0, 200.0]]))[0] - [450, 260]).max() < 1


def test_nothing_to_follow_tells_nothing() -> None:
    flat = np.full((360, 640), 120, np.uint8)
    assert ego_motion(flat, flat, WH) is None
    assert ego_motion(seen(turned(0))[0], np.asarray(ground(9)[:360, :640]), WH) is None
    assert ego_motion(flat, flat[:180], WH) is None


def test_boxes_that_are_not_the_same_thing_are_not_linked() -> None:
    motion = Motion(np.eye(3), np.zeros((0, 2)), np.zeros((0, 2)), 0.1)
    was = np.array([[100, 100, 140, 120]], np.float32)
    far, large = np.array([[200, 100, 240, 120]], np.float32), np.array([[80, 80, 160, 160]], np.float32)
    assert own_motion(motion, was, far)[0].tolist() == [-1]
    assert own_motion(motion, was, far, reach_px=120.0)[0].tolist() == [0]
    assert own_motion(motion, was, large)[0].tolist() == [-1]
    assert own_motion(motion, was[:0], far)[0].tolist() == [-1]


def test_a_real_drone_that_turns_slowly(assets: Path) -> None:
    """The oblique clip: what is at rest on the ground crosses the picture, and the ground's motion explains it."""
    with av.open(str(assets / "clips" / "oblique_drone_parked_cars.mp4")) as clip:
        frames = [f.to_ndarray(format="gray") for f, _ in zip(clip.decode(video=0), range(46), strict=False)]
    motion = ego_motion(frames[0], frames[45], (768, 432))
    assert motion is not None
    assert motion.error_px < 1.0
    stirred = np.median(np.linalg.norm(motion.now - motion.before, axis=1))
    assert stirred > 3 * motion.error_px
