"""Champion against challenger: enough to judge by, ahead, certain; and what is lost on the way is told."""

from __future__ import annotations

import numpy as np

from models.spec import ObjectClass
from streams.accuracy.challenge import Comparison, compared
from vision.types import Detections

CAR, BUS = int(ObjectClass.CAR), int(ObjectClass.BUS)
BOXES = np.array([[10, 10, 60, 50], [100, 100, 180, 160], [200, 10, 260, 60]], np.float32)
TRUTH = (np.array([CAR, CAR, BUS], np.int64), BOXES)


def finds(rows: list[int], seed: int) -> Detections:
    confidence = np.random.default_rng(seed).uniform(0.3, 0.9, len(rows)).astype(np.float32)
    return Detections(BOXES[rows], confidence, TRUTH[0][rows])


def against(champion: list[list[int]], challenger: list[list[int]]) -> Comparison:
    theirs = [finds(rows, i) for i, rows in enumerate(champion)]
    ours = [finds(rows, i) for i, rows in enumerate(challenger)]
    return compared("old", "new", theirs, ours, [TRUTH] * len(ours), draws=200)


def test_what_finds_more_takes_over() -> None:
    found = against([[0]] * 40, [[0, 1, 2]] * 40)
    assert found.better(0.95)
    assert found.losses == {}
    assert found.facts()["ap50"]["gain"] == 0.75
    assert "new 1.000, old 0.250 AP50 on 40 pictures (120 boxes): +0.750" in found.sentence()


def test_what_is_worse_or_the_same_does_not() -> None:
    assert not against([[0, 1, 2]] * 40, [[0]] * 40).better(0.5)
    assert not against([[0, 1]] * 40, [[0, 1]] * 40).better(0.5)


def test_few_pictures_decide_nothing() -> None:
    found = against([[0]] * 10, [[0, 1, 2]] * 10)
    assert not found.better(0.5)
    assert "too few to judge by" in found.sentence()


def test_a_class_that_loses_for_certain_is_told_of_a_winner_too() -> None:
    found = against([[0, 2]] * 30 + [[2]] * 10, [[0, 1, 2]] * 28 + [[0, 1]] * 12)
    assert found.better(0.95)
    assert list(found.losses) == ["bus"]
    assert "loses 0.300 on bus (40 boxes)" in found.sentence()
