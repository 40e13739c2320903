"""How many pass a place, and what a look tells of whether somebody stays."""

from __future__ import annotations

import numpy as np
import pytest

from tests.vision.crowd import PLANE
from vision.passing import SHOWN, Passing, shown

HERE = np.array([[0.0, 11.0]])
NOBODY = np.zeros((0, 2))


def gone(passing: Passing, at_m: np.ndarray, at_s: float) -> None:
    feet = PLANE.pixels(at_m)
    passing.look(at_s, feet, np.ones(len(feet)), feet)


def test_who_has_gone_says_how_many_pass() -> None:
    """In each look one more was found within 1.5 m of the place, and two farther off."""
    passing = Passing(3.0, 6.25)
    for k in range(20):
        gone(passing, np.array([[0.5, 11.0], [2.5, 11.0], [0.0, 8.0]]), float(k))
    assert passing.per_m2(HERE, PLANE, 20.0)[0] == pytest.approx(1 / (np.pi * 1.5**2), rel=0.15)


def test_before_it_is_known_who_passes_those_about_may() -> None:
    passing, ring = Passing(3.0, 6.25), np.array([[0.0, 11.0], [0.5, 11.0], [0.0, 11.5], [6.0, 11.0]])
    at_first = passing.per_m2(ring, PLANE, 0.0)
    assert at_first[0] > 0.05 > 0.01 > at_first[3]
    for k in range(20):
        gone(passing, NOBODY, float(k))
    assert (passing.per_m2(ring, PLANE, 20.0) < 0.01).all()


def test_where_as_many_go_as_are_there_nobody_mills_about() -> None:
    passing, ring = Passing(3.0, 6.25), np.array([[0.0, 11.0], [0.5, 11.0], [0.0, 11.5]])
    for k in range(20):
        gone(passing, NOBODY if k < 15 else HERE, float(k))
    assert passing.turns_over(ring, PLANE, 19.0).all()
    for k in range(20, 40):
        gone(passing, NOBODY, float(k))
    assert not passing.turns_over(ring, PLANE, 39.0).any()


@pytest.mark.parametrize(
    ("apart_m", "per_m2", "stays"),
    [(0.1, 0.005, True), (1.0, 0.005, True), (0.1, 0.1, True), (1.0, 0.1, False), (0.3, 0.4, False)],
    ids=["alone", "a step, alone", "few pass", "a step, few pass", "a stream"],
)
def test_one_look_tells_more_the_nearer_he_is_and_the_fewer_pass(apart_m: float, per_m2: float, stays: bool) -> None:
    told = shown(np.zeros(1), np.array([apart_m]), np.array([0.2]), np.array([per_m2]))
    assert bool(told[0] >= SHOWN) is stays


def test_a_place_beyond_the_horizon_tells_nothing() -> None:
    told = shown(np.ones(1), np.array([np.nan]), np.array([np.inf]), np.array([np.nan]))
    assert told.tolist() == [1.0]


def test_a_clock_that_is_set_and_another_resolution_change_nothing() -> None:
    passing = Passing(3.0, 6.25)
    for k in range(20):
        gone(passing, HERE, float(k))
    before = passing.per_m2(HERE, PLANE, 20.0)
    passing.shift_clock(3600.0)
    passing.scale(0.5, 0.5)
    assert passing.per_m2(HERE, PLANE.scaled(0.5, 0.5), 3620.0) == pytest.approx(before)
