"""Clocks that step or drift are told from slow networks and honest crystals."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator

import pytest

from streams.delivery.camera_events import Trouble
from streams.health.clock_watch import HOLD_S, ClockFault, ClockWatch, MachineClock


class Camera:
    """Sends a picture a second and a sender report each five, over a network that delays."""

    def __init__(self, watch: ClockWatch | None = None, seed: int = 1) -> None:
        self.watch = watch or ClockWatch()
        self.now_s, self.media_s, self.ntp_s, self.jumps = 500.0, 0.0, 4_000_000_000.0, 0
        self._chance = random.Random(seed)

    def send(self, seconds: int, rate: float = 1.0, ntp_rate: float = 1.0, late_s: float = 0.2) -> set[Trouble]:
        found: set[Trouble] = set()
        for n in range(seconds):
            self.now_s, self.media_s, self.ntp_s = self.now_s + 1, self.media_s + rate, self.ntp_s + ntp_rate
            arrival_s = self.now_s + self._chance.random() * late_s
            self.watch.picture(self.media_s, arrival_s, self.jumps)
            if n % 5 == 0:
                self.watch.rtcp(self.media_s, self.ntp_s, arrival_s)
            if (fault := self.fault()) is not None:
                found.add(fault.kind)
        return found

    def fault(self) -> ClockFault | None:
        return self.watch.fault(self.now_s)


@pytest.mark.parametrize("rate", [1.0, 1.0001, 0.999], ids=["true", "crystal", "poor crystal"])
def test_an_honest_camera_is_left_alone(rate: float) -> None:
    assert Camera().send(1200, rate, rate) == set()


def test_a_network_that_stalls_is_no_drift() -> None:
    camera = Camera()
    for _ in range(20):
        assert camera.send(50, late_s=0.3) == set()
        assert camera.send(8, late_s=8.0) == set()


@pytest.mark.parametrize("rate", [0.98, 1.02])
def test_a_camera_whose_time_runs_off_drifts(rate: float) -> None:
    camera = Camera()
    assert camera.send(100) == set()
    assert camera.send(300, rate, rate) == {Trouble.CLOCK_DRIFTS}
    fault = camera.fault()
    assert fault is not None
    assert fault.why["rate"] == pytest.approx(rate, abs=0.004)
    camera.send(700)
    assert camera.fault() is None


def test_media_time_that_leaves_the_cameras_own_clock_drifts() -> None:
    camera = Camera()
    assert camera.send(200, rate=1.0, ntp_rate=1.01) == {Trouble.CLOCK_DRIFTS}
    fault = camera.fault()
    assert fault is not None
    assert fault.blinds


@pytest.mark.parametrize("has_reports", [True, False], ids=["with sender reports", "without"])
@pytest.mark.parametrize("rate", [25 / 24.8, 24.8 / 25, 0.98], ids=["stamped fast", "stamped slow", "reader too slow"])
def test_drift_by_arrival_alone_is_told_and_blinds_nothing(rate: float, has_reports: bool) -> None:
    watch, told = ClockWatch(), 0
    for n in range(1800):
        arrival_s, media_s = 2.0 * n, 2.0 * n * rate
        watch.picture(media_s, arrival_s, 0)
        if has_reports:
            watch.rtcp(media_s, 4_000_000_000.0 + media_s, arrival_s)
        fault = watch.fault(arrival_s)
        assert fault is None or (fault.kind, fault.blinds) == (Trouble.CLOCK_DRIFTS, False)
        told += fault is not None
    assert told > 1700


def test_of_two_drifts_the_one_that_blinds_is_told() -> None:
    camera = Camera()
    camera.send(300, rate=0.98, ntp_rate=1.0)
    fault = camera.fault()
    assert fault is not None
    assert fault.blinds
    began_s = fault.since_s
    camera.send(700, rate=0.98, ntp_rate=0.98)
    fault = camera.fault()
    assert fault is not None
    assert (fault.kind, fault.since_s, fault.blinds) == (Trouble.CLOCK_DRIFTS, began_s, False)


def test_a_drift_by_arrival_makes_reports_no_more_suspect() -> None:
    camera = Camera()
    camera.send(300, rate=0.98, ntp_rate=0.98 * 1.0035)
    fault = camera.fault()
    assert fault is not None
    assert not fault.blinds


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before_s)


def test_the_worker_tells_of_steps_while_an_inference_thread_asks(hasty_threads: None) -> None:
    watch, stop, asked = ClockWatch(), threading.Event(), 30_000

    def step() -> None:
        at_s = 0.0
        while not stop.is_set():
            at_s += 0.001
            watch.stepped(1.0, at_s)

    stepping = threading.Thread(target=step, daemon=True)
    stepping.start()
    try:
        for _ in range(asked):
            assert (fault := watch.fault(0.0)) is None or fault.blinds
    finally:
        stop.set()
        stepping.join(60)


@pytest.mark.parametrize("by_s", [3600.0, -2.0, 0.9])
def test_a_camera_clock_that_is_set_is_a_step_with_its_size(by_s: float) -> None:
    camera = Camera()
    camera.send(60)
    camera.ntp_s += by_s
    assert camera.send(1) == {Trouble.CLOCK_STEPPED}
    fault = camera.fault()
    assert fault is not None
    assert fault.why == {"step_s": pytest.approx(by_s, abs=0.01), "steps": 1.0}
    assert fault.blinds
    camera.send(int(HOLD_S) + 1)
    assert camera.fault() is None


def test_timestamps_that_jump_are_a_step() -> None:
    camera = Camera()
    camera.send(60)
    camera.jumps += 1
    assert camera.send(5) == {Trouble.CLOCK_STEPPED}


def test_a_clock_that_steps_again_and_again_is_not_trusted_between() -> None:
    camera = Camera()
    for _ in range(4):
        camera.send(40)
        camera.jumps += 1
    camera.send(100)
    fault = camera.fault()
    assert fault is not None
    assert fault.kind is Trouble.CLOCK_STEPPED
    camera.send(300)
    assert camera.fault() is None


def test_a_new_connection_is_no_step() -> None:
    camera = Camera()
    camera.jumps = 3
    camera.send(15)
    camera.send(60)
    camera.watch.reconnected()
    camera.media_s, camera.jumps = 0.0, 0
    assert camera.send(100) == set()


def test_steps_of_the_machine_are_measured_and_drift_is_none() -> None:
    machine = MachineClock()
    assert [machine.step_s(1_000_000 + t, 10.0 + t * 1.0001) for t in range(0, 600, 2)] == [None] * 300
    assert machine.step_s(1_000_602 + 3600.0, 10 + 602) == pytest.approx(3600, abs=0.1)
    assert machine.step_s(1_000_604 + 3600.0, 10 + 604) is None
    assert machine.step_s(1_000_606.0, 10 + 606) == pytest.approx(-3600, abs=0.1)


def test_a_step_of_the_machine_concerns_every_camera() -> None:
    camera = Camera()
    camera.send(60)
    camera.watch.stepped(-3600, camera.now_s)
    fault = camera.fault()
    assert fault is not None
    assert (fault.kind, fault.why["step_s"]) == (Trouble.CLOCK_STEPPED, -3600)


def test_rtp_time_that_begins_anew_is_no_step() -> None:
    watch = ClockWatch()
    for n in range(100):
        rtp_time = ((1 << 32) - 90_000 * 50 + 90_000 * n) % (1 << 32)
        watch.sender_report(rtp_time, 90_000, 4_000_000_000.0 + n, 500.0 + n)
        assert watch.fault(500.0 + n) is None
    watch.sender_report(rtp_time + 90_000, 90_000, 4_000_000_060.0 + 100, 600.0)
    fault = watch.fault(600.0)
    assert fault is not None
    assert fault.why["step_s"] == pytest.approx(60)
