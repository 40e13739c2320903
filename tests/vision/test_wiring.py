"""The wiring rule: new wires raise when several looks agree, what cannot be seen is unknown, approval ends it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from vision.hazards.rules import Observation, Stage
from vision.hazards.wiring import JumbledWiring, WiringLimits
from vision.types import Change, Detections, Floats, Hazard, Picture

WH = (320, 180)
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
OLD = ((5, 30), (315, 40))
NEW = ((5, 100), (315, 120))
OTHER = ((5, 165), (315, 150))
Line = tuple[tuple[int, int], ...]


class Place:
    """A wall with wires: what the camera shows of it, and what a perfect segmenter answers."""

    def __init__(self, rule: JumbledWiring) -> None:
        self.rule = rule
        self.lines: list[Line] = [OLD]
        self.boxes: Floats = np.zeros((0, 4), np.float32)
        self.brightness, self.blurred, self.colourful = 1.0, False, True
        self.at_s, self.segmented = 1000.0, 0

    def look(self, times: int = 1, every_s: float = 60.0) -> list[Hazard]:
        found = []
        for _ in range(times):
            found += self.rule.update(self.seen())
            self.at_s += every_s
        return found

    def seen(self) -> Observation:
        confidence = np.ones(len(self.boxes), np.float32)
        detections = Detections(self.boxes, confidence, np.full(len(self.boxes), 2, np.int64))
        luma = np.zeros((36, 64), np.uint8)
        return Observation(self.at_s, WH, luma, detections, crop=self.crop, segment=self.segment)

    def crop(self, xyxy: tuple[int, int, int, int], _fit_wh: tuple[int, int]) -> Picture:
        random = np.random.default_rng(1)
        wall = random.integers(90, 190, (WH[1] // 3, WH[0] // 3, 3)).astype(np.uint8)
        wall = np.asarray(cv2.resize(wall, WH, interpolation=cv2.INTER_NEAREST), np.uint8)
        if not self.colourful:
            wall = np.repeat(wall[:, :, :1], 3, axis=2)
        if self.blurred:
            wall = np.asarray(cv2.GaussianBlur(wall, (0, 0), 6), np.uint8)
        x1, y1, x2, y2 = xyxy
        return np.asarray(wall * self.brightness, np.uint8)[y1:y2, x1:x2]

    def segment(self, rgb: Picture) -> Floats:
        self.segmented += 1
        canvas = np.zeros((WH[1], WH[0]), np.uint8)
        for line in self.lines:
            cv2.polylines(canvas, [np.array(line, np.int32)], False, 255, 2)
        answer = cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), 1.0)
        return np.asarray(answer, np.float32)[: rgb.shape[0], : rgb.shape[1]]


def place(limits: WiringLimits | None = None, *, approved: int = 0, bare: bool = False) -> Place:
    return Place(rule(limits, approved=approved, bare=bare))


def rule(limits: WiringLimits | None = None, *, approved: int = 0, bare: bool = False) -> JumbledWiring:
    return JumbledWiring("wall", WHOLE, limits or WiringLimits(), approved=approved, bare=bare)


def approved_place() -> Place:
    """The first three looks have made the baseline."""
    at = place()
    assert at.look(3) == []
    return at


def changes(hazards: Sequence[Hazard]) -> list[Change]:
    return [hazard.change for hazard in hazards]


def test_what_hung_there_at_first_raises_nothing() -> None:
    assert approved_place().look(8) == []


def test_new_wires_raise_once_when_three_looks_agree_and_clear_when_they_are_gone() -> None:
    at = approved_place()
    at.lines = [OLD, NEW]
    assert at.look(2) == []
    (raised,) = at.look(1)
    assert raised.change is Change.RAISED
    assert raised.began_s == 1000 + 3 * 60
    assert raised.why["new_wires"] == pytest.approx(310 / np.sqrt(320 * 180), rel=0.1)
    assert raised.why["wire_share"] > raised.why["baseline_share"] > 0  # type: ignore[operator]
    assert raised.xyxy == pytest.approx([5, 100, 315, 120], abs=6)
    assert at.look(5) == []
    at.lines = [OLD]
    assert at.look(2) == []
    (cleared,) = at.look(1)
    assert (cleared.change, cleared.slot, cleared.began_s) == (Change.CLEARED, raised.slot, raised.began_s)


def test_a_wire_in_the_place_of_another_is_new_though_there_are_no_more_than_before() -> None:
    at = approved_place()
    at.lines = [OLD, OTHER]
    at.rule = rule(approved=1)
    at.look(3)
    at.lines = [OLD, NEW]
    assert changes(at.look(4)) == [Change.RAISED]


def test_one_look_raises_nothing() -> None:
    at = approved_place()
    for _ in range(4):
        at.lines = [OLD, NEW]
        assert at.look(2) == []
        at.lines = [OLD]
        assert at.look(1) == []


def test_where_no_wire_may_hang_any_raises() -> None:
    assert changes(place(bare=True).look(3)) == [Change.RAISED]


@pytest.mark.parametrize("how", ["dark", "blurred", "wires not seen"])
def test_what_cannot_be_seen_is_unknown_not_gone(how: str) -> None:
    at = approved_place()
    at.lines = [OLD, NEW]
    at.look(3)
    at.lines = [] if how == "wires not seen" else [OLD]
    at.brightness, at.blurred = 0.05 if how == "dark" else 1.0, how == "blurred"
    assert at.look(6) == []
    at.brightness, at.blurred, at.lines = 1.0, False, [OLD]
    assert changes(at.look(3)) == [Change.CLEARED]


def test_a_vehicle_before_the_wires_clears_nothing() -> None:
    at = approved_place()
    at.lines = [OLD, NEW]
    at.look(3)
    at.boxes = np.array([[0, 75, 320, 150]], np.float32)
    at.lines = [OLD]
    assert at.look(6) == []


def test_approval_ends_the_hazard_and_takes_the_wires_for_the_baseline() -> None:
    at = approved_place()
    at.lines = [OLD, NEW]
    (raised,) = at.look(3)
    state = json.loads(json.dumps(at.rule.state()))
    at.rule = rule(approved=1)
    at.rule.restore(state)
    (cleared,) = at.look(6)
    assert (cleared.change, cleared.slot) == (Change.CLEARED, raised.slot)
    at.lines = [OLD, NEW, OTHER]
    assert changes(at.look(3)) == [Change.RAISED]


def test_a_restart_goes_on_as_if_nothing_had_happened() -> None:
    at = approved_place()
    at.lines = [OLD, NEW]
    assert changes(at.look(3)) == [Change.RAISED]
    state = json.loads(json.dumps(at.rule.state()))
    at.rule = rule()
    at.rule.restore(state)
    assert at.look(4) == []
    at.lines = [OLD]
    assert changes(at.look(3)) == [Change.CLEARED]


def test_night_sees_the_same_wires_in_another_light() -> None:
    at = approved_place()
    at.look(3)
    at.colourful = False
    at.lines = [OLD, OTHER]  # infrared shows one that daylight did not
    assert at.look(6) == []
    at.lines = [OLD, OTHER, NEW]
    assert changes(at.look(3)) == [Change.RAISED]


def test_wires_strung_at_dusk_are_not_taken_for_old_ones_in_another_light() -> None:
    at = approved_place()
    at.colourful = False
    at.look(1)
    at.lines = [OLD, NEW]
    assert changes(at.look(3)) == [Change.RAISED]


def test_it_looks_by_the_clock_and_not_at_every_picture() -> None:
    at = approved_place()
    before = at.segmented
    at.look(120, every_s=2.0)
    assert at.segmented - before in (4, 5)
    assert at.rule.looks_hz == pytest.approx(1 / 60)


def test_without_a_segmenter_nothing_is_asked_for() -> None:
    at = place()
    assert at.rule.wants(at.at_s) == "wires are due"
    at.rule.update(replace(at.seen(), segment=None))
    assert at.rule.wants(at.at_s) is None


def test_a_clock_that_was_set_moves_what_was_seen() -> None:
    at = approved_place()
    at.lines = [OLD, NEW]
    at.look(2)
    at.rule.shift_clock(3600.0)
    at.at_s += 3600
    (raised,) = at.look(1)
    assert raised.began_s == 1000 + 3 * 60 + 3600


def test_what_it_keeps_an_eye_on_is_shown() -> None:
    at = approved_place()
    assert at.rule.marks() == ()
    at.lines = [OLD, NEW]
    at.look(1)
    assert [mark.stage for mark in at.rule.marks()] == [Stage.WATCHED]
    at.look(2)
    assert [mark.stage for mark in at.rule.marks()] == [Stage.RAISED]


def test_figures_in_metres_where_the_width_is_known() -> None:
    at = place(WiringLimits(width_m=6.4))
    at.look(3)
    at.lines = [OLD, NEW]
    (raised,) = at.look(3)
    assert raised.why["new_wires_m"] == pytest.approx(6.2, rel=0.1)
    assert raised.why["wires_m_m2"] == pytest.approx(2 * 6.2 / (6.4 * 3.6), rel=0.1)


@pytest.mark.parametrize("fault", [{"version": 0}, {"raised": {"slot": 1}}, {"baseline": {"grids": {"0": {}}}}])
def test_a_state_that_cannot_be_read_is_refused(fault: dict[str, object]) -> None:
    at = approved_place()
    with pytest.raises((ValueError, KeyError, TypeError)):
        rule().restore({**at.rule.state(), **fault})


def test_a_clock_that_was_set_back_over_a_restart_does_not_stop_it_from_looking() -> None:
    at = approved_place()
    state = at.rule.state()
    at.rule = rule()
    at.rule.restore(state)
    at.at_s -= 86_400
    before = at.segmented
    at.look(5)
    assert at.segmented - before == 5


def test_a_zone_that_was_drawn_anew_takes_its_baseline_anew() -> None:
    at = approved_place()
    state = json.loads(json.dumps(at.rule.state()))
    at.rule = JumbledWiring("wall", ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)), WiringLimits())
    at.rule.restore(state)
    assert at.rule.baseline is None
    assert at.look(8) == []


def test_no_baseline_is_taken_while_a_vehicle_stands_before_the_wires() -> None:
    at = place()
    at.boxes = np.array([[0, 0, 320, 90]], np.float32)
    assert at.look(6) == []
    assert at.rule.baseline is None
    at.boxes = np.zeros((0, 4), np.float32)
    assert at.look(6) == []
    assert at.rule.baseline is not None
