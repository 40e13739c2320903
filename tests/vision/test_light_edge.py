"""An edge of light is told from a thing: by where its slopes point, and by the light that goes on beyond it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.vision.builders import grey, paint, street
from vision.static.finder import StaticThings
from vision.static.light_edge import is_edge_of_light
from vision.static.structure import Mask, Structure
from vision.types import Floats, Picture

LANE = ((0.1, 0.2), (0.9, 0.2), (0.9, 0.95), (0.1, 0.95))
_Y, _X = np.mgrid[0:360, 0:640]


def asphalt(seed: int, shade: tuple[float, float] | None = None, gain: float = 0.55) -> Picture:
    """A plain lane with two painted lines, and a sensor's noise; between `shade`, px at its top, lies a shadow with
    hard edges that leans."""
    ground = np.full((360, 640), 120.0)
    for x in (200, 420):
        ground[:, x : x + 6] = 190
    if shade is not None:
        ground[(shade[0] + 0.3 * _Y <= _X) & (shade[1] + 0.3 * _Y > _X)] *= gain
    return np.clip(ground + np.random.default_rng(seed).normal(0, 1.5, ground.shape), 0, 255).astype(np.uint8)


def most_things(width_px: float, wander_px_s: float, gain: float) -> int:
    """How many things there were at the most, while a shadow that fell at 20 s wandered until 60 s and then stayed."""
    finder, most = StaticThings(LANE), 0
    for at_s in np.arange(8.0, 100.0, 2.0):
        left = 120 + wander_px_s * min(max(at_s - 20, 0.0), 40.0)
        shade = (left, left + width_px) if at_s >= 20 else None
        finder.see(asphalt(round(at_s), shade, gain), float(at_s))
        most = max(most, sum(thing.dwell_s >= 30 for thing in finder.things))
    return most


def test_a_hard_shadow_that_wanders_and_stays_is_no_thing() -> None:
    assert most_things(width_px=200, wander_px_s=1.5, gain=0.45) == 0


def judged(now: Picture, before: Picture, box: tuple[int, int, int, int]) -> bool:
    x1, y1, x2, y2 = box
    mask: Mask = np.ones((y2 - y1, x2 - x1), np.bool_)
    return is_edge_of_light(x1, y1, mask, Structure.of(now), Structure.of(before))


def test_slopes_along_a_shadows_edge_point_one_way_even_where_its_light_was_learnt() -> None:
    shaded = asphalt(1, (250, 900))
    assert judged(shaded, asphalt(2), (268, 90, 290, 110))
    assert judged(shaded, shaded, (268, 90, 290, 110))


def test_a_patch_of_both_edges_is_light_where_the_shadow_goes_on() -> None:
    assert judged(asphalt(1, (250, 330)), asphalt(2), (255, 150, 385, 170))


@pytest.mark.parametrize("seed", range(6))
def test_goods_are_no_edge_of_light(seed: int) -> None:
    """Nor where a shadow has come to end behind them."""
    empty, spot = street(), (300.0, 180.0, 380.0, 240.0)
    goods, box = grey(paint(empty, spot, seed)), (294, 174, 386, 246)
    assert not judged(goods, grey(empty), box)
    dark: Floats = np.where(_X < 340, 0.6, 1.0).astype(np.float32)
    assert not judged((goods * dark).astype(np.uint8), grey(empty), box)
