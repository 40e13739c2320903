"""captured_at is wall time, right in the mean, and rising."""

from __future__ import annotations

import pytest

from streams.sources.capture import CaptureClock
from tests.streams.builders import START, ManualClock


def ages_s(arrivals: list[tuple[float, float]], clock: ManualClock | None = None) -> list[float]:
    """Capture times, in seconds from START, of packets given as (arrives at, media time)."""
    clock = clock or ManualClock()
    capture = CaptureClock(clock)
    out = []
    for at_s, media_s in arrivals:
        clock.at_s = at_s
        capture.seen(media_s)
        out.append((capture.at(media_s) - START).total_seconds())
    return out


def test_steady_packets_are_stamped_as_they_come() -> None:
    assert ages_s([(5 + t, t) for t in range(5)]) == pytest.approx([5, 6, 7, 8, 9])


def test_a_late_packet_is_stamped_when_it_was_taken() -> None:
    assert ages_s([(0, 0), (3.5, 1), (3.6, 2), (3.7, 3), (4, 4)]) == pytest.approx([0, 1, 2, 3, 4])


def test_an_earlier_arrival_corrects_the_anchor() -> None:
    times = ages_s([(2.0, 0), (2.1, 1), (2.2, 2), (3.2, 3)])
    assert times[2:] == pytest.approx([2.2, 3.2])


def test_a_camera_clock_that_runs_slow_is_followed() -> None:
    times = ages_s([(t * 1.01, t) for t in range(600)])
    assert max(t * 1.01 - times[t] for t in range(600)) < 1.3


def test_time_rises_through_every_correction() -> None:
    times = ages_s([(0, 0), (1, 0.9), (1.1, 1.9), (1.2, 2.8), (3, 4)])
    assert times == sorted(times)


def test_a_step_of_the_machines_clock_moves_new_pictures_only() -> None:
    clock = ManualClock()
    capture = CaptureClock(clock)
    capture.seen(0)
    assert capture.at(0) == START
    clock.at_s, clock.wall_offset_s = 1.0, 3600.0
    capture.seen(1)
    assert (capture.at(1) - START).total_seconds() == pytest.approx(3601)
