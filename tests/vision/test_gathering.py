"""Gatherings: raised and cleared by how many stay within a radius, and by nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from models.spec import ObjectClass
from tests.vision.builders import join
from tests.vision.crowd import RING, Square, changes, from_beyond, people
from vision.hazards.gathering import Gathering
from vision.timetable import Span, Timetable
from vision.types import Change, Detections

NOBODY = Detections.empty()


def test_people_who_stay_are_raised_once_and_in_time() -> None:
    square = Square(dwell_s=10.0)
    square.see_at(RING, 40)
    (raised,) = square.told
    assert raised.change is Change.RAISED
    assert raised.at_s - 1001.0 == pytest.approx(10.0, abs=1.0)
    assert raised.began_s == pytest.approx(1001.0, abs=0.1)
    assert raised.why["count"] == 5
    assert raised.why["limit_count"] == 5
    assert 0.3 < float(raised.why["density_m2"]) < 2


def test_too_few_too_wide_or_too_short_is_no_gathering() -> None:
    for at_m, looks in ((RING[:4], 30), (RING * (4, 1) + [[0, 0], [0, 4], [0, 8], [3, 0], [0, 12]], 30), (RING, 8)):
        square = Square(dwell_s=10.0)
        square.see_at(np.asarray(at_m), looks)
        square.see_at(np.zeros((0, 2)), 20)
        assert square.told == []


def test_people_who_walk_through_are_none_however_many() -> None:
    """A stream of people through one place: it is always full, and nobody stays."""
    square, rng = Square(people=5, dwell_s=10.0), np.random.default_rng(4)
    lane = np.stack([rng.uniform(-20, 20, 60), rng.uniform(9, 13, 60)], axis=1)
    way = np.where(rng.random(60) < 0.5, 1.3, -1.3)
    for k in range(40):
        x = (lane[:, 0] + way * k + 20) % 40 - 20
        here = np.abs(x) < 5
        square.see(people(np.stack([x, lane[:, 1]], axis=1)[here]))
    assert square.told == []


def test_passers_by_neither_count_nor_hide_those_who_stay() -> None:
    square = Square(dwell_s=10.0)
    for k in range(24):
        walker = np.array([[-6 + 1.4 * (k % 9), 9.2], [6 - 1.4 * (k % 9), 12.8]])
        square.see(people(np.vstack([RING[:4], walker])))
    assert square.told == []
    for k in range(24):
        walker = np.array([[-6 + 1.4 * (k % 9), 9.2]])
        square.see(people(np.vstack([RING, walker])))
    assert changes(square) == [Change.RAISED]


def test_people_who_mill_about_within_the_place_stay() -> None:
    square, turn = Square(dwell_s=15.0), np.linspace(0, 2 * np.pi, 8, endpoint=False)
    for k in range(40):
        angle = turn + 0.5 * k  # each walks 0.75 m/s round the middle
        square.see(people(np.stack([1.5 * np.cos(angle), 11 + 1.5 * np.sin(angle)], axis=1)))
    assert changes(square) == [Change.RAISED]


@pytest.mark.parametrize(("near_m", "told"), [(10.6, True), (11.2, False), (12.5, False)])
def test_a_group_over_the_line_is_the_zones_whose_ground_its_middle_is_on(near_m: float, told: bool) -> None:
    """Two of the five stand up to 0.6 m before a line at 10.6 m; the group's middle is at 10.9 m."""
    square = Square(dwell_s=10.0, zone=from_beyond(near_m))
    square.see_at(RING, 30)
    assert bool(square.told) is told


def test_one_that_was_raised_and_shifts_over_the_line_is_still_the_same() -> None:
    square = Square(dwell_s=10.0, zone=from_beyond(10.7))
    square.see_at(RING, 20)
    square.see_at(RING - [0, 0.3], 20)
    assert changes(square) == [Change.RAISED]


