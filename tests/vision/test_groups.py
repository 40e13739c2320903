"""Groups by distance and motion on the ground."""

from __future__ import annotations

import numpy as np
import pytest

from vision.circles import fullest
from vision.groups import Groups, density, joined

FIRST = np.array([[0.0, 0.0], [0.7, 0.0], [1.3, 0.2]])


def together(groups: Groups, at_m: np.ndarray, velocity: np.ndarray, looks: int, start_s: float = 0.0) -> np.ndarray:
    label = np.zeros(0, np.int64)
    for k in range(looks):
        label = groups.update(np.arange(len(at_m)), at_m + k * velocity, start_s + k)
    return label


def test_who_walks_side_by_side_is_together() -> None:
    label = together(Groups(), FIRST, np.array([1.3, 0.0]), 4)
    assert len(set(label.tolist())) == 1


def test_who_passes_close_by_is_not() -> None:
    groups, velocity = Groups(), np.array([[1.3, 0.0], [-1.3, 0.0]])
    at_m = np.array([[-2.6, 0.0], [2.6, 0.6]])
    labels = [together(groups, at_m + k * velocity, velocity, 1, start_s=k) for k in range(5)]
    assert all(label[0] != label[1] for label in labels)


def test_who_leaves_belongs_no_more() -> None:
    groups = Groups()
    together(groups, FIRST, np.zeros(2), 4)
    away = np.array([[0.0, 0.0], [0.0, 0.0], [1.4, 0.0]])
    for k in range(12):
        label = groups.update(np.arange(3), FIRST + k * away, 4.0 + k)
    assert label[0] == label[1] != label[2]


def test_people_who_chat_are_one_or_two_on_a_square_metre() -> None:
    assert 0.5 < density(FIRST) < 2.0


def test_whoever_is_new_inherits_no_bond() -> None:
    groups = Groups()
    together(groups, FIRST, np.zeros(2), 6)
    far = np.array([[50.0, 0.0], [60.0, 0.0]])
    assert len(set(groups.update(np.array([7, 8]), far, 20.0).tolist())) == 2
    label = groups.update(np.array([7, 8, 0]), np.vstack([far, [[50.5, 0.0]]]), 21.0)
    assert label[0] != label[1]


def test_more_people_than_there_was_room_for() -> None:
    rng = np.random.default_rng(2)
    at_m = rng.uniform(0, 100, (130, 2))
    label = together(Groups(), at_m, np.zeros(2), 3)
    assert label.shape == (130,)
    off = at_m[:, None] - at_m[None]
    near = np.exp(-0.5 * (off**2).sum(axis=2) / 1.2**2) > 0.5
    assert (label == joined(near)).all()


def test_time_that_goes_backwards_is_refused() -> None:
    groups = Groups()
    groups.update(np.arange(3), FIRST, 5.0)
    with pytest.raises(ValueError, match="backwards"):
        groups.update(np.arange(3), FIRST, 4.0)


def test_a_ring_is_one_circle_though_nobody_stands_in_its_middle() -> None:
    turn = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ring = 2.6 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    (circle,) = fullest(ring, 3.0, 5)
    assert len(circle.members) == 8
    assert circle.centre_m == pytest.approx(np.zeros(2), abs=0.3)


def test_circles_share_nobody_and_lines_are_no_circle() -> None:
    rng = np.random.default_rng(5)
    two = np.vstack([rng.normal(0, 1, (6, 2)), rng.normal((20, 0), 1, (5, 2)), [[np.nan, 0]]])
    circles = fullest(two, 3.0, 4)
    assert [len(c.members) for c in circles] == [6, 5]
    assert not set(circles[0].members) & set(circles[1].members)
    queue = np.stack([np.arange(12) * 3.5, np.zeros(12)], axis=1)
    assert fullest(queue, 3.0, 4) == []
