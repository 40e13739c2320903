"""Ground planes: there and back, how far to trust them, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.vision.crowd import CAMERA, PLANE, WH, people, plane_error
from vision.ground import BadGround, foot, from_camera, from_points
from vision.ground_learnt import GroundLearner
from vision.types import Detections

SEEN_PX = np.array([[300, 700], [1500, 650], [1700, 1000], [200, 1020], [960, 800.0]])


def test_points_go_to_metres_and_back() -> None:
    assert PLANE.pixels(PLANE.metres(SEEN_PX)) == pytest.approx(SEEN_PX)


def test_a_camera_straight_above_has_one_scale_everywhere() -> None:
    plane = from_camera(10.0, np.pi / 2, 1000.0, WH)
    assert plane.px_per_metre(SEEN_PX) == pytest.approx(np.full(5, 100.0))


def test_what_lies_above_the_horizon_is_nowhere() -> None:
    _, tilt, focal = CAMERA
    horizon_y = WH[1] / 2 - focal * np.tan(tilt)
    assert np.isnan(PLANE.metres(np.array([[960.0, horizon_y - 5]]))).all()
    assert np.isfinite(PLANE.metres(np.array([[960.0, horizon_y + 5]]))).all()
    assert np.isinf(PLANE.error_m(np.array([[960.0, horizon_y - 5]]))).all()


def test_four_points_determine_the_plane() -> None:
    found = from_points(SEEN_PX[:4], PLANE.metres(SEEN_PX[:4]))
    assert found.metres(SEEN_PX) == pytest.approx(PLANE.metres(SEEN_PX))


def test_what_the_points_were_measured_badly_by_is_told() -> None:
    """Over many draws, the error that is told is the error that there is."""
    rng, told, real = np.random.default_rng(3), [], []
    asked = np.array([[700.0, 750.0], [1200.0, 950.0]])
    for _ in range(60):
        found = from_points(SEEN_PX + rng.normal(0, 2.0, SEEN_PX.shape), PLANE.metres(SEEN_PX), 2.0)
        told.append(found.error_m(asked))
        real.append(np.linalg.norm(found.metres(asked) - PLANE.metres(asked), axis=1))
    assert np.sqrt((np.array(real) ** 2).mean(axis=0)) == pytest.approx(np.mean(told, axis=0), rel=0.35)


@pytest.mark.parametrize(
    ("px", "metres", "says"),
    [
        ([(0, 0), (1, 0), (1, 1)], [(0, 0), (1, 0), (1, 1)], "four or more"),
        ([(0, 0), (1, 1), (2, 2), (5, 0)], [(0, 0), (1, 1), (2, 2), (5, 0)], "on a line|one line"),
        ([(7, 7)] * 4, [(0, 0), (1, 0), (1, 1), (0, 1)], "same point"),
        ([(0, 0), (9, 0), (9, 9), (0, 9)], [(0, 0), (1, 0), (0, 1), (1, 1)], "same order"),
        ([(0, 0), (9, 0), (9, 9), (0, np.nan)], [(0, 0), (1, 0), (1, 1), (0, 1)], "finite"),
    ],
    ids=["three", "on a line", "one point", "crossed", "not a number"],
)
def test_points_that_determine_nothing_are_refused(px: list[tuple[float, float]], metres: object, says: str) -> None:
    with pytest.raises(BadGround, match=says):
        from_points(px, metres)  # type: ignore[arg-type]


def seen_for(looks: int, learner: GroundLearner, *, of: int = 6, wrong: int = 0) -> GroundLearner:
    """So many looks at passers-by, of whom some boxes are of nobody."""
    rng = np.random.default_rng(11)
    for _ in range(looks):
        at_m = np.stack([rng.uniform(-4, 4, of), rng.uniform(5, 30, of)], axis=1)
        seen = people(at_m, rng.normal(1.68, 0.08, of))
        boxes = seen.xyxy + rng.normal(0, 0.02, seen.xyxy.shape) * (seen.xyxy[:, 3:] - seen.xyxy[:, 1:2])
        boxes[:wrong, 1] -= rng.uniform(50, 150, wrong)
        learner.see(Detections(boxes.astype(np.float32), seen.confidence, seen.class_id), WH)
    return learner


def test_the_ground_is_learnt_from_passers_by() -> None:
    where = np.array([[-2.0, 8.0], [2.0, 8.0], [0.0, 12.0], [-2.0, 14.0]])
    plane = seen_for(60, GroundLearner()).plane(WH)
    assert plane is not None
    assert plane_error(plane, where) < 0.15
    told = plane.length_error(foot(people(where).xyxy))
    assert 0.03 < told.max() < 0.25


def test_boxes_of_nobody_pull_it_little() -> None:
    where = np.array([[-2.0, 8.0], [2.0, 8.0], [0.0, 12.0]])
    plane = seen_for(60, GroundLearner(), wrong=1).plane(WH)
    assert plane is not None
    assert plane_error(plane, where) < 0.25


def test_little_seen_is_trusted_less() -> None:
    few, many = seen_for(2, GroundLearner()).plane(WH), seen_for(60, GroundLearner()).plane(WH)
    assert few is not None
    assert many is not None
    at = foot(people(np.array([[0.0, 25.0]])).xyxy)
    assert few.length_error(at)[0] > many.length_error(at)[0]


def test_nothing_seen_is_no_ground() -> None:
    assert GroundLearner().plane(WH) is None
    assert seen_for(1, GroundLearner(), of=3).plane(WH) is None


def test_a_restart_knows_the_ground_and_no_person() -> None:
    learner = seen_for(30, GroundLearner())
    again = GroundLearner()
    again.restore(json.loads(json.dumps(learner.state())))
    before, after = learner.learnt(WH), again.learnt(WH)
    assert before is not None
    assert after is not None
    assert after.height_m == pytest.approx(before.height_m, rel=0.1)
    again.restore({})  # what a measured ground stores


def test_another_resolution_sees_the_same_ground() -> None:
    learner = seen_for(30, GroundLearner())
    large, small = learner.plane(WH), learner.plane((960, 540))
    assert large is not None
    assert small is not None
    assert small.metres(SEEN_PX / 2) == pytest.approx(large.metres(SEEN_PX))
    assert large.scaled(0.5, 0.5).metres(SEEN_PX / 2) == pytest.approx(large.metres(SEEN_PX))
