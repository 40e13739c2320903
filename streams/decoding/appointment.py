"""A look that is needed at a certain media time, since something is decided by it."""

from __future__ import annotations

# Dense decoding begins so long before an appointment: catching up from the last key frame takes up to 0.4 s at 1080p,
# and none of it may delay the look itself.
_EARLY_S = 0.7
# A key frame so little before an appointment is it: capture times are estimates, and the next one is seconds away.
_ROUNDED_S = 0.1


class Appointment:
    """`at_s` is the media time of the look, None for none: at its very moment (`at_once`), or at the next key frame."""

    def __init__(self) -> None:
        self.at_s: float | None = None
        self.at_once = True

    def near(self, media_s: float) -> bool:
        """Whether every packet should be decoded from now on, to have a picture of that very moment."""
        return self.at_once and self.at_s is not None and media_s >= self.at_s - _EARLY_S

    def kept(self, media_s: float) -> bool:
        """Whether it falls to a picture of this time; it is over then."""
        early_s = 0.0 if self.at_once else _ROUNDED_S
        kept = self.at_s is not None and media_s >= self.at_s - early_s
        if kept:
            self.at_s = None
        return kept
