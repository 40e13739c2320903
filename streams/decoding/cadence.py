"""How often a camera is looked at, and whether its key frames alone can serve that."""

from __future__ import annotations

import math
from itertools import pairwise

# Of the key frames on offer, those are picked that come nearest to the rate: up to this much later than asked for.
SLACK = 1.25
# Key frames this much rarer than asked for still serve: at rest that is one in 4 s, and what is found then is decided
# at its own moment by an appointment. Beyond it, decoding every packet is worth its cost: twelve times as much.
SERVES = 2.0
# What is taken for a stream's key-frame interval until two have been seen: almost every camera keeps to it, and a
# hundred cameras decoding every packet to learn it would take a minute to start.
_LIKELY_INTERVAL_S = 2.0
# With this many frames between two looks, non-reference frames need not be decoded: references are never rarer.
_FRAMES_BETWEEN_LOOKS = 8
_RATE_WINDOW = 50
# Steps from frame to frame of which the long ones are so much longer than the short ones are no fixed frame rate; a
# window's first and last frames may lack those that are decoded out of order.
_VARIES, _ASIDE = 1.5, 4


class Cadence:
    """Measures a stream's key frames against the needed rate. Pure arithmetic on media time in seconds.

    Key frames serve when the longest of their last three intervals is at most twice the needed period. Until one
    interval is known it is taken to be 2 s, and what does not come by then is noticed.
    """

    def __init__(self, looks_per_s: float, frame_interval_s: float | None) -> None:
        self.frame_interval_s = frame_interval_s
        self.key_frames_useless = False
        # Replaced, never changed: health is read by other threads.
        self._intervals: tuple[float, ...] = ()
        self._last_key_s = -math.inf
        self._last_look_s = -math.inf
        self._due_s = -math.inf
        self._packets = 0
        self._window_s: list[float] = []
        self.varying_fps: tuple[float, float] | None = None  # what all but a tenth at each end lie between
        self._newest_s = self._window_began_s = -math.inf
        self._looks_per_s = looks_per_s
        self.looks_per_s = looks_per_s

    @property
    def looks_per_s(self) -> float:
        return self._looks_per_s

    @looks_per_s.setter
    def looks_per_s(self, value: float) -> None:
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"looks_per_s must be a number above 0, got {value}")
        self._looks_per_s = value
        self._due_s = min(self._due_s, self._last_look_s + 1 / value)

    @property
    def period_s(self) -> float:
        return 1 / self._looks_per_s

    @property
    def key_interval_s(self) -> float | None:
        """The longest of the last three, None until two key frames were seen."""
        return max(self._intervals, default=None)

    def saw(self, media_s: float, is_key: bool) -> None:
        """Every packet, in decoding order."""
        self._packets += 1
        self._newest_s = max(self._newest_s, media_s)
        self._window_s.append(media_s)
        if self._packets % _RATE_WINDOW == 0:
            if math.isfinite(self._window_began_s):
                self.frame_interval_s = max(1e-3, (self._newest_s - self._window_began_s) / _RATE_WINDOW)
            self._window_began_s = self._newest_s
            self.varying_fps = _varying(self._window_s)
            self._window_s.clear()
        if is_key:
            if math.isfinite(self._last_key_s):
                self._intervals = (*self._intervals, media_s - self._last_key_s)[-3:]
            self._last_key_s = media_s

    def key_frames_serve(self) -> bool:
        interval_s = self.key_interval_s or _LIKELY_INTERVAL_S
        return interval_s <= SERVES * self.period_s and not self.key_frames_useless

    def overdue(self, media_s: float) -> bool:
        """True when key frames have let us down: the look that they should have given is past its slack."""
        interval_s = self.key_interval_s
        if interval_s is None:
            return media_s - max(self._last_look_s, self._last_key_s - self.period_s) > self.period_s + 0.1
        waited_s = media_s - max(self._last_look_s, self._last_key_s - self.period_s)
        return waited_s > SLACK * self.period_s + 0.1 and media_s - self._last_key_s > SLACK * interval_s + 0.1

    def key_frame_due(self, media_s: float) -> bool:
        """Whether to decode this key frame, or leave the look to the next one."""
        waited = media_s - self._last_look_s
        interval = self.key_interval_s or 0.0
        return waited >= self.period_s - interval / 2 or waited + interval > SLACK * self.period_s

    def frame_due(self, media_s: float) -> bool:
        return media_s >= self._due_s - 1e-6

    def looked(self, media_s: float) -> None:
        """A frame of this time was given out."""
        self._last_look_s = media_s
        # A look that came early, because something was decided by it, does not put off those after it.
        self._due_s = min(max(self._due_s, media_s - self.period_s), media_s) + self.period_s
        if self._due_s <= media_s:
            self._due_s = media_s + self.period_s

    def hold_until(self, media_s: float) -> None:
        """What lies before is decoded only to reach what comes after."""
        self._due_s = max(self._due_s, media_s)

    def because(self) -> str:
        """Why key frames do or do not serve, in words."""
        interval_s, since_s = self.key_interval_s, self._newest_s - self._last_key_s
        late = since_s > SLACK * max(interval_s or _LIKELY_INTERVAL_S, self.period_s) + 0.1
        if interval_s is None:
            alone = late and math.isfinite(since_s)
            return (
                f"one key frame, and none in the {since_s:.3g} s since"
                if alone
                else "the key-frame interval is not known yet"
            )
        known = f"a key frame every {interval_s:.3g} s for a look every {self.period_s:.3g} s"
        if interval_s > SERVES * self.period_s:
            irregular = min(self._intervals) <= SERVES * self.period_s
            known = f"{known}: {'at times too far apart' if irregular else 'too seldom'}"
        elif late:
            known += f", but none in the last {since_s:.3g} s"
        if self.varying_fps is not None:
            known += f"; its frame rate varies, {self.varying_fps[0]:.3g} to {self.varying_fps[1]:.3g} a second"
        return known

    def references_suffice(self) -> bool:
        return self.frame_interval_s is not None and self.period_s >= _FRAMES_BETWEEN_LOOKS * self.frame_interval_s


def _varying(shown_s: list[float]) -> tuple[float, float] | None:
    """The least and the highest frame rate among frames shown at these times, in any order; None for a steady one."""
    shown = sorted(shown_s)[_ASIDE:-_ASIDE]
    steps = sorted(after - before for before, after in pairwise(shown) if after > before)
    if len(steps) < _RATE_WINDOW // 2:
        return None
    short_s, long_s = steps[len(steps) // 10], steps[-1 - len(steps) // 10]
    return (1 / long_s, 1 / short_s) if long_s > _VARIES * short_s else None
