"""Which detector sees a camera: one that flies has its own, opened at its first look, for most sites have no drone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from streams.site import CameraSpec
from vision.detect import Detector

OpenDetectors = Callable[[], Sequence[Detector]]


def is_aloft(camera: CameraSpec) -> bool:
    """Whether its pictures are taken from the air: cars are seen from above there, and as boxes turned any way."""
    return camera.telemetry is not None and camera.telemetry.source == "drone"


class Aloft:
    """The detectors for pictures from the air, of all inference threads, which are opened together.

    `fit_wh` is the picture size that they take, px; `open_all` gives one detector a thread.
    """

    def __init__(self, fit_wh: tuple[int, int], open_all: OpenDetectors) -> None:
        self.fit_wh = fit_wh
        self._open_all = open_all
        self._opening = threading.Lock()
        self._detectors: Sequence[Detector] = ()

    def of(self, thread: int) -> Callable[[], Detector]:
        """What gives the detector of that inference thread. Raises, at each look, whatever opening raises."""
        return partial(self._opened, thread)

    def _opened(self, thread: int) -> Detector:
        with self._opening:
            if not self._detectors:
                self._detectors = self._open_all()
        return self._detectors[thread % len(self._detectors)]
