"""A receiver sleeps as long as nothing suffers, and not a moment longer once somebody is in a hurry."""

from __future__ import annotations

import threading
import time

import pytest

from streams.sources.naps import Naps
from tests.streams.builders import ManualClock


def nap(naps: Naps, clock: ManualClock, share: float = 0.0) -> float:
    """Drain and sleep once; how long that was."""
    naps.drained(share)
    before_s = clock.at_s
    naps.wait()
    return clock.at_s - before_s


def test_naps_grow_to_their_length() -> None:
    clock = ManualClock()
    naps = Naps(0.4, clock=clock)
    slept = [nap(naps, clock) for _ in range(12)]
    assert slept[0] < 0.05
    assert slept == sorted(slept)
    assert slept[-1] == pytest.approx(0.4)
    assert naps.figures.taken == 12
    assert naps.figures.slept_s == pytest.approx(sum(slept))


@pytest.mark.parametrize("fill_per_s", [0.5, 2.0, 10.0])
def test_a_drain_takes_a_third_of_the_buffer_at_most(fill_per_s: float) -> None:
    """`fill_per_s` in receive buffers a second."""
    clock = ManualClock()
    naps = Naps(0.4, clock=clock)
    shares = [0.0]
    for _ in range(30):
        shares.append(fill_per_s * nap(naps, clock, shares[-1]))
    assert max(shares) <= 1 / 3 + 1e-9
    assert shares[-1] == pytest.approx(min(1 / 3, 0.4 * fill_per_s))


def test_a_burst_shortens_the_next_nap_at_once() -> None:
    clock = ManualClock()
    naps = Naps(0.4, clock=clock)
    for _ in range(12):
        nap(naps, clock, 0.1)
    assert nap(naps, clock, 0.8) == pytest.approx(0.4 / 3 / 0.8)
    assert naps.figures.fullest == 0.8


def test_work_between_drains_shortens_the_nap() -> None:
    clock = ManualClock()
    naps = Naps(0.4, clock=clock)
    for _ in range(12):
        nap(naps, clock)
    naps.drained()
    clock.at_s += 0.3  # every picture of the drain was decoded
    before_s = clock.at_s
    naps.wait()
    assert clock.at_s - before_s == pytest.approx(0.1)
    naps.drained()
    clock.at_s += 0.5
    before_s = clock.at_s
    naps.wait()
    assert clock.at_s == before_s


def test_hurry_shortens_naps_for_its_time() -> None:
    clock = ManualClock()
    naps = Naps(0.4, hurried_s=0.05, clock=clock)
    for _ in range(12):
        nap(naps, clock)
    naps.hurry(0.99)
    slept = []
    while naps.hurried:
        slept.append(nap(naps, clock))
    assert slept == pytest.approx([0.05] * 20)
    assert nap(naps, clock) == pytest.approx(0.4)


def test_a_shorter_hurry_does_not_end_a_longer_one() -> None:
    clock = ManualClock()
    naps = Naps(clock=clock)
    naps.hurry(5.0)
    naps.hurry(1.0)
    clock.at_s = 4.9
    assert naps.hurried


def test_hurry_wakes_a_sleeper_at_once() -> None:
    naps = Naps(60.0)
    naps.drained()
    for _ in range(30):
        naps.drained()
    asleep = threading.Thread(target=naps.wait)
    asleep.start()
    began_s = time.monotonic()
    naps.hurry(5.0)
    asleep.join(50)
    assert not asleep.is_alive()
    assert time.monotonic() - began_s < 50


def test_a_hurry_between_drain_and_nap_is_not_slept_through() -> None:
    naps = Naps(60.0)
    for _ in range(30):
        naps.drained()
    naps.hurry(5.0)
    began_s = time.monotonic()
    naps.wait()
    assert time.monotonic() - began_s < 50


def test_impossible_naps_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected 0 <= hurried_s <= longest_s, got 1 and 0\.5"):
        Naps(0.5, hurried_s=1)
