"""One parked car is one event, whatever befalls the picture; one that leaves and one that takes its place are two."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from models.spec import VEHICLES, ObjectClass
from tests.vision.builders import WH, boxes, join
from tests.vision.parked import DWELL_S, SPOT, STREET, Trial, car, jittered, rule
from tests.vision.street import moved
from vision.hazards.at_rest import AtRest
from vision.hazards.rules import Observation
from vision.track import Tracker
from vision.types import Change, Detections, Picture, Tracks

ONE = [Change.RAISED]
BOTH = [Change.RAISED, Change.CLEARED]


def parked(trial: Trial, until_s: int = 66, from_s: int = 0) -> None:
    """The empty street for 20 s, then a car from `from_s` on; a hazard by the end where that is a dwell later."""
    trial.run(range(from_s - 20, from_s, 2), None)
    trial.run(range(from_s, until_s, 2))


def test_ids_that_switch_at_every_look_are_one_event() -> None:
    trial, random = Trial(), np.random.default_rng(0)
    for at_s in range(0, 90, 2):
        seen = boxes(jittered(SPOT, at_s))
        tracks = Tracks(seen, random.integers(0, 10**6, 1), np.zeros((1, 2), np.float32), np.zeros(1, np.float32))
        trial.found += trial.rule.update(Observation(at_s, WH, car(trial.bare), seen, tracks))
    assert trial.changes == ONE


def test_a_minute_behind_something_that_no_detector_knows_ends_no_event() -> None:
    """A container, a cloth, a crowd: the place looks like neither the car nor the ground, and no box covers it."""
    trial = Trial()
    parked(trial)
    hidden = car(trial.bare, (150, 90, 340, 240), seed=77)
    for at_s in range(66, 126, 2):
        trial.see(at_s, hidden, Detections.empty())
    trial.run(range(126, 200, 2))
    assert trial.changes == ONE
    trial.run(range(200, 220), None)
    assert trial.changes == BOTH


def test_a_minute_behind_a_bus_before_it_is_due_does_not_count_and_begins_nothing_anew() -> None:
    trial = Trial()
    parked(trial, until_s=40)
    bus = (150.0, 90.0, 340.0, 240.0)
    for at_s in range(40, 100, 2):
        trial.see(at_s, car(trial.bare, bus, seed=8), boxes((150.0, 90.0, 640.0, 240.0), kind=ObjectClass.BUS))
    trial.run(range(100, 140, 2))
    (raised,) = trial.found
    assert raised.began_s == 0
    assert 100 < raised.at_s <= 100 + 20 + 2
    assert raised.why["unknown_s"] == pytest.approx(60, abs=6)


def test_a_place_that_is_hidden_nearly_all_the_time_tells_of_no_one_vehicle() -> None:
    """Something stands there for 4 s of each minute, and traffic before it hides whether it is the same."""
    trial = Trial()
    parked(trial, until_s=4)
    bus = (150.0, 90.0, 340.0, 240.0)
    for minute in range(27):
        for at_s in range(60 * minute + 4, 60 * minute + 60, 2):
            trial.see(at_s, car(trial.bare, bus, seed=8), boxes((150.0, 90.0, 640.0, 240.0), kind=ObjectClass.BUS))
        trial.run(range(60 * minute + 60, 60 * minute + 64, 2))
    assert trial.found == []


def glare(picture: Picture, at_s: float) -> Picture:
    """Night, and headlights that swing over the car."""
    h, w = picture.shape
    y, x = np.mgrid[:h, :w]
    lamp = 170 * np.exp(-((x - 180 - 20 * (at_s % 8)) ** 2 + (y - 190) ** 2) / (2 * 70.0**2))
    return np.asarray(np.clip(picture * 0.4 + lamp, 0, 255), np.uint8)


def rain(picture: Picture, at_s: float) -> Picture:
    return STREET.rain(picture)


def shaken(picture: Picture, at_s: float) -> Picture:
    return moved(picture, 0.02 * np.sin(5 * at_s), 0.02 * np.cos(3 * at_s))


def knocked(picture: Picture, at_s: float) -> Picture:
    return moved(picture, 0.06, 0.03)


def shade(picture: Picture, at_s: float) -> Picture:
    """A shadow's edge creeps over the car."""
    copy = picture.copy()
    edge = round(150 + 2 * (at_s - 30))
    copy[:, :edge] = (copy[:, :edge] * 0.45).astype(np.uint8)
    return copy


