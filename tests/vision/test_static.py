"""What comes to rest is found by the picture alone; what light, people and rain do is not."""

from __future__ import annotations

import json
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.vision.builders import grey, paint, street
from tests.vision.street import Street
from vision.hazards.lane import blocked_share
from vision.static.finder import StaticThings
from vision.static.regions import Region
from vision.static.steadied import Steadied, moved
from vision.static.window import Window
from vision.types import Floats, Picture

LANE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.95), (0.2, 0.95))
WH = (640, 360)
SPOT = (300.0, 180.0, 380.0, 240.0)
EMPTY, GOODS = grey(street()), grey(paint(street(), SPOT))
NOBODY: Floats = np.zeros((0, 4), np.float32)
Scene = Callable[[float], Picture]


def noisy(picture: Picture, seed: float, sigma: float = 1.5) -> Picture:
    noise = np.random.default_rng(round(seed * 100)).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def watch(
    scene: Scene, to_s: float, *, using: StaticThings | None = None, from_s: float = 0.0, step_s: float = 2.0
) -> StaticThings:
    finder = StaticThings(LANE) if using is None else using
    for at_s in np.arange(from_s, to_s, step_s):
        finder.see(noisy(scene(float(at_s)), float(at_s)), float(at_s))
    return finder


def shaded(picture: Picture, gain: float, box: tuple[int, int, int, int] = (250, 120, 420, 300)) -> Picture:
    """A copy with a shadow's soft-edged light on a part."""
    mask = np.zeros(picture.shape, np.float32)
    x1, y1, x2, y2 = box
    mask[y1:y2, x1:x2] = 1
    soft = cv2.GaussianBlur(mask, (0, 0), 3)
    return np.clip(picture * (1 - soft * (1 - gain)), 0, 255).astype(np.uint8)


def test_goods_are_found_at_their_second_look_and_dated_by_their_first() -> None:
    (thing,) = watch(lambda t: GOODS if t >= 20 else EMPTY, 24).things
    assert (thing.began_s, thing.seen_s) == (20, 22)


def test_the_box_is_that_of_the_goods_in_px_of_the_full_frame() -> None:
    finder = watch(lambda t: GOODS if t >= 20 else EMPTY, 30)
    np.testing.assert_allclose(finder.box(finder.things[0], (1920, 1080)), np.array(SPOT) * 3, atol=24)


def test_what_is_never_at_rest_is_never_a_thing() -> None:
    found: list[int] = []
    finder = StaticThings(LANE)
    for look in range(40):
        x = 20.0 + look * 53 % 460
        finder.see(noisy(grey(paint(street(), (x, 150, x + 90, 230))), look), 2.0 * look)
        found.append(len(finder.things))
    assert max(found) == 0


@pytest.mark.parametrize("gain", [0.5, 0.7, 1.5], ids=["deep shadow", "shadow", "sun"])
def test_a_shadow_that_stays_is_no_thing(gain: float) -> None:
    assert not watch(lambda t: shaded(EMPTY, gain) if t >= 20 else EMPTY, 40).things


def test_a_shadow_over_goods_leaves_them_there() -> None:
    def scene(t: float) -> Picture:
        return EMPTY if t < 20 else GOODS if t < 40 else shaded(GOODS, 0.6)

    (thing,) = watch(scene, 60).things
    assert (thing.began_s, thing.seen_s) == (20, 58)


def test_dusk_is_followed_and_hides_nothing() -> None:
    def scene(t: float) -> Picture:
        return (np.float32(1 - 0.7 * min(t / 300, 1)) * (GOODS if t >= 320 else EMPTY)).astype(np.uint8)

    (thing,) = watch(scene, 340).things
    assert thing.began_s == 320


def test_the_switch_to_infra_red_is_waited_out_and_goods_stay() -> None:
    """Everything changes at once: nothing is new by that, and what stood there still does."""
    scenes = Street(noise=0.0)
    bare = scenes.bare(0)
    there = bare.copy()
    there[180:240, 300:380] = GOODS[180:240, 300:380]
    red = scenes.infra_red(there)
    finder = watch(lambda t: bare if t < 20 else there if t < 40 else red, 80)
    assert [thing.began_s for thing in finder.things] == [20]
    assert finder.things[0].seen_s == 78


def test_a_hole_where_something_was_taken_away_is_no_thing() -> None:
    """The first picture had it; it is gone later: what is new is the ground."""
    assert not watch(lambda t: GOODS if t < 60 else EMPTY, 90).things


def crossing(crate: bool = False) -> Picture:
    """Slanted white stripes; with a plain crate on them, which has fewer edges than they."""
    across, down = np.meshgrid(np.arange(WH[0]), np.arange(WH[1]))
    striped = np.where((across + 2 * down) % 48 < 24, 190, 90).astype(np.uint8)
    if crate:
        striped[180:240, 300:380] = 135
    return striped


def test_a_plain_thing_that_hides_a_pattern_is_no_hole() -> None:
    (thing,) = watch(lambda t: crossing(crate=t >= 20), 40).things
    assert thing.began_s == 20
    assert not watch(lambda t: crossing(crate=t < 20), 60).things


