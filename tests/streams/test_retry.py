"""Trying again: ever more slowly, never all at once, and without flooding the log."""

from __future__ import annotations

import logging
import random

import pytest

from streams.backoff import Backoff
from streams.faults import FaultLog
from tests.streams.builders import ManualClock


def test_waits_double_to_their_most_with_jitter_below() -> None:
    backoff = Backoff(0.5, 30.0, random.Random(1))
    waits = [backoff.next_s() for _ in range(100)]
    for i, wait_s in enumerate(waits):
        whole_s = min(30.0, 0.5 * 2**i)
        assert whole_s / 2 <= wait_s <= whole_s
    assert len(set(waits)) == 100


def test_a_reset_begins_anew() -> None:
    backoff = Backoff(0.5, 30.0)
    for _ in range(2000):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 0.5


def test_two_cameras_do_not_come_back_together() -> None:
    assert Backoff().next_s() != Backoff().next_s()


def test_a_fault_is_said_once_and_then_as_a_rate(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    faults = FaultLog(logging.getLogger("test"), clock, "camera c")
    with caplog.at_level(logging.INFO):
        for _ in range(100):
            faults.fault("no answer")
            clock.at_s += 1
        faults.fault("refused")
        faults.over("live")
        faults.over("live")
    assert [record.getMessage() for record in caplog.records] == [
        "camera c: no answer",
        "camera c: no answer (60 times more in 60 s)",
        "camera c: refused",
        "camera c: live",
    ]
