"""From a point to a unit, and up and down the levels."""

from __future__ import annotations

import pytest

from tests.town.builders import SOUTH, STEP, WEST, small_town

MIDDLE = SOUTH + STEP / 2


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(0.5, "m1"), (1.5, "m2"), (3.5, "m4"), (4.5, "c1"), (6.0, "c2"), (7.5, None), (-0.5, None)],
    ids=["first", "second", "last", "in a gap of the grids", "an undivided community", "east of all", "west of all"],
)
def test_a_point_finds_the_smallest_unit_around_it(steps: float, expected: str | None) -> None:
    found = small_town().at(WEST + STEP * steps, MIDDLE)
    assert (found.id if found else None) == expected


def test_near_a_border_both_sides_are_named_and_far_from_it_one() -> None:
    town = small_town()
    at = WEST + STEP - 10 / 98_600  # 10 m west of the border between m1 and m2: a degree is 98.6 km here
    assert [found.id for found in town.near(at, MIDDLE, 5)] == ["m1"]
    assert [found.id for found in town.near(at, MIDDLE, 10.5)] == ["m1", "m2"]
    assert [found.id for found in town.near(at, MIDDLE, 1500)] == ["m1", "m2", "m3"]


def test_up_and_down_the_levels() -> None:
    town = small_town()
    assert town.path("m2") == ("s", "c1", "g1", "m2")
    above = town.above("m2")
    assert above is not None
    assert above.id == "g1"
    assert town.above("s") is None
    assert town.path("gone") == ()
    assert town.below(["g1", "c2"]) == {"g1", "m1", "m2", "c2"}
    assert town.below(["gone"]) == {"gone"}, "tickets may still name a unit that was removed"
