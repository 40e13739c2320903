"""Which camera's look is taken next, when there are more cameras than inference threads."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from streams.decoding.look import Look

# A look by which something is decided goes before all that are only looks.
_DECIDING_S = 0.25
# A look at somebody's wish, four times a second, is not late because it is the third of them.
_LATE_S = 1.0


@dataclass(slots=True)
class Lane:
    """One camera's waiting look; the schedule's lock guards every field."""

    period_s: float
    look: Look | None = None
    waiting_since_s: float = 0.0
    offered_s: float = 0.0
    busy: bool = False
    decides: bool = False
    dropped: int = 0

    @property
    def deadline_s(self) -> float:
        """Until when (UTC, s) the waiting look should be done with."""
        return self.waiting_since_s + (min(self.period_s, _DECIDING_S) if self.decides else self.period_s)


@dataclass(frozen=True, slots=True)
class Turn:
    """A look handed out, the lane it came from, until when (UTC, s) it should be done with and from when on it is
    late, how long it lay here."""

    look: Look
    lane: Lane
    deadline_s: float
    late_after_s: float
    queued_s: float


class Schedule:
    """The newest look of each camera, handed out earliest deadline first (Liu and Layland 1973).

    A camera's deadline is its period after the capture of the first look since its last turn, so one that is deciding
    something goes before one at rest, and none starves. A newer look replaces one still waiting, which is then never
    decoded, keeps its deadline, and is counted. A camera's looks are handed out one at a time: its pipeline is never
    entered twice.
    """

    def __init__(self) -> None:
        mutex = threading.RLock()
        # The second for those who wait for a look's end: the word of a new one must not be spent on them.
        self._lock, self._ended = threading.Condition(mutex), threading.Condition(mutex)
        self._lanes: dict[str, Lane] = {}
        self._closed = False

    def open(self, camera: str, period_s: float) -> None:
        """Make a lane; a camera that has one keeps it."""
        with self._lock:
            self._lanes.setdefault(camera, Lane(period_s))

    def set_period(self, camera: str, period_s: float) -> None:
        """How urgent a camera is from now on. One that has no lane gets none."""
        with self._lock:
            if camera in self._lanes:
                self._lanes[camera].period_s = period_s

    def remove(self, camera: str) -> None:
        """Close a lane and wait until nobody works on its camera any more."""
        with self._lock:
            lane = self._lanes.pop(camera, None)
            if lane is not None:
                lane.look = None
                self._ended.wait_for(lambda: not lane.busy, timeout=10)

    def put(self, look: Look) -> None:
        """Offer a look; the one that still waits is dropped. Looks of an unknown camera are ignored."""
        with self._lock:
            lane = self._lanes.get(look.camera)
            if lane is None:
                return
            if lane.look is None:
                lane.waiting_since_s = look.captured_at.timestamp()
            else:
                lane.dropped += 1
            lane.look, lane.offered_s = look, time.monotonic()
            lane.decides |= look.decides
            self._lock.notify()

    def take(self, timeout_s: float) -> Turn | None:
        """The most urgent look, None when there is none in time. Call `done` when it has been dealt with."""
        with self._lock:
            self._lock.wait_for(lambda: self._closed or self._next() is not None, timeout_s)
            return self._taken(self._next())

    def take_before(self, deadline_s: float) -> Turn | None:
        """The same at once, and only a look that is more urgent than one of that deadline."""
        with self._lock:
            lane = self._next()
            return self._taken(lane) if lane is not None and lane.deadline_s < deadline_s else None

    def done(self, turn: Turn) -> None:
        """The look that `take` gave out has been dealt with; its camera's next one may be taken."""
        with self._lock:
            turn.lane.busy = False
            self._lock.notify_all()
            self._ended.notify_all()

    def dropped(self, camera: str) -> int:
        with self._lock:
            lane = self._lanes.get(camera)
            return lane.dropped if lane else 0

    def close(self) -> None:
        """Wake everybody up with nothing."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def _taken(self, lane: Lane | None) -> Turn | None:
        if lane is None or lane.look is None or self._closed:
            return None
        queued_s = time.monotonic() - lane.offered_s
        late_after_s = lane.waiting_since_s + max(lane.period_s, _LATE_S)
        turn = Turn(lane.look, lane, lane.deadline_s, late_after_s, queued_s)
        lane.look, lane.busy, lane.decides = None, True, False
        return turn

    def _next(self) -> Lane | None:
        waiting = [lane for lane in self._lanes.values() if lane.look is not None and not lane.busy]
        return min(waiting, key=lambda lane: lane.deadline_s, default=None)
