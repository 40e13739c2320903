"""Whether a camera's marker bit can be trusted to end its pictures."""

from __future__ import annotations

_TRUSTED_AFTER = 8


class Marker:
    """The marker bit is to end a picture (RFC 6184, section 5.1), but some cameras set it on every NAL unit, and some
    never. It is trusted once it was right for eight pictures on end, and given up for good once it was wrong; until
    then a picture ends where the timestamp changes, one packet later."""

    def __init__(self) -> None:
        self.trusted = False
        self.last = False
        self._count = 0
        self._clean = 0
        self._doubtful = False

    @property
    def missing(self) -> bool:
        """No packet of this picture had it."""
        return not self._count

    @property
    def ends(self) -> bool:
        """It ended this picture with the last packet, as far as it has been right so far."""
        return self.last and self._count == 1 and self._clean > 0 and not self._doubtful

    def begin(self) -> None:
        """Another picture's time has come."""
        self.last, self._count = False, 0

    def saw(self, marker: bool) -> None:
        self.last = marker
        self._count += marker

    def judge(self) -> None:
        """The picture is over, as its successor's time says."""
        if self.missing:
            self._clean = 0
        elif self._count > 1 or not self.last:
            self.wrong()
        else:
            self._clean += 1
            self.trusted = self._clean >= _TRUSTED_AFTER and not self._doubtful

    def wrong(self) -> None:
        self.trusted, self._doubtful = False, True
