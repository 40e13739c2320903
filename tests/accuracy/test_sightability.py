"""How often persons are found, by height and crowding: from labelled pictures to numbers of people."""

from __future__ import annotations

import numpy as np
import pytest

from streams.accuracy.sightability import Looked, table_of
from vision.density import estimate, is_crowded


def crowd(rng: np.random.Generator, count: int, tall: float, apart: float) -> np.ndarray:
    """People side by side, px; nearer together than 0.35 of their width they cover each other."""
    x = np.arange(count) * apart + rng.uniform(0, 1, count)
    y = np.full(count, 100.0) + tall
    return np.stack([x, y - tall, x + 0.4 * tall, y], axis=1).astype(np.float32)


def pictures(seed: int, count: int) -> list[Looked]:
    """Eight of ten who stand alone are found, four of ten in a crowd."""
    rng, made = np.random.default_rng(seed), []
    for k in range(count):
        true = crowd(rng, 12, 80.0, 24.0 if k % 2 else 60.0)
        found = true[rng.random(12) < (0.4 if k % 2 else 0.8)]
        made.append(Looked(true, found, 1.0))
    return made


def test_the_table_is_how_often_they_were_found() -> None:
    table = table_of(pictures(1, 120))
    assert table.alone[3] == pytest.approx(0.8, abs=0.05)
    assert table.crowded[3] == pytest.approx(0.4, abs=0.05)
    assert table.alone[0] == 0.5  # nobody so small was seen
    assert table.doubt[0, 0] > 4 * table.doubt[0, 3]


def test_people_are_estimated_where_boxes_fall_short() -> None:
    table, about, boxes = table_of(pictures(1, 120)), 0.0, 0
    for one in pictures(2, 60):
        alone = np.zeros(len(one.found), bool) if not is_crowded(one.true).any() else np.ones(len(one.found), bool)
        about += estimate(np.full(len(one.found), 80.0), alone, table).people
        boxes += len(one.found)
    assert about / (60 * 12) == pytest.approx(1.0, abs=0.08)
    assert boxes / (60 * 12) < 0.7
