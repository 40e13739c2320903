"""Unknown time is counted, once, from the last picture to the next."""

from __future__ import annotations

import timeit
from datetime import timedelta

import pytest

from streams.health.meter import (
    NOT_CONNECTED,
    NOT_LOOKED_AT,
    SILENT,
    UNDECODABLE,
    CameraHealth,
    CameraState,
    HealthMeter,
)
from tests.streams.builders import ManualClock


class Bench:
    """A meter on a clock that is moved by hand."""

    def __init__(self, looks_per_s: float = 1.0) -> None:
        self.clock = ManualClock()
        self.meter = HealthMeter(self.clock)
        self.looks_per_s = looks_per_s

    def live(self, seconds: int, *, frames: bool = True) -> None:
        for _ in range(seconds):
            self.clock.at_s += 1
            self.meter.packet()
            if frames:
                self.meter.looked(self.clock.now(), (320, 240), self.looks_per_s)

    def read(self) -> CameraHealth:
        return self.meter.read("cam-1", self.looks_per_s, 0, 25.0, None, None, 0)


def test_a_camera_that_never_came_is_unknown_from_the_start() -> None:
    bench = Bench()
    bench.clock.at_s = 42
    bench.meter.down("no answer")
    health = bench.read()
    assert (health.state, health.unknown_s, health.error) == (CameraState.DOWN, 42.0, "no answer")
    assert health.last_frame_at is None


def test_a_live_camera_loses_nothing() -> None:
    bench = Bench()
    bench.meter.opened()
    bench.live(60)
    assert bench.read().state is CameraState.LIVE
    assert bench.read().unknown_s == pytest.approx(1.0)  # until the first frame


def test_silence_is_stalled_and_counted_once() -> None:
    bench = Bench()
    bench.meter.opened()
    bench.live(10)
    before_s = bench.read().unknown_s
    bench.clock.at_s += 7
    stalled = bench.read()
    assert stalled.state is CameraState.STALLED
    assert stalled.unknown_s == bench.read().unknown_s == pytest.approx(before_s + 7)
    bench.live(10)
    assert bench.read().state is CameraState.LIVE
    assert bench.read().unknown_s == pytest.approx(before_s + 8)


def test_packets_without_pictures_are_unknown_too() -> None:
    bench = Bench()
    bench.meter.opened()
    bench.live(5)
    before_s = bench.read().unknown_s
    bench.live(20, frames=False)
    assert bench.read().state is CameraState.STALLED
    assert bench.read().unknown_s == pytest.approx(before_s + 20)


def test_a_rate_that_has_just_been_raised_makes_no_camera_unknown() -> None:
    bench = Bench(looks_per_s=1 / 60)
    bench.meter.opened()
    bench.live(1)
    bench.live(50, frames=False)
    bench.looks_per_s = 5.0
    assert bench.read().state is CameraState.LIVE


def test_an_outage_is_counted_from_the_last_picture_to_the_next() -> None:
    bench = Bench()
    bench.meter.opened()
    bench.live(10)
    before_s = bench.read().unknown_s
    bench.meter.down("the camera ended the stream")
    bench.clock.at_s += 20
    bench.meter.connecting()
    assert bench.read().state is CameraState.CONNECTING
    bench.meter.opened()
    bench.live(1)
    health = bench.read()
    assert health.unknown_s == pytest.approx(before_s + 21)
    assert (health.reconnects, health.error) == (1, None)


def test_coming_up_late_is_no_reconnect() -> None:
    bench = Bench()
    bench.meter.down("connection refused")
    bench.meter.opened()
    bench.live(1)
    assert bench.read().reconnects == 0


def test_unknown_time_is_told_by_its_reason_and_sums_up() -> None:
    bench = Bench()
    bench.clock.at_s += 4
    bench.meter.opened()
    bench.live(5)
    bench.clock.at_s += 7
    bench.live(1)  # silent for 7 s and then a packet and a picture
    bench.live(20, frames=False)
    pending = bench.read()
    assert pending.unknown_by == pytest.approx({"not connected": 5, "silent": 8, "not looked at": 20})
    bench.live(1)
    health = bench.read()
    assert health.unknown_by == pytest.approx({"not connected": 5, "silent": 8, "not looked at": 21})
    assert health.unknown_s == pytest.approx(sum(health.unknown_by.values()))


def test_a_picture_that_cannot_be_believed_is_unknown_by_its_own_name() -> None:
    bench = Bench()
    bench.meter.opened()
    bench.live(10)
    before_s = bench.read().unknown_s
    for _ in range(20):
        bench.clock.at_s += 1
        bench.meter.packet()
        bench.meter.unknown("covered", 1.0, bench.clock.now(), (320, 240))
    bench.meter.fault("covered", bench.clock.now())
    health = bench.read()
    assert (health.state, health.fault) == (CameraState.LIVE, "covered")
    assert health.unknown_by["covered"] == pytest.approx(19)
    bench.clock.at_s += 2
    assert bench.read().unknown_by["covered"] == pytest.approx(21)
    bench.live(10)
    bench.meter.fault(None)
    health = bench.read()
    assert health.unknown_by["covered"] == pytest.approx(22)
    assert health.unknown_s == pytest.approx(before_s + 22)
    assert health.fault is None


def test_looks_that_break_are_unknown_though_packets_come() -> None:
    bench = Bench()
    bench.meter.opened()
    bench.live(5)
    for _ in range(10):
        bench.live(1, frames=False)
        bench.meter.unknown(UNDECODABLE, 1.0)
    health = bench.read()
    assert health.unknown_by == {NOT_CONNECTED: 1.0, UNDECODABLE: 9.0}
    assert health.state is CameraState.LIVE
    assert health.last_frame_at == bench.clock.now() - timedelta(seconds=10)


def test_every_unknown_second_has_one_reason() -> None:
    """Covered, then cut off, then silent, then late: the reasons add up to the time that nothing was known."""
    bench = Bench()
    bench.meter.opened()
    bench.live(5)  # the first second: not connected
    for _ in range(4):
        bench.live(1, frames=False)
        bench.meter.unknown("turned", 1.0, bench.clock.now(), (320, 240))
    bench.clock.at_s += 2
    bench.meter.down("the camera ended the stream")  # 3 + 2 turned
    bench.clock.at_s += 10
    bench.meter.opened()
    bench.live(3)  # 11 not connected
    bench.clock.at_s += 6
    bench.meter.packet()  # 6 silent
    bench.meter.looked(bench.clock.now(), (320, 240), 1.0)
    bench.live(7, frames=False)  # 8 not looked at, with the second in which a look comes
    bench.live(1)
    health = bench.read()
    assert health.unknown_by == {NOT_CONNECTED: 12.0, "turned": 5.0, SILENT: 6.0, NOT_LOOKED_AT: 8.0}
    assert health.unknown_s == 31.0


def test_it_costs_next_to_nothing() -> None:
    bench = Bench()
    bench.meter.opened()
    at = bench.clock.now()
    fastest_s = min(timeit.repeat(lambda: bench.meter.looked(at, (320, 240), 1.0), number=200, repeat=20)) / 200
    assert fastest_s < 20e-6, f"{fastest_s * 1e6:.1f} µs"
