"""The ground under a place is known again in whatever light has come since, and nothing else is taken for it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.vision.parked import SPOT, car
from tests.vision.street import Street, moved
from vision.appearance import patches
from vision.bare_ground import BareGround
from vision.registration import is_shifted
from vision.types import Floats, Picture

WH = (640, 360)
BOX = np.array([SPOT], np.float32)
_GRAIN = 8.0  # of a camera at dusk: what it draws on plain asphalt is another grain each time
NOTHING = np.zeros((0, 4), np.float32)


def learnt(street: Street, ground: Picture, looks: int = 6, taken: Floats = NOTHING) -> BareGround:
    known = BareGround()
    for look in range(looks):
        known.learn(street.noisy(ground), taken, WH, 4.0 * look)
    return known


def is_bare(known: BareGround, picture: Picture) -> bool:
    compared = known.compare(BOX, WH, patches(picture, BOX, WH), np.arange(1))
    assert compared.known[0]
    return bool(compared.bare[0])


def shadowed(picture: Picture, depth: float = 0.5) -> Picture:
    """A shadow whose edge runs through the middle of the place, leaning."""
    h, w = picture.shape
    y, x = np.mgrid[:h, :w]
    lit = np.clip((x - 0.4 * (y - 185) - 250) / 3 + 0.5, 0, 1)
    return np.asarray(picture * (1 - (1 - depth) * lit), np.uint8)


def test_the_edge_of_a_shadow_across_a_place_leaves_it_bare() -> None:
    """Worn paint on asphalt is fainter than the edge of a shadow, which would be all that there is to compare."""
    street = Street(seed=3)
    ground = np.asarray(120 + 0.2 * (street.bare(cars=0) - 120.0), np.uint8)
    known = learnt(street, ground)
    assert is_bare(known, street.noisy(ground))
    assert is_bare(known, street.noisy(shadowed(ground)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("over", [np.asarray, shadowed], ids=["plain", "shadow"])
def test_a_car_is_no_ground_in_any_light(seed: int, over: object) -> None:
    assert callable(over)
    street = Street(seed=3)
    ground = street.bare(cars=0)
    known = learnt(street, ground)
    assert not is_bare(known, street.noisy(over(car(ground, SPOT, seed, 90 + 30 * seed))))


@pytest.mark.parametrize("gain", [0.5, 1.65])
def test_ground_under_a_vehicle_takes_on_the_light_that_comes_beside_it(gain: float) -> None:
    """Plain asphalt has no detail: it is known by how bright it is, and that changes while a vehicle hides it."""
    street = Street(seed=3)
    plain = np.full((360, 640), 90, np.uint8)
    known = learnt(street, plain, 4)
    for look in range(12):
        lit = np.asarray(plain * gain ** min(1.0, look / 6), np.uint8)
        known.learn(street.noisy(car(lit)), BOX, WH, 100.0 + 4 * look)
    assert is_bare(known, street.noisy(np.asarray(plain * gain, np.uint8), _GRAIN))
    assert not is_bare(known, street.noisy(plain, _GRAIN))


@pytest.mark.parametrize(("right", "down"), [(0.01, 0.0), (-0.02, 0.015), (0.003, -0.004)])
def test_a_picture_that_moved_is_told_from_traffic_that_did(right: float, down: float) -> None:
    street = Street(seed=3)
    before, later = street.next(cars=8), street.next(cars=8)
    assert is_shifted(before, street.noisy(moved(later, right, down)), (right, down))
    assert not is_shifted(before, later, (right, down))
