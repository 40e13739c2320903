"""What follows a broken picture until the stream has healed, for receivers that hand on pictures with parts missing."""

from __future__ import annotations

# A stream without key frames (intra refresh) has healed after so long.
HEALED_S = 10.0


class Heal:
    """Which of FFmpeg's pictures to leave out. One receiving thread's.

    `broken` counts those that lack a part, `discarded` those that are whole and depend on one that is not.
    """

    def __init__(self) -> None:
        self.broken = self.discarded = 0
        self._since_s: float | None = None

    def leaves_out(self, *, broken: bool, is_key: bool, now_s: float) -> bool:
        """Called for every picture in decoding order, at the time of its arrival."""
        if broken:
            self.broken += 1
            self._since_s = now_s
            return True
        if self._since_s is None:
            return False
        if is_key or now_s - self._since_s >= HEALED_S:
            self._since_s = None
            return False
        self.discarded += 1
        return True