@pytest.mark.parametrize("over", [glare, rain, shaken, knocked, shade])
@pytest.mark.parametrize("found", [True, False], ids=["found", "missed"])
def test_light_weather_and_shake_end_no_event_and_begin_none(over: object, found: bool) -> None:
    trial = Trial()
    assert callable(over)
    parked(trial)
    still = over not in (shaken, knocked)
    for at_s in range(66, 126, 2):
        picture = over(car(trial.bare), float(at_s))
        by = np.array([0.06 * 640, 0.03 * 360] * 2) if over is knocked else np.zeros(4)
        box = tuple(float(v) for v in np.array(jittered(SPOT, at_s) if still else SPOT) + by)
        trial.see(at_s, picture, boxes(box) if found else Detections.empty())  # type: ignore[arg-type]
    trial.run(range(126, 150, 2))
    assert trial.changes == ONE
    trial.run(range(150, 170), None)
    assert trial.changes == BOTH


@pytest.mark.parametrize("over", [glare, rain, shade])
def test_light_and_weather_before_it_is_due_delay_nothing(over: object) -> None:
    trial = Trial()
    assert callable(over)
    trial.run(range(-20, 0, 2), None)
    trial.run(range(0, 20, 2))
    trial.run(range(20, 70, 2), over=over)
    (raised,) = trial.found
    assert raised.began_s == 0
    assert raised.at_s <= DWELL_S + 2


def infra_red(picture: Picture) -> Picture:
    """What was dark is bright and the other way round, as paint and leaves are."""
    return np.asarray(255 - cv2.GaussianBlur(picture, (0, 0), 1.0), np.uint8)


@pytest.mark.parametrize("at_s", [30, 100], ids=["before it is due", "once raised"])
def test_a_switch_to_infra_red_is_no_other_car(at_s: int) -> None:
    trial = Trial()
    parked(trial, until_s=at_s)
    trial.run(range(at_s, 160, 2), over=lambda picture, _: infra_red(picture))
    (raised,) = trial.found
    assert raised.at_s <= DWELL_S + 2
    trial.run(range(160, 180), None, over=lambda picture, _: infra_red(picture))
    assert trial.changes == BOTH


def test_a_reconnect_of_forty_seconds_is_one_event_and_its_gap_is_unknown() -> None:
    trial = Trial()
    parked(trial, until_s=30)
    trial.run(range(70, 130, 2))
    (raised,) = trial.found
    assert raised.began_s == 0
    assert raised.why["unknown_s"] == pytest.approx(36, abs=6)
    assert raised.why["dwell_s"] == pytest.approx(raised.at_s, abs=0.1)


def test_a_stream_in_another_resolution_is_the_same_event() -> None:
    trial = Trial()
    parked(trial)
    trial.source_wh = (1280, 720)
    doubled = tuple(2 * v for v in SPOT)
    for at_s in range(66, 100, 2):
        trial.see(at_s, car(trial.bare), boxes(doubled))  # type: ignore[arg-type]
    assert trial.changes == ONE


@pytest.mark.parametrize("at_s", [30, 100], ids=["before it is due", "once raised"])
def test_a_worker_that_begins_anew_goes_on(at_s: int) -> None:
    trial = Trial()
    parked(trial, until_s=at_s)
    stored, trial.rule = json.loads(json.dumps(trial.rule.state())), rule()
    trial.rule.restore(stored)
    trial.run(range(at_s + 6, 160, 2))
    (raised,) = trial.found
    assert raised.began_s == 0
    trial.run(range(160, 180), None)
    assert trial.changes == BOTH
    assert trial.found[1].began_s == raised.began_s


def test_a_clock_that_is_set_while_a_car_dwells_shortens_and_lengthens_nothing() -> None:
    trial = Trial()
    parked(trial, until_s=30)
    trial.rule.shift_clock(3600)
    trial.run(range(3630, 3700, 2))
    (raised,) = trial.found
    assert (raised.began_s, raised.at_s) == (3600, 3660)