def test_a_crowd_of_riders_is_none() -> None:
    square = Square(dwell_s=10.0)
    riders = people(RING)
    bikes = riders.xyxy.copy()
    bikes[:, 1] = (bikes[:, 1] + bikes[:, 3]) / 2
    two_wheelers = Detections(bikes, np.full(5, 0.5, np.float32), np.full(5, ObjectClass.TWO_WHEELER, np.int64))
    for _ in range(30):
        square.see(join(riders, two_wheelers))
    assert square.told == []


def test_two_boxes_on_one_are_one() -> None:
    square = Square(dwell_s=10.0)
    four = people(RING[:4])
    again = Detections(four.xyxy + np.float32(3), four.confidence - 0.2, four.class_id)
    upper = four.xyxy.copy()
    upper[:, 3] -= 0.45 * (upper[:, 3] - upper[:, 1])
    torso = Detections(upper, four.confidence - 0.3, four.class_id)
    for _ in range(30):
        square.see(join(four, again, torso))
    assert square.told == []


def test_a_detector_that_misses_every_third_still_counts_them() -> None:
    """Where the picture is still, who was found in it is there, and came when it became so."""
    square, rng = Square(dwell_s=20.0), np.random.default_rng(9)
    for _ in range(60):
        seen = people(RING + rng.normal(0, 0.05, RING.shape))
        square.see(seen[rng.random(5) > 0.33], still_s=1001.0)
    assert changes(square) == [Change.RAISED]
    assert square.told[0].at_s - 1001.0 <= 22.0


@pytest.mark.parametrize(("sure", "told"), [(0.2, True), (0.08, False)])
def test_weak_boxes_in_one_place_add_up_to_somebody_and_weaker_ones_do_not(sure: float, told: bool) -> None:
    square, rng = Square(dwell_s=20.0), np.random.default_rng(5)
    for _ in range(14):
        seen = people(RING + rng.normal(0, 0.05, RING.shape))
        seen.confidence[4] = sure
        square.see(seen, after_s=2.0)
    assert changes(square) == [Change.RAISED] * told
    for raised in square.told:
        assert raised.began_s == pytest.approx(1002.0, abs=0.1), "since the first of them"


def test_one_weak_box_tells_of_nobody() -> None:
    square, rng = Square(dwell_s=20.0), np.random.default_rng(5)
    for k in range(20):
        seen = people(RING + rng.normal(0, 0.05, RING.shape))
        seen.confidence[4] = 0.2
        square.see(seen if k % 8 == 0 else seen[:4], after_s=2.0)
    assert square.told == []


def test_who_comes_to_others_and_is_found_in_every_third_look_counts_from_the_first() -> None:
    square, rng = Square(dwell_s=20.0), np.random.default_rng(5)
    for k in range(20):
        seen = people(RING + rng.normal(0, 0.05, RING.shape))
        square.see(seen if k >= 4 and k % 3 == 1 else seen[:4], after_s=2.0)
    assert changes(square) == [Change.RAISED]
    assert square.told[0].began_s == pytest.approx(1010.0, abs=0.1)


def test_they_go_and_it_is_over_once() -> None:
    square = Square(dwell_s=10.0, clear_s=4.0)
    square.see_at(RING, 15)
    gone_s = square.at_s
    square.see_at(np.zeros((0, 2)), 20)
    assert changes(square) == [Change.RAISED, Change.CLEARED]
    assert 4.0 <= square.told[1].at_s - gone_s <= 4.0 + 5.0
    assert square.told[0].slot == square.told[1].slot


def test_between_the_two_numbers_nothing_changes() -> None:
    """Five raise it, three end it: four do neither."""
    square = Square(dwell_s=10.0)
    square.see_at(RING, 15)
    square.see_at(RING[:4], 30)
    assert changes(square) == [Change.RAISED]
    square.see_at(RING, 20)
    assert changes(square) == [Change.RAISED]
    square.see_at(RING[:3], 30)
    assert changes(square) == [Change.RAISED, Change.CLEARED]


