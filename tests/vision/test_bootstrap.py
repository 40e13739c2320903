"""How certain a gain is: plainly better, plainly worse, and luck."""

from __future__ import annotations

import numpy as np
import pytest

from vision.average_precision import average_precision_by_class
from vision.bootstrap import paired_bootstrap
from vision.precision_by_size import COCO_SIZES, average_precision_by_size
from vision.types import Detections


def picture(rng: np.random.Generator, recall: float, false_alarms: int) -> tuple[Detections, tuple]:
    """Four labelled boxes, of which a detector finds a share, and some that are not there."""
    corner = rng.uniform(0, 400, (4, 2))
    boxes = np.hstack([corner, corner + rng.uniform(20, 60, (4, 2))]).astype(np.float32)
    ids = np.array([0, 0, 2, 2], np.int64)
    kept = rng.random(4) < recall
    wrong = rng.uniform(500, 900, (false_alarms, 2))
    wrong = np.hstack([wrong, wrong + 30]).astype(np.float32)
    xyxy = np.vstack([boxes[kept], wrong])
    class_id = np.concatenate([ids[kept], np.zeros(false_alarms, np.int64)])
    return Detections(xyxy, rng.uniform(0.2, 0.9, len(xyxy)).astype(np.float32), class_id), (ids, boxes)


def looks(recall: float, false_alarms: int, count: int = 60) -> tuple[list[Detections], list[tuple]]:
    """The same labels whatever the detector is: they are drawn before it."""
    made = [picture(np.random.default_rng(seed), recall, false_alarms) for seed in range(count)]
    return [found for found, _ in made], [truth for _, truth in made]


def test_what_is_plainly_better_is_certain() -> None:
    good, labels = looks(0.95, 0)
    poor, _ = looks(0.5, 2)
    overall, by_class = paired_bootstrap(good, poor, labels, [0, 1, 2], draws=200)
    assert overall.gain > 0.3
    assert 0 < overall.low < overall.gain < overall.high
    assert overall.certainty == 1.0
    assert sorted(by_class) == [0, 2]  # nothing is labelled as 1
    assert [one.boxes for one in by_class.values()] == [120, 120]
    back, _ = paired_bootstrap(poor, good, labels, [0, 1, 2], draws=200)
    assert back.certainty == 0.0
    assert back.gain == pytest.approx(-overall.gain)


def test_the_same_detector_is_not_better_than_itself() -> None:
    found, labels = looks(0.8, 1)
    overall, _ = paired_bootstrap(found, found, labels, [0, 2], draws=100)
    assert (overall.gain, overall.low, overall.high, overall.certainty) == (0, 0, 0, 0)


def test_a_hair_of_luck_is_not_certain() -> None:
    found, labels = looks(0.8, 1)
    luckier = list(found)
    luckier[0] = found[0][:0] if len(found[0]) < 3 else found[0][:-1]
    overall, _ = paired_bootstrap(luckier, found, labels, [0, 2], draws=300)
    assert overall.certainty < 0.95


def test_over_all_pictures_it_is_the_usual_average_precision() -> None:
    found, labels = looks(0.7, 2)
    overall, by_class = paired_bootstrap(found, found, labels, [0, 2], draws=2)
    usual = average_precision_by_class(found, labels, [0, 2])
    assert by_class[0].ours == pytest.approx(usual[0])
    assert overall.ours == pytest.approx((usual[0] + usual[2]) / 2)


def test_nothing_labelled_is_refused() -> None:
    empty = (np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
    with pytest.raises(ValueError, match="nothing is labelled"):
        paired_bootstrap([Detections.empty()], [Detections.empty()], [empty], [0])


def test_a_size_counts_its_own_boxes_and_forgives_the_others() -> None:
    boxes = np.array([[0, 0, 10, 10], [100, 100, 150, 150]], np.float32)
    labels = [(np.array([2, 2], np.int64), boxes)]
    stray = np.array([[300, 300, 310, 310]], np.float32)  # small, and on nothing
    found = [Detections(np.vstack([stray, boxes[1:]]), np.array([0.9, 0.8], np.float32), np.array([2, 2], np.int64))]
    small, medium, large = (average_precision_by_size(found, labels, [1.0], [2], size)[2] for size in COCO_SIZES)
    assert small == (0.0, 1)  # missed, and a false alarm of that size
    assert medium == (1.0, 1)  # found; the small stray is no false alarm here
    assert large == (None, 0)
    assert average_precision_by_size(found, labels, [10.0], [2], COCO_SIZES[2])[2] == (pytest.approx(0.25), 2)
