"""What is counted of a picture, and that it stays counts however long it goes on."""

from __future__ import annotations

import numpy as np
import pytest

from models.spec import ObjectClass
from streams.suggest.heat import BOUNDS_S, COLUMNS, ROWS, Heat, usual_s
from tests.suggest.street import WH, drive, things
from vision.track import Tracker


def test_a_car_that_drives_by_counts_once_in_every_cell_of_its_way() -> None:
    heat = Heat()
    drive(heat, 300, cars=3)
    row = int((300 - 10) / WH[1] * ROWS)
    assert heat.vehicles == 3
    assert set(heat.passes[row, 20:76]) == {3.0}
    assert heat.passes[:20].sum() == heat.stays.sum() == 0
    assert np.all(heat.flow[row, 20:76, 0] > 2.5)  # rightwards


def test_a_car_that_stands_drives_nowhere() -> None:
    heat, tracker = Heat(), Tracker()
    for n in range(40):
        at_s = 0.5 * n
        heat.see(tracker.update(things((400, 300, 80, 50, ObjectClass.CAR)), at_s), at_s, WH)
    assert heat.passes.sum() == 0


@pytest.mark.parametrize("stood_s", [6.0, 61.0, 10_000.0, 100_000.0])
def test_a_stay_falls_into_the_bin_of_its_length(stood_s: float) -> None:
    heat = Heat()
    heat.stay(np.array([400, 250, 480, 300], np.float32), stood_s, WH)
    filled = np.flatnonzero(heat.stays.sum(axis=(0, 1)))
    assert len(filled) == 1
    assert filled[0] == np.searchsorted(BOUNDS_S, stood_s, side="right")


@pytest.mark.parametrize("box", [[-50, -50, -10, -10], [950, 530, 1200, 900], [400, 300, 400, 300]])
def test_boxes_at_the_border_and_without_width_have_a_cell(box: list[float]) -> None:
    heat = Heat()
    heat.stay(np.array(box, np.float32), 20.0, WH)
    assert heat.stays.sum() >= 1


def test_people_count_in_seconds_and_by_how_many_are_near() -> None:
    heat, tracker = Heat(), Tracker()
    three = things(*[(300 + 30 * n, 400, 24, 70, ObjectClass.PERSON) for n in range(3)])
    alone = things((800, 400, 24, 70, ObjectClass.PERSON))
    for n in range(20):
        both = things(
            *[(300 + 30 * k, 400, 24, 70, ObjectClass.PERSON) for k in range(3)],
            (800, 400, 24, 70, ObjectClass.PERSON),
        )
        heat.see(tracker.update(both, 0.5 * n), 0.5 * n, WH)
    assert len(three) + len(alone) == len(both)
    assert heat.together[:, :60].max() == 3
    assert heat.together[:, 60:].max() == 1
    assert heat.person_s.max() == pytest.approx(9.5, abs=20)
    assert heat.standing_s.max() > 0


def test_a_gap_of_an_hour_vouches_for_three_seconds() -> None:
    heat, tracker = Heat(), Tracker()
    for at_s in (0.0, 3600.0):
        heat.see(tracker.update(things((300, 400, 24, 70, ObjectClass.PERSON)), at_s), at_s, WH)
    assert heat.person_s.max() <= 3.0


def test_a_long_day_takes_no_more_room_than_a_short_one() -> None:
    heat = Heat()
    drive(heat, 300, cars=2)
    kept = len(heat._last) + len(heat._marked)
    for day in range(1, 4):
        drive(heat, 300, cars=2, from_s=1000.0 * day)
    assert len(heat._last) + len(heat._marked) <= kept + 2
    assert heat.passes.shape == (ROWS, COLUMNS)


def test_usual_is_the_bound_of_the_bin() -> None:
    counts = np.zeros(len(BOUNDS_S) + 1)
    assert usual_s(counts, 0.95) == 0
    counts[[2, 5]] = 19, 1
    assert (usual_s(counts, 0.95), usual_s(counts, 1.0)) == (15.0, 45.0)
