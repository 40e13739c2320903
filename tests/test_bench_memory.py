"""What a bench says of memory: of known samples, and of a process that grows."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from bench.memory import Sampler, resident_mb, slope_mb_per_hour, told


@pytest.mark.parametrize(
    ("samples", "slope"),
    [
        ([], None),
        ([(0.0, 5.0)], None),
        ([(0.0, 100.0), (1800.0, 150.0), (3600.0, 200.0)], 100.0),
        ([(0.0, 8.0), (60.0, 8.0)], 0.0),
        ([(0.0, 90.0), (36.0, 89.0)], -100.0),
    ],
    ids=["nothing", "one", "grows", "flat", "shrinks"],
)
def test_the_slope_is_that_of_the_line_through_the_samples(
    samples: list[tuple[float, float]], slope: float | None
) -> None:
    assert slope_mb_per_hour(samples) == (None if slope is None else pytest.approx(slope))


def test_what_fills_and_then_stays_shows_in_the_later_half() -> None:
    filling = [(float(at), min(50.0, 10.0 + at)) for at in range(101)]
    found = told(filling)
    assert (found["first_mb"], found["last_mb"], found["most_mb"]) == (10.0, 50.0, 50.0)
    assert found["slope_mb_per_hour"] > 1000
    assert found["later_half_slope_mb_per_hour"] == 0.0


def test_a_process_that_takes_memory_is_seen_to() -> None:
    grows = "import sys; print(flush=True); sys.stdin.readline(); held = b'.' * (64 << 20); print(flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", grows], **pipes) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        with Sampler({"other": lambda: resident_mb(other.pid)}, 0.01) as memory:
            samples = memory.series["other"]
            seen_again(samples)
            print(file=other.stdin, flush=True)
            other.stdout.readline()
            seen_again(samples)
        print(file=other.stdin, flush=True)
    found = memory.report()["other"]
    assert 60 < found["most_mb"] - samples[0][1] < 80
    assert resident_mb(2**22 + 1) == 0.0, "one that has ended"


def seen_again(samples: list[tuple[float, float]]) -> None:
    """Waits for a sample that was begun after now: the one after the next."""
    due, end_s = len(samples) + 2, time.monotonic() + 30
    while len(samples) < due:
        assert time.monotonic() < end_s, "no sample for 30 s"
        time.sleep(0.01)
