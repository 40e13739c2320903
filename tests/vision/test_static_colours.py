"""What is as bright as the ground, and of another colour, is found by its colour; coloured light is not."""

from __future__ import annotations

import json
from collections.abc import Callable

import cv2
import numpy as np

from tests.vision.builders import street
from vision.static.finder import StaticThings
from vision.static.regions import Nature, Region, nature_of
from vision.static.structure import Structure
from vision.types import Glimpse, Picture

LANE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.95), (0.2, 0.95))
SPOT = (300, 180, 380, 240)
Scene = Callable[[float], Picture]


def painted(cb: int, cr: int, *, darker: float = 1.0, soft_px: float = 0.0) -> Picture:
    """The empty street, YCbCr, with a box that leaves every pixel as bright as the ground there, but for `darker`."""
    picture = empty()
    mask = np.zeros(picture.shape[:2], np.float32)
    x1, y1, x2, y2 = SPOT
    mask[y1:y2, x1:x2] = 1
    if soft_px:
        mask = cv2.GaussianBlur(mask, (0, 0), soft_px)
    other = picture * np.array([darker, 1, 1], np.float32)
    other[:, :, 1:] = cb, cr
    return np.round(picture + mask[:, :, None] * (other - picture)).astype(np.uint8)


def empty() -> Picture:
    grey = cv2.cvtColor(street(), cv2.COLOR_RGB2GRAY)
    return np.dstack([grey, np.full((*grey.shape, 2), 128, np.uint8)])


RED, GROUND = painted(110, 170), empty()


def watch(scene: Scene, to_s: float, *, using: StaticThings | None = None, from_s: float = 0.0) -> StaticThings:
    finder = StaticThings(LANE) if using is None else using
    for at_s in np.arange(from_s, to_s, 2.0).tolist():
        luma, colours = parts(scene(at_s), at_s)
        finder.see(luma, at_s, colours=lambda colours=colours: colours)
    return finder


def parts(picture: Picture, seed: float) -> tuple[Picture, Picture]:
    """Brightness, and colours at half the size, with a camera's noise."""
    noise = np.random.default_rng(round(seed * 100)).normal(0, 1.5, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    half = cv2.resize(noisy, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(noisy[:, :, 0]), np.ascontiguousarray(half[:, :, 1:])


def test_a_red_box_as_bright_as_the_ground_is_found() -> None:
    finder = watch(lambda t: RED if t >= 20 else GROUND, 40)
    (thing,) = finder.things
    assert (thing.began_s, thing.seen_s) == (20, 38)
    np.testing.assert_allclose(finder.box(thing, (640, 360)), SPOT, atol=8)


def test_it_is_gone_when_the_ground_has_its_own_colour_again() -> None:
    finder = watch(lambda t: RED if 20 <= t < 40 else GROUND, 40)
    finder.things[0].raised = True
    watch(lambda t: GROUND, 50, using=finder, from_s=40)
    assert (finder.things[0].free_since_s, finder.things[0].free_looks) == (40, 5)


def test_a_shadow_that_is_somewhat_bluer_is_no_thing() -> None:
    shadow = painted(133, 125, darker=0.6, soft_px=3)
    assert not watch(lambda t: shadow if t >= 20 else GROUND, 50).things


def test_a_shadow_on_a_red_floor_takes_from_the_colour_what_it_takes_from_brightness() -> None:
    floor = GROUND.copy()
    floor[:, :, 1:] = 95, 170
    rgb = cv2.cvtColor(floor[:, :, [0, 2, 1]], cv2.COLOR_YCrCb2RGB).astype(np.float32)
    rgb[120:220, 250:420] *= 0.5
    shaded = cv2.cvtColor(np.round(rgb).astype(np.uint8), cv2.COLOR_RGB2YCrCb)[:, :, [0, 2, 1]]
    region = Region(247, 117, np.ones((106, 176), np.bool_))
    assert nature_of(region, Structure.of(shaded), Structure.of(floor)) is Nature.LIGHT
    assert nature_of(region, Structure.of(GROUND), Structure.of(floor)) is not Nature.LIGHT


def test_it_is_dated_by_an_older_look_in_colours() -> None:
    finder = watch(lambda t: RED if t >= 20 else GROUND, 24)
    luma, colours = parts(RED, 19)
    finder.look_back(Glimpse(19.0, (640, 360), luma, colours))
    assert finder.things[0].began_s == 19
    luma, colours = parts(GROUND, 18)
    finder.look_back(Glimpse(18.0, (640, 360), luma, colours))
    assert finder.things[0].began_s == 19
    assert finder.undated() is None


def test_a_restarted_worker_goes_on_with_it() -> None:
    before = watch(lambda t: RED if t >= 20 else GROUND, 40)
    after = StaticThings(LANE)
    after.restore(json.loads(json.dumps(before.state())))
    watch(lambda t: RED, 60, using=after, from_s=44)
    assert [(thing.began_s, thing.seen_s) for thing in after.things] == [(20, 58)]


def test_a_ground_stored_before_colours_were_looked_at_takes_those_that_it_meets() -> None:
    """A lane with a painted, coloured surface: an update of the program makes no thing of it."""
    before, after = StaticThings(LANE), StaticThings(LANE)
    for at_s in np.arange(0.0, 30.0, 2.0).tolist():
        before.see(parts(RED, at_s)[0], at_s)
    after.restore(json.loads(json.dumps(before.state())))
    watch(lambda t: RED, 60, using=after, from_s=34)
    assert not after.things


def test_a_picture_that_loses_its_colours_makes_no_things() -> None:
    """Some cameras turn to black and white at dusk without another light: nothing has come, and nothing has gone."""
    coloured = painted(100, 150, darker=0.7)
    grey = coloured.copy()
    grey[:, :, 1:] = 128
    assert not watch(lambda t: coloured if t < 30 else grey, 80).things
