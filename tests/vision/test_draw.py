"""Drawn looks: everything that is known is on the picture, and the words below fit whatever they are."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import pytest

from models.spec import ObjectClass
from vision.draw import Drawing
from vision.draw_ground import draw_ground
from vision.draw_strip import Strip, write
from vision.ground import from_camera
from vision.hazards.rules import Mark, Rule, Stage
from vision.track import Tracker
from vision.types import Detections, HazardKind, Picture

GREY: Picture = np.full((270, 480, 3), 90, np.uint8)
LEFT = ("left", ((0.02, 0.2), (0.4, 0.2), (0.4, 0.9), (0.02, 0.9)))


class Watching:
    """A rule that keeps one place raised and asks for nothing; enough of one to be drawn."""

    kind, zone_id, looks_hz, sees_colours = HazardKind.FIRE_LANE, "left", 0.5, False

    def marks(self) -> tuple[Mark, ...]:
        return (Mark(np.array([60, 90, 140, 150], np.float32), Stage.RAISED, "#7 at rest 31.0 s"),)

    def wants(self, at_s: float) -> str | None:
        return None

    def decides_s(self, at_s: float) -> float | None:
        return at_s + 4


RULE = cast(Rule, Watching())


def cars(*x1: float) -> Detections:
    boxes = np.array([[x, 200, x + 40, 230] for x in x1], np.float32)
    return Detections(boxes, np.full(len(x1), 0.9, np.float32), np.full(len(x1), ObjectClass.CAR, np.int64))


def test_a_place_is_drawn_in_red_and_the_source_stays_as_it_was() -> None:
    before = GREY.copy()
    drawn = Drawing([LEFT]).look(GREY, 0.0, None, None, [RULE], "a caption")
    assert np.array_equal(GREY, before)
    assert tuple(drawn[120, 60]) == (60, 60, 235)  # the mark's left edge
    assert tuple(drawn[120, 10]) == (255, 200, 60)  # the zone's


def test_tracks_leave_a_tail_that_fades_with_time() -> None:
    drawing, tracker = Drawing([]), Tracker()
    for n in range(4):
        seen = cars(200 + 12 * n)
        drawn = drawing.look(GREY, 0.5 * n, seen, tracker.update(seen, 0.5 * n), [], "")
    assert tuple(drawn[230 - 1, 225][:3]) != (90, 90, 90)
    assert tuple(drawing.look(GREY, 3.0, None, None, [], "")[229, 230]) != (90, 90, 90)
    later = drawing.look(GREY, 30.0, Detections.empty(), tracker.update(Detections.empty(), 30.0), [], "")
    assert np.array_equal(later[:270], GREY)


def test_every_look_has_one_even_size_whatever_is_told() -> None:
    drawing = Drawing([LEFT])
    sizes = {
        drawing.look(GREY, float(n), None, None, [RULE], "c", told).shape
        for n, told in enumerate([[], ["raised " * 60], ["x" * 900, "y", "z", "last"]])
    }
    assert len(sizes) == 1
    assert all(side % 2 == 0 for side in next(iter(sizes))[:2])


def test_what_was_told_stays_readable_for_a_while() -> None:
    drawing = Drawing([])
    plain = drawing.look(GREY, 0.0, None, None, [], "c")
    told = drawing.look(GREY, 1.0, None, None, [], "c", ["raised"])
    assert not np.array_equal(plain, told)
    assert np.array_equal(drawing.look(GREY, 3.0, None, None, [], "c"), told)
    assert np.array_equal(drawing.look(GREY, 9.0, None, None, [], "c"), plain)


@pytest.mark.parametrize("text", ["", "short", "many words " * 30, "w" * 400, "a " + "w" * 200 + " b"])
def test_lines_fit_and_no_word_is_lost(text: str) -> None:
    strip = Strip(480, lines=4)
    lines = list(strip.wrapped(text))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    widths = [cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, 0.38, 1)[0][0] for line in lines]
    assert max(widths, default=0) <= 480 - 16
    assert strip.written([(text, (255, 255, 255))]).shape == (strip.height, 480, 3)


@pytest.mark.parametrize("at", [(-50, -50), (470, 5), (5, 900), (479, 269)])
def test_labels_stay_within_the_picture(at: tuple[int, int]) -> None:
    picture = GREY.copy()
    write(picture, "label", at, (255, 255, 255))
    changed = np.argwhere((picture > 180).all(axis=2))
    assert len(changed) > 20


def test_the_ground_is_drawn_in_squares_below_the_horizon_alone() -> None:
    plane = from_camera(5.0, float(np.radians(15.0)), 400.0, (480, 270))
    picture = GREY.copy()
    draw_ground(picture, plane)
    changed = (picture != GREY).any(axis=2)
    horizon = 135 - 400 * np.tan(np.radians(15.0))
    assert changed[180:250].mean() > 0.02
    assert not changed[: int(horizon) - 2].any()
