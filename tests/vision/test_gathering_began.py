"""Since when people have been together, though the detector misses somebody in every look."""

from __future__ import annotations

import numpy as np
import pytest

from tests.vision.crowd import RING, Square, people


def missing(square: Square, who: tuple[int, ...], looks: int) -> None:
    """So many looks, 2 s apart, that do not find some of the five."""
    for _ in range(looks):
        square.see(people(np.delete(RING, who, axis=0)), after_s=2.0)


def test_all_of_them_found_once_and_then_one_short_for_long_counts_from_the_first_look() -> None:
    square = Square(dwell_s=20.0)
    missing(square, (), 1)  # 1002: all five
    missing(square, (0,), 4)  # to 1010: one is missed so long that he is given up
    missing(square, (), 8)
    (raised,) = square.told
    assert raised.began_s == pytest.approx(1002, abs=0.1)
    assert raised.at_s == pytest.approx(1022, abs=0.1)


def test_one_who_comes_later_is_counted_from_when_he_came() -> None:
    square = Square(dwell_s=20.0)
    missing(square, (0,), 7)  # to 1014
    missing(square, (), 12)
    (raised,) = square.told
    assert raised.began_s == pytest.approx(1016, abs=0.1)


def test_five_others_who_only_passed_there_begin_nothing() -> None:
    """At that look those who stay now had not come."""
    square = Square(dwell_s=20.0)
    square.see(people(RING), after_s=2.0)
    for away_m in (3.0, 6.0, 9.0):
        square.see(people(RING + np.array([away_m, 0])), after_s=2.0)
    missing(square, (), 13)
    (raised,) = square.told
    assert raised.began_s == pytest.approx(1010, abs=0.1)
