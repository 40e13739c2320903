"""Which looks the rule asks for, and that those without the detector, late or uneven ones change nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.vision.builders import WH, boxes, grey
from tests.vision.kerb import DWELL_S, EMPTY, PARKED, SPOT, Scene, between, rule, watch
from vision.hazards.at_rest import AtRest
from vision.hazards.rules import Observation
from vision.types import Detections, Glimpse, Hazard, Picture


def test_an_unsure_place_is_not_looked_at_closely_for_ever() -> None:
    watcher = rule()
    unsure = (boxes(SPOT, sure=0.2), PARKED[1])
    watch(lambda t: PARKED if t < 1 else unsure, 100, using=watcher)
    assert watcher.wants(100) is None
    assert watcher.decides_s(100) is None


def test_the_rule_asks_for_the_detector_only_while_that_decides_something() -> None:
    watcher = rule()
    asked = {}
    for t in range(60):
        detections, picture = between(5, 40)(t)
        watcher.update(Observation(t, WH, grey(picture), detections))
        asked[t] = watcher.wants(t + 1)
    assert asked[3] is None
    assert asked[5] == "something new"
    assert asked[6] is None
    assert asked[9] is None
    assert asked[14] == "due"
    assert asked[20] is None
    assert asked[41] == "perhaps free again"
    assert asked[55] is None


def test_it_says_when_it_will_decide() -> None:
    watcher = rule()
    assert watch(between(5, 60), 8, using=watcher) == []
    assert watcher.decides_s(8) == 5 + DWELL_S
    assert watcher.decides_s(16) == 16.25


def glanced(scene: Scene, until_s: int, detected: Callable[[int, AtRest], bool]) -> list[Hazard]:
    """Looks of which only some went through the detector."""
    watcher, found = rule(), []
    for t in range(until_s):
        detections, picture = scene(t)
        found += watcher.update(Observation(t, WH, grey(picture), detections if detected(t, watcher) else None))
    return found


def test_looks_without_the_detector_change_nothing_about_a_parked_car() -> None:
    gated = glanced(between(5, 40), 60, lambda t, rule: t in (5, 40, 41) or rule.wants(t) is not None)
    whole = glanced(between(5, 40), 60, lambda t, rule: True)
    assert [(h.change, h.began_s, h.at_s) for h in gated] == [(h.change, h.began_s, h.at_s) for h in whole]


def test_a_box_seen_once_and_never_confirmed_raises_nothing() -> None:
    """One false box on still ground: its appearance alone must not carry it through the dwell."""
    scene: Scene = lambda t: (boxes(SPOT, sure=0.9) if t == 5 else Detections.empty(), PARKED[1])  # noqa: E731
    assert glanced(scene, 60, lambda t, rule: t == 5 or rule.wants(t) is not None) == []


def test_a_place_begins_when_its_picture_came_to_rest() -> None:
    watcher = rule()
    watcher.update(Observation(20.0, WH, grey(PARKED[1]), PARKED[0], still_since=lambda xyxy, wh: (14.0, 16.0)))
    (place,) = watcher.places
    assert (place.began_s, place.dwell_s, watcher.undated()) == (16.0, 4.0, 16.0)
    watcher.look_back(Glimpse(15.0, WH, grey(PARKED[1])))
    assert (place.began_s, place.dwell_s, watcher.undated()) == (15.0, 5.0, 15.0)
    watcher.look_back(Glimpse(14.0, WH, grey(EMPTY[1])))
    assert (place.began_s, watcher.undated()) == (15.0, 14.0)
    watcher.look_back(Glimpse(13.0, WH, grey(PARKED[1])))
    assert (place.began_s, watcher.undated()) == (13.0, 13.0)
    for at_s in (12.0, 11.0):
        watcher.look_back(Glimpse(at_s, WH, grey(EMPTY[1])))
    assert (place.began_s, watcher.undated()) == (13.0, None)


def test_a_detector_that_misses_every_second_look_is_late_by_little() -> None:
    def scene(t: float) -> tuple[Detections, Picture]:
        if t < 5:
            return EMPTY
        return (PARKED[0] if round(t) % 4 == 0 else Detections.empty()), PARKED[1]

    watcher, raised, t = rule(), [], 0.0
    while t < 60 and not raised:
        detections, picture = scene(t)
        raised = watcher.update(Observation(t, WH, grey(picture), detections))
        due_s = watcher.decides_s(t)
        t = min(t + 2, due_s) if due_s is not None and due_s > t else t + 2
    assert raised
    assert raised[0].at_s <= 6 + DWELL_S + 4


@pytest.mark.parametrize(
    ("from_s", "found_at", "restarts", "raised"),
    [(0, {0}, False, 0), (0, {0, 1}, False, 1), (6, {0}, False, 1), (6, {0}, True, 1), (0, {0}, True, 0)],
    ids=["a bench", "a car from the first look", "one that came", "one that came before a restart", "a bench, restart"],
)
def test_what_stood_there_at_the_first_look_must_be_found_in_most_of_them(
    from_s: int, found_at: set[int], restarts: bool, raised: int
) -> None:
    """Of three looks, those of `found_at` find it. A bench is taken for a bicycle now and then, and stands always."""
    watcher, found = rule(), []
    for t in range(60):
        found_now = PARKED[0] if t >= from_s and t % 3 in found_at else Detections.empty()
        picture = PARKED[1] if t >= from_s else EMPTY[1]
        found += watcher.update(Observation(t, WH, grey(picture), found_now, still_since=lambda *_: (0.0, from_s)))
        if restarts and t == from_s + 5:
            state, watcher = watcher.state(), rule()
            watcher.restore(state)
    assert len(found) == raised


def test_jitter_of_capture_times_costs_no_look_and_shortens_no_dwell() -> None:
    watcher = rule()
    raised = []
    for t in (0.0, 2.0, 4.0, 6.0, 8.0, 9.96, 12.0):
        raised += watcher.update(Observation(t, WH, grey(PARKED[1]), PARKED[0]))
    assert [(h.at_s, round(h.at_s - h.began_s, 6)) for h in raised] == [(9.96, DWELL_S)]
