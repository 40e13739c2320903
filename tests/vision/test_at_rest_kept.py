"""What is parked stays the same through missing video, a clock that is set, a restart and another resolution."""

from __future__ import annotations

import json

from tests.vision.builders import boxes, grey, paint
from tests.vision.kerb import EMPTY, PARKED, SPOT, between, rule, watch
from vision.hazards.rules import Observation
from vision.types import Change
from vision.zones import Zone


def test_no_video_is_unknown_not_clear() -> None:
    """A gap of five minutes in which nothing was looked at: the hazard stands, and clears only when seen free."""
    watcher = rule()
    assert [h.change for h in watch(between(0, 1e9), 20, using=watcher)] == [Change.RAISED]
    assert watch(between(0, 1e9), 330, using=watcher, from_s=320) == []
    assert [h.change for h in watch(between(0, 0), 340, using=watcher, from_s=331)] == [Change.CLEARED]


def test_hours_without_video_are_no_dwell() -> None:
    """A car stood there for 3 s, then nothing was seen for three hours: whoever stands there now has just come."""
    watcher = rule()
    watch(between(0, 1e9), 3, using=watcher)
    (raised,) = watch(between(0, 1e9), 10_820, using=watcher, from_s=10_800)
    assert raised.began_s == 10_800


def test_a_clock_set_back_ends_no_hazard_and_watches_on() -> None:
    watcher = rule()
    (raised,) = watch(between(0, 1e9), 4020, using=watcher, from_s=4000)
    other = (20.0, 60.0, 110.0, 130.0)
    two = (boxes(SPOT, other), paint(PARKED[1], other, seed=7))
    found = watch(lambda t: two if t < 430 else EMPTY, 450, using=watcher, from_s=400)
    assert [h.change for h in found] == [Change.RAISED, Change.CLEARED, Change.CLEARED]
    assert found[0].began_s == 400
    assert {h.began_s for h in found[1:]} == {400, 380}, "by the new clock it had stood for 20 s when it was set"
    assert sorted(float(h.why["dwell_s"]) for h in found[1:]) == [29, 49]
    assert raised.began_s == 4000


def test_after_a_restart_with_another_zone_only_what_lies_in_it_may_be_raised() -> None:
    before = rule()
    watch(between(0, 1e9), 7, using=before)
    right = rule(Zone(((0.7, 0), (1, 0), (1, 1), (0.7, 1))))
    right.restore(before.state())
    assert watch(between(0, 1e9), 40, using=right, from_s=8) == []


def test_a_restart_goes_on_where_it_stopped() -> None:
    before = rule()
    watch(between(2, 1e9), 7, using=before)
    after = rule()
    after.restore(json.loads(json.dumps(before.state())))
    raised = watch(between(2, 1e9), 30, using=after, from_s=9)
    assert [(h.change, h.began_s) for h in raised] == [(Change.RAISED, 2.0)]
    again = rule()
    again.restore(json.loads(json.dumps(after.state())))
    assert watch(between(2, 1e9), 60, using=again, from_s=31) == []


def test_another_resolution_shows_the_same_place() -> None:
    watcher = rule()
    assert len(watch(between(0, 1e9), 20, using=watcher)) == 1
    for look in range(21, 60):
        twice = boxes((400, 300, 600, 440))
        assert watcher.update(Observation(look, (1280, 720), grey(PARKED[1]), twice)) == []
