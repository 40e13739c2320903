"""Clocks that step or drift: the machine's, the camera's timestamps, and the wall time that its sender reports carry.

Dwell is counted in capture time. Where that cannot be trusted, a car may seem to have stood for an hour: the camera's
zones are unknown until its clock has run evenly for a while. Plain numbers in, a verdict out; nothing here reads a
clock.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from streams.delivery.camera_events import Trouble

STEP_S = 0.5  # a camera's NTP client slews; more than this between two reports was set
MACHINE_STEP_S = 1.0
HOLD_S = 10.0  # after a step: the time in which captures are dated anew
_OFTEN, _OFTEN_WITHIN_S, _OFTEN_HOLD_S = 3, 600.0, 300.0
_DRIFT = 0.005  # crystals err by 0.0001; a camera whose time runs 0.5 % off dates a day's end 7 minutes wrong
_DRIFT_ENDS = 0.0025
_DRIFT_LEAST_S = 1.0
_WINDOW_S = 10.0  # networks stall for less; of each window the least delayed arrival counts
_WINDOWS = 30
_HALF_TURN = 1 << 31
_LEAST_WINDOWS = 7


@dataclass(frozen=True, slots=True)
class ClockFault:
    """`kind` is clock_stepped or clock_drifts; `since_s` is monotonic seconds. `why`: `step_s` (forward positive) and
    `steps` in the last ten minutes, or `rate`, seconds that the camera counts in one of ours, and `over_s`.

    People are told of every fault; where it `blinds`, nothing of the camera can be dated. A drift that is seen by
    arrivals alone does not: cameras send 24.8 pictures a second and stamp them as 25, and a reader that cannot keep up
    looks the same, while captures are dated by arrival."""

    kind: Trouble
    since_s: float
    why: dict[str, float] = field(default_factory=dict)
    blinds: bool = True


class MachineClock:
    """Steps of this machine's wall clock: what it gained over the monotonic one since the last call."""

    def __init__(self) -> None:
        self._ahead_s: float | None = None

    def step_s(self, wall_s: float, monotonic_s: float) -> float | None:
        """Seconds (forward positive) that the wall clock was set by since the last call; None where it was not."""
        ahead_s = wall_s - monotonic_s
        before_s, self._ahead_s = self._ahead_s, ahead_s
        if before_s is None or abs(ahead_s - before_s) < MACHINE_STEP_S:
            return None
        return ahead_s - before_s


