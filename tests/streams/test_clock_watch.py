"""Clocks that step or drift are told from slow networks and honest crystals."""

from __future__ import annotations

import random

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


@pytest.mark.parametrize("by_s", [3600.0, -2.0, 0.9])
def test_a_camera_clock_that_is_set_is_a_step_with_its_size(by_s: float) -> None:
    camera = Camera()
    camera.send(60)
    camera.ntp_s += by_s
    assert camera.send(1) == {Trouble.CLOCK_STEPPED}
    fault = camera.fault()
    assert fault is not None
    assert fault.why == {"step_s": pytest.approx(by_s, abs=0.01), "steps": 1.0}
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
