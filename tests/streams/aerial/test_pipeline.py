"""From the air: parked is at rest at one place in two looks at least the dwell apart, whatever came between."""

from __future__ import annotations

import json

import numpy as np
import pytest

from api.events.schemas import EventIn
from drone.telemetry.track import PITCH, YAW
from streams.accuracy.aerial_scene import AerialScene, passing
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import FilePoses
from streams.delivery.events import SightedBy
from tests.streams.aerial.flights import PARKED, WH, Flown, apart_m, camera, kerb, look, offset, street
from vision.types import Change, Detections

LOOKS = (0.0, 1.0, 2.0)


def gone(at_s: float, found: Detections) -> Detections:
    return found[np.zeros(len(found), bool)]


def test_two_passes_the_dwell_apart_raise_each_car_of_the_zone_once_at_its_place() -> None:
    scene = street()
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS)
    assert flown.events == []
    flown.fly(scene, LOOKS, begins_s=300)
    raised = [event for event in flown.events if event.change is Change.RAISED]
    assert len(raised) == len(flown.events) == 2
    for event, place in zip(sorted(raised, key=lambda e: e.place.lat), PARKED[:2], strict=True):  # type: ignore[union-attr]
        assert apart_m(event, scene, place) < 1.0
        assert event.place is not None
        assert event.place.semi_major_m < 4.0
        assert event.source is SightedBy.DRONE
        assert 299 < event.why["dwell_s"] <= 302  # type: ignore[operator]
        assert event.why["passes"] == 2
    flown.fly(scene, LOOKS, begins_s=600)
    assert len(flown.events) == 2


def test_less_than_the_dwell_apart_is_not_parked() -> None:
    scene = street()
    flown = Flown(kerb(scene, dwell_s=600))
    flown.fly(scene, LOOKS)
    flown.fly(scene, LOOKS, begins_s=500)
    assert flown.events == []


def test_another_days_bias_of_compass_and_receiver_finds_the_same_cars() -> None:
    """Three metres and a degree off against the first pass, a car's length is six: laid over as a whole, they match."""
    scene = street()
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS, noise=offset(1.5, -1.5))
    flown.fly(scene, LOOKS, begins_s=86_400, noise=offset(-1.0, 1.5, yaw_deg=1.0))
    assert len(flown.events) == 2
    assert flown.pipeline is not None
    assert sorted(len(p.passes) for p in flown.pipeline.book.places.values()) == [2, 2, 2]
    for event, place in zip(sorted(flown.events, key=lambda e: e.place.lat), PARKED[:2], strict=True):  # type: ignore[union-attr]
        assert apart_m(event, scene, place) < event.place.semi_major_m  # type: ignore[union-attr]


def test_what_is_gone_is_cleared_after_it_was_seen_gone_and_not_before() -> None:
    scene, empty = street(), street(parked=())
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS)
    flown.fly(scene, LOOKS, begins_s=300)
    flown.fly(empty, (0.0, 1.0), begins_s=600)
    assert len(flown.events) == 2  # two empty looks: a detector misses a car now and then
    flown.fly(empty, LOOKS, begins_s=660)
    cleared = [event for event in flown.events if event.change is Change.CLEARED]
    assert len(cleared) == 2
    assert {e.incident_id for e in cleared} == {e.incident_id for e in flown.events if e.change is Change.RAISED}
    assert all(event.place is not None for event in cleared)


def test_what_left_and_another_that_came_are_not_one_that_stood() -> None:
    scene = street()
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS)
    flown.fly(street(parked=()), (*LOOKS, 3.0), begins_s=200)
    flown.fly(scene, LOOKS, begins_s=230)
    assert flown.events == []


def test_from_another_side_nothing_found_is_unknown_though_nothing_is_there() -> None:
    """A detector that knows a car from the front may not know it from behind: of those views it tells nothing."""
    scene = street()
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS)
    flown.fly(scene, LOOKS, begins_s=300)
    flown.fly(AerialScene(passing(yaw_deg=180.0), (), resolution_wh=WH), (0.0, 2.0, 4.0), begins_s=600)
    assert [event.change for event in flown.events] == [Change.RAISED] * 2