def test_the_place_is_what_stays_the_same_not_the_people() -> None:
    square = Square(dwell_s=20.0)
    for k in range(8):
        # One after the other is replaced by somebody who stands beside where he stood.
        at_m = RING.copy()
        at_m[: k % 5] += (0.9, 0.3)
        square.see_at(at_m, 6)
    assert changes(square) == [Change.RAISED]


def test_unknown_looks_say_nothing() -> None:
    square = Square(dwell_s=10.0)
    square.see_at(RING, 15)
    for _ in range(60):
        square.see(None)
    assert changes(square) == [Change.RAISED]
    square.see_at(RING, 5)
    assert changes(square) == [Change.RAISED]


def test_time_without_looks_is_no_dwell() -> None:
    """Seen for 3 s, then not for 60: that is not a gathering of a minute."""
    square = Square(dwell_s=60.0)
    square.see_at(RING, 5)
    square.see(people(RING), after_s=58.0)
    square.see_at(RING, 3)
    assert square.told == []
    square.see_at(RING, 60)
    (raised,) = square.told
    assert float(raised.why["unknown_s"]) >= 50


def bus_before_them() -> Detections:
    crowd = people(RING).xyxy
    bus = np.array([[crowd[:, 0].min() - 200, crowd[:, 1].min() - 50, crowd[:, 2].max() + 200, crowd[:, 3].max() + 60]])
    return Detections(bus.astype(np.float32), np.full(1, 0.9, np.float32), np.full(1, ObjectClass.BUS, np.int64))


def test_a_bus_before_them_hides_them_and_ends_nothing() -> None:
    square = Square(dwell_s=10.0)
    square.see_at(RING, 15)
    for _ in range(40):
        square.see(bus_before_them())
    assert changes(square) == [Change.RAISED]
    square.see_at(RING, 5)
    assert changes(square) == [Change.RAISED]


def test_one_that_is_hidden_when_pictures_come_again_is_raised_by_the_next_look_that_sees_it() -> None:
    square = Square(dwell_s=10.0)
    square.see_at(RING, 8)
    square.see(bus_before_them(), after_s=20.0)
    assert square.told == []
    square.see_at(RING, 15)
    assert changes(square) == [Change.RAISED]


def test_the_detector_is_asked_for_while_people_are_near_each_other() -> None:
    square = Square(dwell_s=10.0)
    assert square.rule.wants(1000.0) is None
    square.see_at(RING[:2], 2)
    assert square.rule.wants(square.at_s + 1) == "people near each other"
    square.see_at(RING, 14)
    square.see(None)
    square.see(None)
    assert square.rule.wants(square.at_s + 1) == "people have gathered"
    square.see_at(np.zeros((0, 2)), 30)
    assert square.rule.wants(square.at_s + 1) is None


def test_when_it_will_be_due_is_known() -> None:
    square = Square(dwell_s=30.0)
    square.see_at(RING, 8)
    assert square.rule.decides_s(square.at_s) == pytest.approx(1031.0, abs=0.5)


def test_only_within_the_hours_and_the_dwell_begins_with_them() -> None:
    opens_s = datetime(1970, 1, 1, 0, 20, tzinfo=UTC).timestamp()  # 1200 s
    square = Square(dwell_s=10.0, hours=Timetable([Span(frozenset(range(7)), 20, 1000)], UTC))
    square.at_s = 1150.0
    square.see_at(RING, 48)
    assert square.told == []
    square.see_at(RING, 20)
    (raised,) = square.told
    assert raised.at_s - opens_s == pytest.approx(10.0, abs=1.5)


def test_growth_is_told() -> None:
    square = Square(dwell_s=30.0)
    more = np.vstack([RING, RING + np.array([0.3, 1.9]), RING[:2] + np.array([1.5, -1.2])])
    for k in range(40):
        square.see_at(more[: 5 + k // 6])
    (raised,) = square.told
    assert 6 <= float(raised.why["growth_per_min"]) <= 16


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="fewest"):
        Gathering("z", None, None, people=5, radius_m=3, dwell_s=1, clear_s=1, fewest=5)  # type: ignore[arg-type]
