"""A hazard is in time, late, never raised or a false alarm: judged by the truth and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from streams.bench.compose import Composition, Order
from streams.bench.plan import Planted
from streams.bench.truth import Due, Raised, due_within, judge, spread
from tests.streams.builders import START


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def made(length_s: float = 60.0) -> Composition:
    square = ((0.1, 0.1), (0.3, 0.1), (0.3, 0.3), (0.1, 0.3))
    planted = (
        Planted("place-1", (0.1, 0.1, 0.3, 0.3), square, 10.0, 30.0, 0, (0, 0, 1, 1)),
        Planted("place-2", (0.1, 0.1, 0.3, 0.3), square, 40.0, 55.0, 0, (0, 0, 1, 1)),
    )
    return Composition({"main": Path("x.mp4")}, planted, Order(dwell_s=10), length_s)


def raised(zone: str, captured_s: float, stored_s: float | None = None, camera: str = "a") -> Raised:
    return Raised(camera, zone, at(captured_s), at(captured_s if stored_s is None else stored_s))


def test_the_truth_repeats_with_the_loop_and_follows_each_cameras_offset() -> None:
    dues = due_within(made(), {"a": at(0), "b": at(-50)}, at(0), at(75))
    assert [(due.camera, due.zone, (due.due_at - START).total_seconds()) for due in dues] == [
        ("a", "place-1", 20.0),
        ("a", "place-2", 50.0),
        ("a", "place-1", 80.0),
        ("b", "place-2", 0.0),
        ("b", "place-1", 30.0),
        ("b", "place-2", 60.0),
    ]


@pytest.mark.parametrize(
    ("given", "in_time", "late", "never", "false_alarms"),
    [
        ([raised("place-1", 21), raised("place-2", 52)], 2, 0, 0, 0),
        ([raised("place-1", 21)], 1, 0, 1, 0),
        ([raised("place-1", 21), raised("place-2", 52, stored_s=54.5)], 1, 1, 0, 0),
        ([raised("place-1", 21), raised("place-1", 23), raised("place-2", 52)], 2, 0, 0, 1),
        ([raised("place-1", 16), raised("place-1", 21), raised("place-2", 52)], 2, 0, 0, 1),
        ([raised("place-1", 35), raised("place-2", 52)], 1, 0, 1, 1),
        ([raised("place-1", 21), raised("place-2", 52), raised("place-2", 20)], 2, 0, 0, 1),
        ([raised("place-1", 21, camera="z"), raised("place-2", 52)], 1, 0, 1, 1),
    ],
    ids=["both", "one missed", "stored late", "twice", "too early", "nothing there", "other zone", "other camera"],
)
def test_each_raise_is_of_a_vehicle_that_is_there(
    given: list[Raised], in_time: int, late: int, never: int, false_alarms: int
) -> None:
    dues = due_within(made(), {"a": at(0)}, at(5), at(59))
    verdict = judge(dues, given, at(5), at(59))
    assert (verdict.planted, verdict.in_time, verdict.late, verdict.never) == (2, in_time, late, never)
    assert verdict.false_alarms == false_alarms
    assert (len(verdict.delayed), len(verdict.missed), len(verdict.strays)) == (late, never, false_alarms)


def test_a_promise_that_the_window_cuts_does_not_count_and_is_no_false_alarm() -> None:
    dues = due_within(made(), {"a": at(0)}, at(12), at(53))
    verdict = judge(dues, [raised("place-1", 23), raised("place-2", 52)], at(12), at(53))
    assert (verdict.planted, verdict.in_time, verdict.false_alarms) == (0, 0, 0)


def test_the_delay_is_until_the_api_has_it() -> None:
    dues: tuple[Due, ...] = due_within(made(), {"a": at(0)}, at(5), at(59))
    verdict = judge(dues, [raised("place-1", 21, stored_s=21.5), raised("place-2", 50.2, stored_s=50.4)], at(5), at(59))
    assert verdict.delays_s == pytest.approx((1.5, 0.4))


def test_percentiles_are_values_that_were_measured() -> None:
    assert spread([3.0, 1.0, 2.0]) == {"p50": 2.0, "p95": 3.0, "max": 3.0}
    assert spread([float(i) for i in range(1, 101)]) == {"p50": 50.0, "p95": 95.0, "max": 100.0}
    assert spread([]) == {"p50": None, "p95": None, "max": None}
