"""One thing, one id, whatever the rate of looking."""

from __future__ import annotations

import numpy as np
import pytest

from models.spec import ObjectClass
from tests.vision.builders import boxes, join
from vision.track import Tracker
from vision.types import Detections


def car_at(x: float, y: float = 100.0, sure: float = 0.8) -> Detections:
    return boxes((x, y, x + 80, y + 50), sure=sure)


@pytest.mark.parametrize("hz", [0.5, 1, 5, 25])
def test_a_steady_car_keeps_its_id_at_every_rate(hz: float) -> None:
    tracker, ids = Tracker(), set()
    for look in range(int(10 * hz) + 1):
        ids |= set(tracker.update(car_at(20 + 40 * look / hz), look / hz).track_id.tolist())
    assert ids == {1}


@pytest.mark.parametrize("hz", [1, 5, 25])
def test_two_cars_that_meet_keep_their_ids(hz: float) -> None:
    tracker = Tracker()
    first: list[int] = []
    for look in range(int(6 * hz)):
        t = look / hz
        seen = tracker.update(join(car_at(20 + 60 * t, 80), car_at(480 - 60 * t, 150)), t).track_id.tolist()
        first = first or seen
        assert seen == first


def test_velocity_is_learnt_in_px_per_second() -> None:
    tracker = Tracker()
    for look in range(20):
        tracks = tracker.update(car_at(20 + 30 * look / 5), look / 5)
    np.testing.assert_allclose(tracks.velocity_px_s, [[30, 0]], atol=3)
    assert tracks.age_s.item() == pytest.approx(19 / 5)


def test_a_person_never_continues_a_car() -> None:
    tracker = Tracker()
    tracker.update(car_at(100), 0)
    person = boxes((100, 100, 180, 150), kind=ObjectClass.PERSON)
    assert tracker.update(person, 1).track_id.tolist() == [2]


def test_a_weak_box_continues_a_track_but_begins_none() -> None:
    tracker = Tracker()
    assert tracker.update(car_at(100, sure=0.15), 0).track_id.tolist() == [-1]
    assert tracker.update(car_at(100), 1).track_id.tolist() == [1]
    assert tracker.update(car_at(100, sure=0.15), 2).track_id.tolist() == [1]


def test_rows_of_tracks_are_rows_of_detections() -> None:
    tracker = Tracker()
    both = join(car_at(20), car_at(400))
    tracker.update(both, 0)
    swapped = join(car_at(400), car_at(20))
    tracks = tracker.update(swapped, 0.2)
    assert tracks.track_id.tolist() == [2, 1]
    assert tracks.detections is swapped


def test_what_is_unseen_for_longer_than_lost_s_comes_back_as_another() -> None:
    tracker = Tracker(lost_s=5)
    tracker.update(car_at(100), 0)
    tracker.update(Detections.empty(), 4)
    assert tracker.update(car_at(100), 4.5).track_id.tolist() == [1]
    tracker.update(Detections.empty(), 10)
    assert tracker.update(car_at(100), 11).track_id.tolist() == [2]


def test_trackers_do_not_share_ids() -> None:
    one, other = Tracker(), Tracker()
    assert one.update(car_at(100), 0).track_id.tolist() == other.update(car_at(100), 0).track_id.tolist() == [1]


def test_time_that_goes_backwards_is_refused() -> None:
    tracker = Tracker()
    tracker.update(car_at(100), 5)
    with pytest.raises(ValueError, match="backwards"):
        tracker.update(car_at(100), 4)