@pytest.mark.parametrize("hz", [0.5, 1, 2])
@pytest.mark.parametrize("level", [120, 40], ids=["of the same colour", "of another"])
def test_a_car_that_leaves_and_another_that_takes_its_place_are_two_events(hz: float, level: int) -> None:
    """Five seconds between them: the ground was seen, and it is another car though much like the first."""
    trial = Trial()
    step = 1 / hz
    trial.run(np.arange(-20, 0, step), None)
    trial.run(np.arange(0, 80, step))
    trial.run(np.arange(80, 85, step), None)
    trial.run(np.arange(85, 200, step), seed=2, level=level)
    first, over, second = trial.found
    assert [first.change, over.change, second.change] == [Change.RAISED, Change.CLEARED, Change.RAISED]
    assert second.began_s == pytest.approx(85, abs=1.1 * step)
    assert second.slot != first.slot
    assert second.at_s <= 85 + DWELL_S + 2 * step


def test_a_car_that_takes_the_place_while_nobody_looks_is_another() -> None:
    trial = Trial()
    parked(trial, until_s=80)
    trial.run(range(90, 170, 2), seed=2)
    assert trial.changes == [*BOTH, Change.RAISED]
    assert trial.found[2].began_s == pytest.approx(90, abs=2)


def test_a_car_that_rolls_on_a_little_before_it_stops_is_known_where_it_stops() -> None:
    """Its box still lies on the place where it was first seen, and what is under that is another part of it."""
    trial, rolled = Trial(), (224.0, 152.0, 324.0, 222.0)
    trial.run(range(-20, 0, 2), None)
    trial.run([0])
    trial.run(range(2, 90, 2), box=rolled)
    (raised,) = trial.found
    assert raised.began_s == 2
    assert raised.at_s <= 2 + DWELL_S + 2


def test_a_flicker_of_misses_on_a_car_that_stays_is_no_leaving() -> None:
    trial = Trial()
    parked(trial)
    for at_s in range(66, 200, 2):
        trial.run([at_s], boxed=at_s % 10 == 0)
    assert trial.changes == ONE


def test_the_tracker_gives_the_rule_nothing_it_needs() -> None:
    """The same looks with and without tracks: a hazard is a place."""
    seen: list[list[tuple[float, float]]] = []
    for tracked in (True, False):
        trial, tracker = Trial(), Tracker()
        for at_s in range(0, 80, 2):
            found = join(boxes(jittered(SPOT, at_s)), boxes((10, 20, 60, 60)))
            tracks = tracker.update(found, at_s) if tracked else None
            trial.found += trial.rule.update(Observation(at_s, WH, car(trial.bare), found, tracks))
        seen.append([(hazard.at_s, hazard.began_s) for hazard in trial.found])
    assert seen[0] == seen[1]


def test_what_decided_is_told() -> None:
    trial = Trial()
    parked(trial, until_s=80)
    (raised,) = trial.found
    assert raised.why["slot"] == raised.slot
    assert raised.why["limit_s"] == DWELL_S
    assert raised.why["dwell_s"] == 60
    assert raised.why["unknown_s"] == pytest.approx(0, abs=2.1)
    assert raised.why["looks"] == raised.why["boxes"] == 31
    assert raised.why["detected"] == 1
    assert raised.why["confidence"] == pytest.approx(0.8)
    assert raised.why["threshold"] == pytest.approx(0.35)
    trial.run(range(80, 100), None)
    assert trial.found[1].why["clear_s"] == 3


def test_a_state_of_an_earlier_version_is_read() -> None:
    """It kept the plain picture of a place; only its detail is compared now."""
    trial = Trial()
    parked(trial)
    stored = json.loads(json.dumps(trial.rule.state()))
    place = stored["places"][0]
    for name in ("detail", "kinds", "usual", "left", "raised_from_s", "left_s"):
        place.pop(name)
    x1, y1, x2, y2 = (round(v) for v in SPOT)
    plain = cv2.resize(car(trial.bare)[y1:y2, x1:x2], (24, 24), interpolation=cv2.INTER_NEAREST).astype(np.float32)
    plain -= plain.mean()
    place["appearance"] = _base64(plain / np.linalg.norm(plain))
    trial.rule = AtRest(trial.rule.kind, "kerb", trial.rule._zone, VEHICLES, DWELL_S, 3.0)
    trial.rule.restore(stored)
    trial.run(range(70, 100, 2))
    assert trial.changes == ONE
    trial.run(range(100, 110), None)
    assert trial.changes == BOTH


def _base64(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> str:
    import base64

    return base64.b64encode(values.astype(np.float16).tobytes()).decode()
