"""A flight that turns and speeds up, and streams of it that are wrong in one way each: told without ground truth."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from drone.lens import Lens
from drone.locate import locate, project
from drone.self_check import Finding, Pair, check
from drone.telemetry.track import ABOVE_HOME, LAT, LON, YAW, PoseTrack, Timing, track
from drone.view import Ground, View

LENS = Lens.from_view(70.0, (1920, 1080))
TIMES = np.arange(0.0, 60.0, 0.2)


@lru_cache
def flight() -> NDArray[np.float64]:
    speed = 4 + 3 * np.sin(TIMES / 4)
    east, north = (np.cumsum(speed * turn(TIMES / 10)) * 0.2 for turn in (np.sin, np.cos))
    yaw = np.degrees(TIMES / 10) + 15 * np.sin(TIMES / 3)
    zero = 0 * TIMES
    lon, lat = 113.65 + east / (111_320 * np.cos(np.radians(34.75))), 34.75 + north / 111_320
    return np.column_stack([lon, lat, zero + 170, zero + 60, yaw, zero - 45, zero])


def flown(change: Callable[[NDArray[np.float64]], None] | None = None) -> PoseTrack:
    rows = flight().copy()
    if change is not None:
        change(rows)
    return track(list(zip(TIMES.tolist(), rows.tolist(), strict=True)), Timing.MEDIA, "test")


@lru_cache
def pairs() -> tuple[Pair, ...]:
    return pairs_of(flown())


def pairs_of(told: PoseTrack) -> tuple[Pair, ...]:
    """What the pictures of the true flight show, half a pixel off."""
    rng, found = np.random.default_rng(3), []
    for at_s in np.linspace(5, 50, 14).tolist():
        one, other = (View.of([told.at(t)], Ground()) for t in (at_s, at_s + 0.5))
        px = rng.uniform((100, 300), (1800, 1000), (6, 2))
        places = locate(px, one, LENS)
        there = project(np.column_stack([places.lon, places.lat]), other, LENS)
        found.append(Pair(at_s, at_s + 0.5, px, there + rng.normal(0, 0.5, there.shape)))
    return tuple(found)


def add(column: int, value: float) -> Callable[[NDArray[np.float64]], None]:
    def change(rows: NDArray[np.float64]) -> None:
        rows[:, column] += value

    return change


def test_a_sound_stream_is_sound_and_its_clock_is_told() -> None:
    found = check(pairs(), flown(), LENS, Ground())
    assert found.finding is Finding.SOUND
    assert found.error_px < 1.0
    assert found.offset is not None
    assert found.offset.offset_s == pytest.approx(0.0, abs=0.05)


def test_the_noise_of_good_telemetry_is_sound() -> None:
    rng = np.random.default_rng(5)

    def noise(rows: NDArray[np.float64]) -> None:
        rows[:, YAW] += rng.normal(0, 0.15, len(rows))
        rows[:, LON] += rng.normal(0, 5e-7, len(rows))

    assert check(pairs(), flown(noise), LENS, Ground()).finding is Finding.SOUND


@pytest.mark.parametrize("degrees", [180.0, 90.0, -30.0])
def test_a_turned_camera(degrees: float) -> None:
    found = check(pairs(), flown(add(YAW, degrees)), LENS, Ground())
    assert found.finding is Finding.TURNED
    assert (found.value + degrees + 180) % 360 - 180 == pytest.approx(0.0, abs=1.0)
    assert found.explained_px < 0.1 * found.error_px


@pytest.mark.parametrize("metres", [110.0, -30.0])
def test_heights_of_another_datum(metres: float) -> None:
    found = check(pairs(), flown(add(ABOVE_HOME, metres)), LENS, Ground())
    assert found.finding is Finding.HEIGHT
    assert found.value == pytest.approx(60 / (60 + metres), rel=0.03)


@pytest.mark.parametrize("seconds", [1.3, -2.4])
def test_a_clock_that_is_off(seconds: float) -> None:
    found = check(pairs(), flown().shifted(seconds), LENS, Ground())
    assert found.finding is Finding.CLOCK
    assert found.offset is not None
    assert found.offset.offset_s == pytest.approx(seconds, abs=0.05)


def test_a_small_offset_of_a_sound_stream_is_told_too() -> None:
    found = check(pairs(), flown().shifted(0.3), LENS, Ground())
    assert found.finding is Finding.SOUND
    assert found.offset is not None
    assert found.offset.offset_s == pytest.approx(0.3, abs=0.05)


def test_a_flight_at_one_speed_and_heading_says_that_its_clock_does_not_show() -> None:
    def straight(rows: NDArray[np.float64]) -> None:
        rows[:, LON], rows[:, YAW] = 113.65, 0.0
        rows[:, LAT] = 34.75 + 4.0 * TIMES / 111_320

    steady = flown(straight)
    found = check(pairs_of(steady), steady.shifted(1.4), LENS, Ground())
    assert (found.finding, found.offset) == (Finding.SOUND, None)
    assert "does not show: it takes a turn, or a change of speed" in found.said


def test_a_drone_that_hangs_still_tells_too_little() -> None:
    still = [Pair(p.before_s, p.now_s, p.before_px, p.before_px + 0.2) for p in pairs()]
    assert check(still, flown(), LENS, Ground()).finding is Finding.TOO_LITTLE
    assert check(pairs()[:3], flown(), LENS, Ground()).finding is Finding.TOO_LITTLE
    assert check([], flown(), LENS, Ground()).finding is Finding.TOO_LITTLE


def test_another_flights_telemetry_has_no_single_cause() -> None:
    def other(rows: NDArray[np.float64]) -> None:
        rows[:] = rows[::-1]
        rows[:, YAW] = 200 - 1.7 * rows[:, YAW]

    assert check(pairs(), flown(other), LENS, Ground()).finding is Finding.DISAGREES