class ClockWatch:
    """One camera's time against ours. Begin a new one, or call `reconnected`, with each connection.

    Three threads use it: the camera's reader tells of pictures and reports, the worker's own of steps of the machine,
    and an inference thread asks for the fault.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards all that follows
        self._steps: deque[float] = deque(maxlen=_OFTEN)
        self._stepped_by_s = 0.0
        self._stepping_since_s = 0.0
        self._jumps = 0
        self._rtp_time: int | None = None
        self._rtp_ticks = 0
        self._arrivals = _Rate()
        self._reports = _Rate()
        self._offset: tuple[float, float] | None = None
        self._drifting_since_s: float | None = None

    def reconnected(self) -> None:
        """Media time begins anew; steps of the past are not forgotten."""
        with self._lock:
            self._jumps = 0
            self._rtp_time, self._rtp_ticks = None, 0
            self._forget_rates()

    def picture(self, media_s: float, arrival_s: float, jumps: int) -> None:
        """A picture of this media time came at monotonic `arrival_s`; `jumps` is how often the timeline was mended
        since the connection began."""
        with self._lock:
            if jumps > self._jumps:
                self._stepped(0.0, arrival_s)
            self._jumps = jumps
            self._arrivals.add(arrival_s - media_s, arrival_s)

    def rtcp(self, media_s: float, ntp_s: float, arrival_s: float) -> None:
        """A sender report: the camera says that its media time `media_s` was `ntp_s` of its wall clock, NTP seconds."""
        with self._lock:
            self._reported(media_s, ntp_s, arrival_s)

    def sender_report(self, rtp_time: int, clock_hz: int, ntp_s: float, arrival_s: float) -> None:
        """The same as RTCP has it: `rtp_time` counts `clock_hz` and begins anew after 2^32 ticks, 13 h at 90 kHz."""
        with self._lock:
            last = self._rtp_time
            self._rtp_ticks += 0 if last is None else (rtp_time - last + _HALF_TURN) % (2 * _HALF_TURN) - _HALF_TURN
            self._rtp_time = rtp_time
            self._reported(self._rtp_ticks / clock_hz, ntp_s, arrival_s)

    def stepped(self, by_s: float, at_s: float) -> None:
        """A clock was set at monotonic `at_s`: this camera's, or the machine's, which concerns all of them."""
        with self._lock:
            self._stepped(by_s, at_s)

    def fault(self, now_s: float) -> ClockFault | None:
        """What is wrong at monotonic `now_s`. Of two drifts the one that blinds is told."""
        with self._lock:
            if self._holds(now_s):
                recent = sum(now_s - at_s < _OFTEN_WITHIN_S for at_s in self._steps)
                why = {"step_s": self._stepped_by_s, "steps": float(recent)}
                return ClockFault(Trouble.CLOCK_STEPPED, self._stepping_since_s, why)
            return self._drift(now_s)

    def _reported(self, media_s: float, ntp_s: float, arrival_s: float) -> None:
        offset_s = ntp_s - media_s
        if self._offset is not None:
            gained_s = offset_s - self._offset[0]
            if abs(gained_s) > STEP_S + _DRIFT * 4 * max(0.0, arrival_s - self._offset[1]):
                self._stepped(gained_s, arrival_s)
        self._offset = offset_s, arrival_s
        self._reports.add(-offset_s, arrival_s)

    def _stepped(self, by_s: float, at_s: float) -> None:
        if not self._holds(at_s):
            self._stepping_since_s = at_s
        self._steps.append(at_s)
        self._stepped_by_s = by_s
        self._forget_rates()

    def _drift(self, now_s: float) -> ClockFault | None:
        by_reports, by_arrivals = self._reports.drift(), self._arrivals.drift()
        found = by_reports or by_arrivals
        if found is None:
            self._drifting_since_s = None
            return None
        if self._drifting_since_s is None:
            self._drifting_since_s = now_s
        why = {"rate": 1 + found[0], "over_s": found[1]}
        return ClockFault(Trouble.CLOCK_DRIFTS, self._drifting_since_s, why, blinds=by_reports is not None)

    def _holds(self, now_s: float) -> bool:
        if not self._steps:
            return False
        often = len(self._steps) == _OFTEN and self._steps[-1] - self._steps[0] < _OFTEN_WITHIN_S
        return now_s - self._steps[-1] < (_OFTEN_HOLD_S if often else HOLD_S)

    def _forget_rates(self) -> None:
        self._arrivals, self._reports, self._offset = _Rate(), _Rate(), None


class _Rate:
    """How fast an offset grows, by the least of each window: delays only ever add."""

    def __init__(self) -> None:
        self._least: deque[tuple[float, float]] = deque(maxlen=_WINDOWS)
        self._ends_s: float | None = None
        self._now: tuple[float, float] | None = None
        self._drifts = False

    def add(self, offset_s: float, at_s: float) -> None:
        if self._ends_s is None or at_s >= self._ends_s:
            if self._now is not None:
                self._least.append(self._now)
            self._now, self._ends_s = None, at_s + _WINDOW_S
        if self._now is None or offset_s < self._now[0]:
            self._now = offset_s, at_s

    def drift(self) -> tuple[float, float] | None:
        """`off`, where it is too much; None where it is not. What drifts goes on until it is half of that."""
        off = self.off()
        self._drifts = off is not None and abs(off[0]) > (_DRIFT_ENDS if self._drifts else _DRIFT)
        return off if self._drifts else None

    def off(self) -> tuple[float, float] | None:
        """By how much the camera's second is longer (1 - rate of ours, so that fast is positive), and over how many
        seconds that was seen; None while it is too little to tell."""
        if len(self._least) < _LEAST_WINDOWS:
            return None
        half = len(self._least) // 2
        windows = list(self._least)
        slopes = sorted(
            (late[0] - early[0]) / (late[1] - early[1])
            for early, late in zip(windows[:half], windows[-half:], strict=True)
        )
        slope = slopes[len(slopes) // 2]
        over_s = windows[-1][1] - windows[0][1]
        return None if abs(slope) * over_s < _DRIFT_LEAST_S else (-slope, over_s)
