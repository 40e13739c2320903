"""A fire lane is blocked by whatever stands in it, and each thing is one hazard, whoever sees it."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from models.spec import VEHICLES, ObjectClass
from tests.vision.builders import WH, boxes, grey, join, paint, street
from vision.hazards.at_rest import AtRest
from vision.hazards.fire_lane import FireLane
from vision.hazards.rules import Observation
from vision.types import Change, Detections, Hazard, HazardKind, Picture
from vision.zones import Zone

LANE = Zone(((0.2, 0.2), (0.8, 0.2), (0.8, 0.95), (0.2, 0.95)))
SPOT, OTHER = (300.0, 180.0, 380.0, 240.0), (180.0, 250.0, 260.0, 320.0)
CLASSES = (*VEHICLES, ObjectClass.TWO_WHEELER)
NOTHING = Detections.empty()
Scene = Callable[[float], tuple[Detections, Picture]]


def lane(**settings: float | bool) -> FireLane:
    return FireLane("lane", LANE, CLASSES, 10.0, 3.0, **settings)  # type: ignore[arg-type]


def shown(*spots: tuple[float, float, float, float]) -> Picture:
    picture = street()
    for seed, spot in enumerate(spots, 1):
        picture = paint(picture, spot, seed=seed)
    return picture


def watch(
    scene: Scene, to_s: float, *, using: FireLane | None = None, from_s: float = 0.0, gated: bool = True
) -> list[Hazard]:
    """Looks every 2 s, and when the rule wants one; the detector sees only those that it wants, where `gated`."""
    rule, found, at_s = using or lane(), [], from_s
    while at_s < to_s:
        detections, picture = scene(at_s)
        noise = np.random.default_rng(round(at_s * 100)).integers(-2, 3, (*picture.shape[:2], 1))
        luma = grey(np.clip(picture + noise, 0, 255).astype(np.uint8))
        wanted = not gated or rule.wants(at_s) is not None
        found += rule.update(Observation(at_s, WH, luma, detections if wanted else None))
        due = rule.decides_s(at_s)
        at_s = min(at_s + 2, at_s + 2 if due is None else max(due, at_s + 0.04))
    return found


def goods(from_s: float, to_s: float, seen: Detections = NOTHING) -> Scene:
    return lambda t: (seen, shown(SPOT)) if from_s <= t < to_s else (NOTHING, street())


def test_goods_are_raised_after_their_dwell_and_cleared_when_the_ground_is_seen_again() -> None:
    raised, cleared = watch(goods(20, 50), 70)
    assert (raised.change, raised.kind, cleared.change) == (Change.RAISED, HazardKind.FIRE_LANE, Change.CLEARED)
    assert (raised.began_s, raised.at_s) == (20, 30)
    assert 53 <= cleared.at_s <= 56
    assert (raised.slot, cleared.slot) == (1, 1)
    np.testing.assert_allclose(raised.xyxy, SPOT, atol=8)


def test_the_raising_says_what_it_was_decided_by() -> None:
    why = watch(goods(20, 50), 40)[0].why
    assert (why["what"], why["dwell_s"], why["limit_s"], why["unknown_s"]) == ("thing", 10, 10, 0)
    # The lane is wider than high, so it runs across: what counts is how deep the goods' foot reaches into it.
    assert why["blocked_share"] == pytest.approx(0.4 * 60 / (0.75 * 360), abs=0.04)
    assert why["area_share"] == pytest.approx(80 * 60 / (640 * 360), abs=0.01)


def test_goods_that_are_soon_taken_away_raise_nothing() -> None:
    assert watch(goods(20, 28), 60) == []


def test_nothing_is_raised_on_a_look_that_the_detector_did_not_see() -> None:
    rule, scene = lane(), goods(20, 90)
    for at_s in np.arange(0.0, 60.0, 2.0):
        assert rule.update(Observation(float(at_s), WH, grey(scene(float(at_s))[1]), None)) == []
    assert len(watch(scene, 70, using=rule, from_s=60)) == 1


@pytest.mark.parametrize("missed", [0, 2, 3], ids=["always", "every other look", "in a third of them"])
def test_a_vehicle_that_both_see_is_one_hazard(missed: int) -> None:
    def scene(t: float) -> tuple[Detections, Picture]:
        if not 20 <= t < 60:
            return NOTHING, street()
        return NOTHING if missed and int(t / 2) % missed else boxes(SPOT), shown(SPOT)

    assert [h.change for h in watch(scene, 90, gated=False)] == [Change.RAISED, Change.CLEARED]


def test_people_who_stand_perfectly_still_are_no_goods() -> None:
    assert watch(goods(20, 90, boxes(SPOT, kind=ObjectClass.PERSON, sure=0.3)), 90) == []


def test_who_passes_before_goods_does_not_make_people_of_them() -> None:
    """Seen in the only look so far, they were all that was known of it, and nobody asked again."""
    passes = boxes(SPOT, kind=ObjectClass.PERSON)
    (raised,) = watch(lambda t: goods(20, 90, passes if t < 25 else NOTHING)(t), 60)
    assert raised.change is Change.RAISED
    assert raised.at_s <= 36


def test_a_class_that_does_not_count_is_no_goods_either() -> None:
    cars = FireLane("lane", LANE, VEHICLES, 10.0, 3.0)
    assert watch(goods(20, 90, boxes(SPOT, kind=ObjectClass.TWO_WHEELER)), 90, using=cars) == []


def test_someone_who_sways_is_no_goods_though_no_detector_sees_them() -> None:
    def scene(t: float) -> tuple[Detections, Picture]:
        by = 4 * np.sin(t)
        body = (300.0 + by, 150.0, 340.0 + by, 250.0)
        return NOTHING, paint(street(), body, seed=4) if t >= 20 else street()

    assert watch(scene, 70) == []


def test_goods_beside_a_vehicle_are_a_hazard_of_their_own_and_outlast_it() -> None:
    def scene(t: float) -> tuple[Detections, Picture]:
        if t < 20:
            return NOTHING, street()
        return (boxes(OTHER), shown(SPOT, OTHER)) if t < 50 else (NOTHING, shown(SPOT))

    found = watch(scene, 80)
    assert [h.change for h in found] == [Change.RAISED, Change.RAISED, Change.CLEARED]
    np.testing.assert_allclose(found[-1].xyxy, OTHER, atol=8)


def test_one_vehicle_in_the_place_of_another_is_a_hazard_of_its_own() -> None:
    def scene(t: float) -> tuple[Detections, Picture]:
        if t < 20:
            return NOTHING, street()
        return boxes(SPOT), paint(street(), SPOT, seed=1 if t < 50 else 7)

    changes = [h.change for h in watch(scene, 120, gated=False)]
    assert changes.count(Change.RAISED) - changes.count(Change.CLEARED) == 1


def test_what_takes_little_of_the_lane_does_not_count() -> None:
    assert watch(goods(20, 60), 60, using=lane(least_blocked=0.4)) == []


def test_things_can_be_left_to_the_detector() -> None:
    assert watch(goods(20, 60), 60, using=lane(things=False)) == []


def test_no_video_is_unknown_and_no_all_clear() -> None:
    rule = lane()
    assert len(watch(goods(20, 1e9), 40, using=rule)) == 1
    assert watch(goods(20, 1e9), 380, using=rule, from_s=340) == []
    assert [h.change for h in watch(goods(0, 0), 400, using=rule, from_s=380)] == [Change.CLEARED]


def test_a_restart_raises_nothing_twice_and_clears_what_was_raised() -> None:
    before, after = lane(), lane()
    both: Scene = lambda t: (boxes(OTHER), shown(SPOT, OTHER)) if t >= 20 else (NOTHING, street())  # noqa: E731
    raised = watch(both, 40, using=before)
    after.restore(json.loads(json.dumps(before.state())))
    assert watch(both, 70, using=after, from_s=50) == []
    cleared = watch(goods(0, 0), 90, using=after, from_s=70)
    assert {h.slot for h in raised} == {h.slot for h in cleared} == {1, 2}


def test_a_state_of_vehicles_alone_goes_on() -> None:
    """As workers of before stored it: the raised place keeps its slot and its beginning."""
    old = AtRest(HazardKind.FIRE_LANE, "lane", LANE, CLASSES, 10.0, 3.0)
    luma = grey(shown(SPOT))
    raised = [h for t in range(0, 20, 2) for h in old.update(Observation(float(t), WH, luma, boxes(SPOT)))]
    rule = lane()
    rule.restore(json.loads(json.dumps(old.state())))
    (cleared,) = watch(goods(0, 0), 50, using=rule, from_s=20, gated=False)
    assert (cleared.slot, cleared.began_s) == (raised[0].slot, raised[0].began_s)


def test_a_clock_that_is_set_takes_everything_along() -> None:
    rule = lane()
    (raised,) = watch(goods(20, 1e9), 40, using=rule)
    rule.shift_clock(3600)
    (cleared,) = watch(goods(0, 0), 3660, using=rule, from_s=3640)
    assert cleared.began_s == raised.began_s + 3600


def test_a_bicycle_leant_on_goods_is_marked_with_them() -> None:
    rule = lane()
    bicycle = boxes((300.0, 180.0, 340.0, 240.0), kind=ObjectClass.TWO_WHEELER)
    watch(goods(20, 90, join(bicycle)), 40, using=rule)
    assert any(mark.text.startswith("thing") for mark in rule.marks())


def test_goods_that_a_restart_finds_dwelling_are_raised_all_the_same() -> None:
    before, after = lane(), lane()
    assert watch(goods(20, 1e9), 27, using=before) == []
    after.restore(json.loads(json.dumps(before.state())))
    (raised,) = watch(goods(20, 1e9), 50, using=after, from_s=28)
    assert raised.began_s == 20


def test_goods_are_raised_though_the_clock_was_set_back_over_a_restart() -> None:
    before, after = lane(), lane()
    watch(goods(4020, 1e9), 4027, using=before, from_s=4000)
    after.restore(json.loads(json.dumps(before.state())))
    (raised,) = watch(goods(0, 1e9), 460, using=after, from_s=400)
    assert raised.at_s <= 416


@pytest.mark.parametrize("seen", [NOTHING, boxes(SPOT)], ids=["goods", "vehicle"])
def test_what_is_cleared_after_the_clock_was_set_back_has_stood_for_as_long_as_it_has(seen: Detections) -> None:
    before, after = lane(), lane()
    (raised,) = watch(goods(4020, 1e9, seen), 4060, using=before, from_s=4000)
    after.restore(json.loads(json.dumps(before.state())))
    (cleared,) = watch(goods(0, 420, seen), 460, using=after, from_s=400)
    assert (cleared.change, cleared.slot) == (Change.CLEARED, raised.slot)
    assert cleared.began_s == pytest.approx(400 - 38, abs=3)
    assert float(cleared.why["dwell_s"]) == pytest.approx(38 + 20, abs=4)


def test_a_zone_that_was_drawn_anew_learns_its_ground_anew() -> None:
    before = lane()
    watch(goods(20, 1e9), 40, using=before)
    other = Zone(((0.1, 0.1), (0.7, 0.1), (0.7, 0.9), (0.1, 0.9)))
    after = FireLane("lane", other, CLASSES, 10.0, 3.0)
    after.restore(json.loads(json.dumps(before.state())))
    assert watch(goods(0, 0), 160, using=after, from_s=40) == []
