"""Whether the wall clock by which pictures are dated was set, told by the time within the stream."""

from __future__ import annotations

# A capture clock is re-anchored by less; what parts it from media time by more is a clock that was set.
_STEP_S = 3.0


class MediaClock:
    """Within one connection capture time and media time go together; where they part, the wall clock was set, or the
    pictures come late. Media time that does not rise is another connection's: nothing is told by it."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None  # media time, and by how much capture time is ahead of it

    def set_by(self, captured_s: float, pts_s: float) -> float:
        """By how many seconds the clock was set since the last picture, forwards above 0; 0 where it was not."""
        ahead_s, before = captured_s - pts_s, self._last
        self._last = (pts_s, ahead_s)
        if before is None or pts_s <= before[0] or abs(ahead_s - before[1]) < _STEP_S:
            return 0.0
        return ahead_s - before[1]
