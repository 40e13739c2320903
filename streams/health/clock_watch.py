"""Clocks that step or drift: the machine's, the camera's timestamps, and the wall time that its sender reports carry.

Dwell is counted in capture time. Where that cannot be trusted, a car may seem to have stood for an hour: the camera's
zones are unknown until its clock has run evenly for a while. Plain numbers in, a verdict out; nothing here reads a
clock. One thread a watch.
"""

from __future__ import annotations

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
    `steps` in the last ten minutes, or `rate`, seconds that the camera counts in one of ours, and `over_s`."""

    kind: Trouble
    since_s: float
    why: dict[str, float] = field(default_factory=dict)


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
    """One camera's time against ours. Begin a new one, or call `reconnected`, with each connection."""

    def __init__(self) -> None:
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
        self._jumps = 0
        self._rtp_time, self._rtp_ticks = None, 0
        self._forget_rates()

    def picture(self, media_s: float, arrival_s: float, jumps: int) -> None:
        """A picture of this media time came at monotonic `arrival_s`; `jumps` is how often the timeline was mended
        since the connection began."""
        if jumps > self._jumps:
            self.stepped(0.0, arrival_s)
        self._jumps = jumps
        self._arrivals.add(arrival_s - media_s, arrival_s)

    def rtcp(self, media_s: float, ntp_s: float, arrival_s: float) -> None:
        """A sender report: the camera says that its media time `media_s` was `ntp_s` of its wall clock, NTP seconds."""
        offset_s = ntp_s - media_s
        if self._offset is not None:
            gained_s = offset_s - self._offset[0]
            if abs(gained_s) > STEP_S + _DRIFT * 4 * max(0.0, arrival_s - self._offset[1]):
                self.stepped(gained_s, arrival_s)
        self._offset = offset_s, arrival_s
        self._reports.add(-offset_s, arrival_s)

    def sender_report(self, rtp_time: int, clock_hz: int, ntp_s: float, arrival_s: float) -> None:
        """The same as RTCP has it: `rtp_time` counts `clock_hz` and begins anew after 2^32 ticks, 13 h at 90 kHz."""
        last = self._rtp_time
        self._rtp_ticks += 0 if last is None else (rtp_time - last + _HALF_TURN) % (2 * _HALF_TURN) - _HALF_TURN
        self._rtp_time = rtp_time
        self.rtcp(self._rtp_ticks / clock_hz, ntp_s, arrival_s)

    def stepped(self, by_s: float, at_s: float) -> None:
        """A clock was set at monotonic `at_s`: this camera's, or the machine's, which concerns all of them."""
        if not self._holds(at_s):
            self._stepping_since_s = at_s
        self._steps.append(at_s)
        self._stepped_by_s = by_s
        self._forget_rates()

    def fault(self, now_s: float) -> ClockFault | None:
        """What is wrong at monotonic `now_s`."""
        if self._holds(now_s):
            recent = sum(now_s - at_s < _OFTEN_WITHIN_S for at_s in self._steps)
            why = {"step_s": self._stepped_by_s, "steps": float(recent)}
            return ClockFault(Trouble.CLOCK_STEPPED, self._stepping_since_s, why)
        limit = _DRIFT if self._drifting_since_s is None else _DRIFT_ENDS
        for rate in (self._arrivals, self._reports):
            if (found := rate.off()) is not None and abs(found[0]) > limit:
                if self._drifting_since_s is None:
                    self._drifting_since_s = now_s
                return ClockFault(
                    Trouble.CLOCK_DRIFTS, self._drifting_since_s, {"rate": 1 + found[0], "over_s": found[1]}
                )
        self._drifting_since_s = None
        return None

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

    def add(self, offset_s: float, at_s: float) -> None:
        if self._ends_s is None or at_s >= self._ends_s:
            if self._now is not None:
                self._least.append(self._now)
            self._now, self._ends_s = None, at_s + _WINDOW_S
        if self._now is None or offset_s < self._now[0]:
            self._now = offset_s, at_s

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