def test_a_detector_that_goes_blind_clears_nothing_that_the_picture_shows() -> None:
    scene = street()
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS)
    flown.fly(scene, LOOKS, begins_s=300)
    for begins_s in (600, 605, 610):
        pipeline = flown.fly(scene, LOOKS, begins_s=begins_s, blind=gone)
    assert len(flown.events) == 2
    assert {place.empty for place in pipeline.book.places.values() if place.memories} == {0}


def test_what_drives_through_the_zone_is_never_parked() -> None:
    """A car drives at 10 m/s under a drone at 4 m/s; with the street for a zone, only those at rest are raised."""
    scene = street(drives=True)
    corners = scene.lonlat(np.array([[-8.0, -60.0], [8.0, -60.0], [8.0, 60.0], [-8.0, 60.0]]))
    whole = kerb(scene, dwell_s=2.0).model_copy(update={"lonlat": tuple(map(tuple, corners.tolist()))})
    flown = Flown(whole)
    pipeline = flown.fly(scene, (3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0))
    assert len(flown.events) == len(PARKED)
    assert pipeline.sightings is not None
    rest = pipeline.sightings.at_rest
    assert np.count_nonzero(rest == 0) == 1
    assert pipeline.sightings.speed_m_s[rest == 0][0] == pytest.approx(10.0, abs=1.0)


def test_slow_yaw_does_not_turn_parked_cars_into_moving_ones_nor_the_other_way_round() -> None:
    scene = street(drives=True, turn_deg_s=4.0)
    pipeline = Flown(kerb(scene)).fly(scene, (3.0, 3.5, 4.0))
    assert pipeline.sightings is not None
    assert sorted(pipeline.sightings.at_rest.tolist()) == [0, 1, 1, 1]


def test_without_gimbal_angles_nothing_is_placed_and_the_reason_is_said() -> None:
    scene = street()

    def no_gimbal(times: np.ndarray) -> np.ndarray:
        off = np.zeros((len(times), 7))
        off[:, [YAW, PITCH]] = np.nan
        return off

    pipeline = AerialPipeline(camera(kerb(scene)), poses=FilePoses(scene.telemetry(3.0, noise=no_gimbal)))
    want = pipeline.wants(look(scene, 0.0)[0])
    assert not want.infer
    assert "gimbal" in want.why
    assert pipeline.eyes.refusals == {want.why: 1}


def test_beyond_its_telemetry_a_look_is_unknown_and_clears_nothing() -> None:
    scene = street()
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS)
    flown.fly(scene, LOOKS, begins_s=300)
    pipeline = AerialPipeline(flown.camera, flown.state, poses=FilePoses(scene.telemetry(2.0).shifted(-100.0)))
    for at_s in (0.0, 1.0, 2.0, 3.0, 4.0):
        frame, found = look(scene, at_s, begins_s=900)
        assert "telemetry" in pipeline.wants(frame).why
        assert pipeline.step(frame, gone(at_s, found)) == []


def test_the_api_takes_the_event_and_its_place() -> None:
    scene = street()
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS)
    flown.fly(scene, LOOKS, begins_s=300)
    sent = json.loads(json.dumps(flown.events[0].to_json()))
    taken = EventIn.model_validate(sent)
    assert taken.source is SightedBy.DRONE
    assert taken.place is not None
    assert taken.place.lon == pytest.approx(113.65, abs=1e-3)
    assert 0 < taken.place.semi_minor_m <= taken.place.semi_major_m


def test_two_runs_give_the_same_events() -> None:
    scene = street()
    runs = []
    for _ in range(2):
        flown = Flown(kerb(scene))
        flown.fly(scene, LOOKS)
        flown.fly(scene, LOOKS, begins_s=300)
        runs.append([event.to_json() for event in flown.events])
    assert runs[0] == runs[1]
