"""What the last looks of a camera left behind, to tell when something that was noticed late began."""

from __future__ import annotations

from collections import deque

from vision.types import Glimpse

_MOST = 6  # 230 kB each at 640x360, 345 in colours
_EVERY_S = 0.9


class Glimpses:
    """The last six looks, 0.9 s apart at least. Times are capture times in seconds."""

    def __init__(self) -> None:
        self._kept: deque[Glimpse] = deque(maxlen=_MOST)

    def due(self, at_s: float) -> bool:
        """Whether a look at `at_s` is far enough from the last one that was kept; a clock set back makes it so."""
        return not self._kept or not 0 <= at_s - self._kept[-1].at_s < _EVERY_S

    def keep(self, glimpse: Glimpse) -> None:
        self._kept.append(glimpse)

    def before(self, at_s: float) -> Glimpse | None:
        """The newest one taken before `at_s`."""
        return max((one for one in self._kept if one.at_s < at_s - 1e-3), key=lambda one: one.at_s, default=None)

    def clear(self) -> None:
        self._kept.clear()
