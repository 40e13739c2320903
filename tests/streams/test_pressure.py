"""Too much to do slows those with least at stake first, says so, and is over when it is over."""

from __future__ import annotations

import logging

import pytest

from streams.pressure import MOST, Pressure


class Hand:
    """Seconds moved by hand."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


def rounds(pressure: Pressure, clock: Hand, count: int, *, busy_s: float, late: int = 0) -> list[float]:
    """Levels after rounds of 2 s with 10 looks each, `late` of them late, which took `busy_s` in all."""
    levels = []
    for _ in range(count):
        for i in range(10):
            pressure.worked(busy_s / 10, late=i < late)
        clock.at_s += 2.0
        levels.append(pressure.settle(cpu_s=0.0))
    return levels


def test_an_idle_machine_is_at_ease() -> None:
    clock = Hand()
    pressure = Pressure(2, clock)
    assert rounds(pressure, clock, 3, busy_s=0.4) == [0, 0, 0]
    assert pressure.at_ease
    assert pressure.stretch(dwelling=False) == pressure.stretch(dwelling=True) == 1


@pytest.mark.parametrize(("busy_s", "late"), [(3.9, 0), (1.0, 2)], ids=["no thread is ever free", "looks are late"])
def test_overload_slows_idle_cameras_first(busy_s: float, late: int) -> None:
    clock = Hand()
    pressure = Pressure(2, clock)
    rounds(pressure, clock, 4, busy_s=busy_s, late=late)
    assert pressure.stretch(dwelling=False) == 3
    assert pressure.stretch(dwelling=True) == 1
    rounds(pressure, clock, 10, busy_s=busy_s, late=late)
    assert pressure.level == MOST
    assert pressure.stretch(dwelling=False) == 3
    assert pressure.stretch(dwelling=True) == 2
    assert not pressure.at_ease


def test_relief_comes_slowly_and_it_is_said_once_each_way(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = Hand()
    pressure = Pressure(2, clock)
    rounds(pressure, clock, 4, busy_s=3.9)
    assert rounds(pressure, clock, 3, busy_s=2.8) == [2.0, 2.0, 2.0]
    assert rounds(pressure, clock, 10, busy_s=1.0)[-1] == pytest.approx(1.0)
    assert rounds(pressure, clock, 12, busy_s=1.0)[-1] == 0
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "looked at less often" in said[0]
    assert "again" in said[1]
