"""Media time that starts at zero and never goes back, whatever the timestamps of the source do."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

# Reordered frames step back this far in presentation order without meaning a new beginning; decoding order should not
# step back at all, yet sloppy muxers stumble by a frame.
_REORDER_S = 1.0
_STUMBLE_S = 0.25
_DEFAULT_STEP_S = 0.04


class Timed(Protocol):
    pts: int | None
    dts: int | None
    duration: int | None


class Timeline:
    """Rewrites packets' `pts` and `dts`, in ticks of `time_base`, so that media time is one rising line from 0.

    - The first packet's pts becomes 0.
    - A packet without pts is left so where it has a dts (the decoder orders it), else it follows its predecessor.
    - Time that steps back (the stream restarted, wrapped, or the camera set its clock), or forward by more than
      `forward_gap_s`, begins a new line, which continues one frame after the last time seen. A file's gaps forward
      are its own and are kept: give None.
    """

    def __init__(self, time_base: Fraction, step_s: float | None = None, forward_gap_s: float | None = None) -> None:
        self._tick_s = float(time_base)
        self._step = max(1, round((step_s or _DEFAULT_STEP_S) / time_base))
        self._gap = None if forward_gap_s is None else round(forward_gap_s / time_base)
        self._reorder = round(_REORDER_S / time_base)
        self._stumble = round(_STUMBLE_S / time_base)
        self._offset: int | None = None
        self._last_raw = 0
        self._last_had_dts = False
        self._newest = 0
        self.jumps = 0

    @property
    def newest_s(self) -> float:
        """The latest presentation time placed so far."""
        return self._newest * self._tick_s

    def place(self, packet: Timed) -> float:
        """Rewrite the packet's times in place and return its media time in seconds."""
        raw = packet.dts if packet.dts is not None else packet.pts
        if raw is None:
            raw = self._last_raw + (packet.duration or self._step)
            packet.pts = raw if self._offset is not None else 0
            raw = packet.pts
        if self._offset is None:
            self._offset = -(packet.pts if packet.pts is not None else raw)
        elif self._jumped(raw, packet.dts is not None):
            self.jumps += 1
            self._offset = self._newest + self._step - (packet.pts if packet.pts is not None else raw)
        self._last_raw, self._last_had_dts = raw, packet.dts is not None
        if packet.pts is not None:
            packet.pts += self._offset
        if packet.dts is not None:
            packet.dts += self._offset
        at = packet.pts if packet.pts is not None else raw + self._offset
        self._newest = max(self._newest, at)
        return at * self._tick_s

    def _jumped(self, raw: int, has_dts: bool) -> bool:
        back = self._stumble if has_dts and self._last_had_dts else self._reorder
        step = raw - self._last_raw
        return step < -back or (self._gap is not None and step > self._gap)
