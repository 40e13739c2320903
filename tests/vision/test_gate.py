"""The detector is spared what cannot have changed anything, and nothing that could."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from tests.vision.builders import WH, grey, paint, street
from vision.gate import StillGate
from vision.types import Picture

EVERYWHERE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
LEFT = ((0.0, 0.0), (0.55, 0.0), (0.55, 1.0), (0.0, 1.0))
SPOT = (200.0, 150.0, 300.0, 220.0)
EMPTY, PARKED = grey(street()), grey(paint(street(), SPOT))
Scene = Callable[[int], Picture]


def asked(scene: Scene, looks: int, zone: tuple[tuple[float, float], ...] = EVERYWHERE) -> dict[int, str]:
    """At which looks, 2 s apart, the gate asks for the detector, and why; the detector comes whenever it is asked."""
    gate, found = StillGate([zone], sweep_s=60), {}
    for look in range(looks):
        why = gate.see(scene(look), 2.0 * look)
        if why is not None:
            found[look] = why
            gate.inferred()
    return found


def noisy(picture: Picture, seed: int, sigma: float = 6.0) -> Picture:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def test_a_still_street_is_only_swept() -> None:
    assert asked(lambda look: EMPTY, 62) == {0: "first look", 30: "sweep", 60: "sweep"}


def test_a_night_street_with_noise_is_only_swept() -> None:
    dark = (EMPTY * 0.3).astype(np.uint8)
    assert asked(lambda look: noisy(dark, look), 31) == {0: "first look", 30: "sweep"}


def test_what_comes_to_rest_is_seen_at_its_second_look_and_then_left_alone() -> None:
    found = asked(lambda look: PARKED if 5 <= look < 15 else EMPTY, 25)
    assert found == {0: "first look", 6: "something came to rest or went", 16: "something came to rest or went"}


def test_what_comes_to_rest_outside_the_zone_is_nobodys_business() -> None:
    far = ((0.7, 0.0), (1.0, 0.0), (1.0, 1.0), (0.7, 1.0))
    assert asked(lambda look: PARKED if look >= 5 else EMPTY, 25, far) == {0: "first look"}


def test_traffic_that_drives_through_now_and_then_is_left_alone() -> None:
    def scene(look: int) -> Picture:
        return grey(paint(street(), (look * 37 % 200, 150.0, look * 37 % 200 + 90, 220.0))) if look % 4 == 1 else EMPTY

    assert asked(scene, 25) == {0: "first look"}


def test_behind_traffic_that_never_ends_it_looks_properly_now_and_then() -> None:
    def scene(look: int) -> Picture:
        picture = EMPTY.copy()
        blobs = np.random.default_rng(look).integers(0, 255, (12, 20), np.uint8)
        picture[120:240, 100:300] = np.kron(blobs, np.ones((10, 10), np.uint8))
        return picture

    found = asked(scene, 30)
    assert "a part kept changing" in found.values(), found
    assert max(b - a for a, b in pairwise([*found, 30])) <= 4


@pytest.mark.parametrize("gain", [0.6, 1.5])
def test_a_cloud_over_the_street_asks_at_most_once(gain: float) -> None:
    def scene(look: int) -> Picture:
        level = 1 + (gain - 1) * np.clip((look - 5) / 10, 0, 1)
        return np.clip(EMPTY * level, 0, 255).astype(np.uint8)

    assert len(asked(scene, 30)) <= 2


def test_a_car_parked_while_the_light_changes_is_seen() -> None:
    def scene(look: int) -> Picture:
        level = np.clip(1 - look / 40, 0.5, 1)
        return np.clip((PARKED if look >= 10 else EMPTY) * level, 0, 255).astype(np.uint8)

    assert 11 in asked(scene, 20)


def test_it_knows_between_which_looks_something_came() -> None:
    gate = StillGate([LEFT], sweep_s=60)
    for look in range(12):
        gate.see(PARKED if look >= 5 else EMPTY, 2.0 * look)
    assert gate.still_since_s(np.array(SPOT, np.float32), WH) == (8.0, 10.0)


def test_another_resolution_or_a_clock_set_back_begins_anew() -> None:
    gate = StillGate([EVERYWHERE], sweep_s=60)
    gate.see(EMPTY, 100.0)
    assert gate.see(np.zeros((480, 640), np.uint8), 102.0) == "first look"
    assert gate.see(np.zeros((480, 640), np.uint8), 50.0) == "first look"


def test_where_people_count_whoever_passes_is_looked_at_every_other_second() -> None:
    def passing(at_s: float) -> Picture:
        x = 150.0 + 20 * at_s
        return grey(paint(street(), (x, 150, x + 60, 220))) if 3 <= at_s < 9 else EMPTY

    for peopled, expected in (((), []), ((LEFT,), [3.0, 5.0, 7.0])):
        gate, came = StillGate([LEFT], sweep_s=600, peopled=peopled), []
        for at_s in np.arange(0.0, 20.0, 1.0).tolist():
            why = gate.see(passing(at_s), at_s)
            if why is not None:
                gate.inferred()
            if why == "somebody may have come":
                came.append(at_s)
        assert came == expected