def test_after_a_hole_new_goods_on_the_same_ground_are_found() -> None:
    (thing,) = watch(lambda t: EMPTY if 60 <= t < 90 else GOODS, 100).things
    assert thing.began_s == 90


def test_whoever_passes_before_goods_does_not_begin_them_anew() -> None:
    hidden = grey(paint(paint(street(), SPOT), (280.0, 140.0, 400.0, 260.0), seed=9))
    (thing,) = watch(lambda t: EMPTY if t < 20 else hidden if t in (26, 28) else GOODS, 40).things
    assert (thing.began_s, thing.seen_s, thing.unknown_s) == (20, 38, 6)


def test_goods_that_are_taken_away_are_gone() -> None:
    finder = watch(lambda t: GOODS if 20 <= t < 40 else EMPTY, 40)
    finder.things[0].raised = True
    watch(lambda t: EMPTY, 46, using=finder, from_s=40)
    assert finder.things[0].free_since_s == 40


def test_goods_outside_the_zone_are_nobodys_business() -> None:
    left = (4.0, 180.0, 84.0, 240.0)
    assert not watch(lambda t: grey(paint(street(), left)) if t >= 20 else EMPTY, 40).things


def test_a_camera_that_shakes_sees_no_new_things_and_finds_goods() -> None:
    scenes = Street(noise=0.0)
    bare = scenes.bare(0)
    there = bare.copy()
    there[180:240, 300:380] = GOODS[180:240, 300:380]
    chance = np.random.default_rng(3)

    def scene(t: float) -> Picture:
        x, y = chance.uniform(-3, 3, 2)
        return moved(there if t >= 100 else bare, float(x), float(y))

    finder = watch(scene, 100)
    assert not finder.things
    assert [thing.began_s for thing in watch(scene, 112, using=finder, from_s=100).things] == [100]


def test_a_shift_is_measured_to_a_pixel() -> None:
    picture, steadied = Street(noise=0.0).bare(0), Steadied()
    steadied.shift_px(picture, 0)
    assert steadied.shift_px(moved(picture, -2.5, 1.5), 2) == pytest.approx((2.5, -1.5), abs=0.8)


def test_a_restarted_worker_finds_what_came_while_it_was_down() -> None:
    before = watch(lambda t: EMPTY, 40)
    state = json.loads(json.dumps(before.state()))
    assert len(json.dumps(state)) < 20_000
    after = StaticThings(LANE)
    after.restore(state)
    (thing,) = watch(lambda t: GOODS, 110, using=after, from_s=100).things
    assert thing.began_s == 100


def test_a_restarted_worker_goes_on_with_what_stood_there() -> None:
    before = watch(lambda t: GOODS if t >= 20 else EMPTY, 40)
    after = StaticThings(LANE)
    after.restore(json.loads(json.dumps(before.state())))
    (thing,) = watch(lambda t: GOODS, 110, using=after, from_s=100).things
    assert (thing.slot, thing.began_s, thing.seen_s) == (before.things[0].slot, 20, 108)


def test_a_worker_restarted_at_night_calls_the_dark_no_thing() -> None:
    scenes = Street(noise=0.0)
    bare = scenes.bare(0)
    state = json.loads(json.dumps(watch(lambda t: bare, 40).state()))
    after = StaticThings(LANE)
    after.restore(state)
    assert not watch(lambda t: scenes.infra_red(bare), 140, using=after, from_s=100).things


def test_another_resolution_shows_the_same_things() -> None:
    finder = watch(lambda t: GOODS if t >= 20 else EMPTY, 40)
    smaller: Picture = np.asarray(cv2.resize(GOODS, (480, 360), interpolation=cv2.INTER_AREA), np.uint8)
    watch(lambda t: smaller, 50, using=finder, from_s=40)
    assert [(thing.began_s, thing.seen_s) for thing in finder.things] == [(20, 48)]


@pytest.mark.parametrize("state", [{}, {"next_slot": 1, "ground": {"picture": "?", "known": ""}, "view": None}])
def test_what_is_no_state_is_refused(state: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        StaticThings(LANE).restore(state)


def test_looks_at_a_screens_rate_cost_nothing_and_change_nothing() -> None:
    finder = watch(lambda t: EMPTY, 10)
    assert [finder.see(EMPTY, 8 + 0.1 * n) for n in range(1, 4)] == [False] * 3


@pytest.mark.parametrize(("x", "width", "share"), [(40, 30, 0.5), (30, 60, 1.0), (40, 6, 0.1)])
def test_a_thing_takes_so_much_of_a_lane_that_runs_up_the_picture(x: int, width: int, share: float) -> None:
    zone = np.zeros((180, 120), np.uint8)
    zone[10:170, 30:90] = 1
    assert blocked_share(zone, Region(x, 80, np.ones((20, width), bool))) == pytest.approx(share, abs=0.03)


def test_a_window_and_the_full_frame_agree() -> None:
    window = Window(LANE, (360, 640))
    box = window.to_source(10, 20, 30, 40, (1920, 1080))
    np.testing.assert_allclose(window.from_source(box[None], (1920, 1080))[0], (10, 20, 40, 60), atol=1e-3)
