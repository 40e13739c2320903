"""Whether a flight's telemetry is to be believed: its pictures are the witness."""

from __future__ import annotations

from collections import deque

import numpy as np

from drone.lens import Lens
from drone.self_check import Finding, Pair, Verdict, check
from drone.telemetry import PoseTrack
from drone.view import Ground
from vision.ego_motion import Motion

_POINTS, _MOST_PAIRS, _FIRST_AT = 10, 40, 16
_AGAIN_S = 300.0
_STIRS = 0.01  # of the picture's width
# By these a place would be off by more than any ellipse says.
MISPLACES = frozenset({Finding.TURNED, Finding.HEIGHT})
_SURE = 2.0  # standard deviations from which on an offset is one


class Witness:
    """Collects what pictures saw of the ground's motion, and judges telemetry by it now and then."""

    def __init__(self) -> None:
        self._pairs: deque[Pair] = deque(maxlen=_MOST_PAIRS)
        self._judged_s: float | None = None
        self.verdict: Verdict | None = None
        self.settled = False  # judged as a whole: no more judging on the way

    def saw(self, motion: Motion, before_s: float, now_s: float, source_wh: tuple[int, int]) -> None:
        """The ground's motion between two looks, timed as the video is, on the track's line of time and without an
        offset."""
        moved = np.median(np.linalg.norm(motion.now - motion.before, axis=1))
        if moved < _STIRS * source_wh[0]:
            return
        rows = np.linspace(0, len(motion.before) - 1, min(_POINTS, len(motion.before))).astype(int)
        order = np.lexsort((motion.before[:, 0], motion.before[:, 1]))[rows]
        self._pairs.append(Pair(before_s, now_s, motion.before[order], motion.now[order]))

    def due(self, at_s: float) -> bool:
        """Whether there is enough to judge by, and the last judgement is old."""
        again = self._judged_s is None or not 0 <= at_s - self._judged_s < _AGAIN_S
        return not self.settled and again and len(self._pairs) >= _FIRST_AT

    def judge(self, track: PoseTrack, lens: Lens, ground: Ground, at_s: float) -> Verdict:
        """What the pairs so far say of telemetry."""
        self._judged_s = at_s
        self.verdict = check(list(self._pairs), track, lens, ground)
        return self.verdict

    def restart(self) -> None:
        """Another flight, or another connection."""
        self._pairs.clear()
        self._judged_s = self.verdict = None


def offset_of(verdict: Verdict) -> float | None:
    """Seconds to apply: those that the flight shows, and that its doubt leaves something of."""
    offset = verdict.offset
    if verdict.finding not in (Finding.SOUND, Finding.CLOCK) or offset is None:
        return None
    return offset.offset_s if abs(offset.offset_s) > _SURE * offset.doubt_s else None
