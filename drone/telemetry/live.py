"""Poses from a vehicle's own MAVLink messages, as they arrive.

A message tells when it was made by the clock that its sender started with; radio and network bring it later, now sooner
and now later. The quickest one of late says how that clock stands to ours, so that poses keep the vehicle's even pace;
what remains, the quickest one's own way, belongs to the offset that the pictures show.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from drone.errors import BadTelemetry
from drone.link.dialect import mavlink
from drone.link.frames import Frame, decode
from drone.telemetry.tlog import poses
from drone.telemetry.track import PoseTrack

_POSITION = mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT
WANTED = frozenset(
    {
        _POSITION,
        mavlink.MAVLINK_MSG_ID_ATTITUDE,
        mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS,
        mavlink.MAVLINK_MSG_ID_MOUNT_ORIENTATION,
        158,  # MOUNT_STATUS, ArduPilot's own
    }
)
_KEPT_S = 60.0
_MOST = 20_000  # for _KEPT_S of five messages 60 times a second
_DRIFT = 1e-4  # of cheap clocks, at most
_STARTED_ANEW_S = 5.0


class LiveTelemetry:
    """One vehicle's: the one named, or the only one that tells positions. `take` is called by the thread that listens,
    the rest by whoever looks."""

    def __init__(self, system: int | None = None) -> None:
        self._system = system
        self._lock = threading.Lock()
        # Arrived, by its sender's clock, message. Whoever floods the port crowds others out, and takes no more memory.
        self._told: deque[tuple[float, float | None, Any]] = deque(maxlen=_MOST)
        self._ahead_s: dict[tuple[int, int], tuple[float, float]] = {}  # by sender: our clock less its own, and since
        self.count = 0  # of messages that tell something
        self._made: tuple[int, PoseTrack | None] = (0, None)
        self._positions: dict[int, float] = {}  # when each vehicle told one last

    def take(self, frame: Frame, at_s: float) -> None:
        """A frame that arrived at that UNIX time; what tells no pose is left."""
        if frame.message_id not in WANTED or (self._system is not None and frame.system != self._system):
            return
        try:
            message = decode(frame)
        except mavlink.MAVError:
            return
        own_ms = getattr(message, "time_boot_ms", 0)  # gimbals without a clock leave it 0
        own_s = own_ms / 1000 if own_ms else None
        with self._lock:
            if frame.message_id == _POSITION:
                self._positions[frame.system] = at_s
                for silent in [one for one, told_s in self._positions.items() if at_s - told_s > _KEPT_S]:
                    del self._positions[silent]
            if own_s is not None:
                self._compare((frame.system, frame.component), at_s, own_s)
            self._told.append((at_s, own_s, message))
            self.count += 1
            while at_s - self._told[0][0] > _KEPT_S:
                self._told.popleft()

    def _compare(self, sender: tuple[int, int], at_s: float, own_s: float) -> None:
        seen_s = at_s - own_s
        if sender in self._ahead_s:
            ahead_s, since_s = self._ahead_s[sender]
            if abs(seen_s - ahead_s) > _STARTED_ANEW_S:
                # It was switched on again: what it told is of another clock. What others told stands.
                others = [row for row in self._told if _sender(row[2]) != sender]
                self._told = deque(others, maxlen=_MOST)
            else:
                seen_s = min(seen_s, ahead_s + _DRIFT * (at_s - since_s))
        self._ahead_s[sender] = seen_s, at_s

    @property
    def systems(self) -> set[int]:
        """Those that told positions within the last minute: another drone may fly the next battery."""
        with self._lock:
            return set(self._positions)

    @property
    def ambiguous(self) -> bool:
        """Whether several vehicles tell positions, and none was named: then there is no pose."""
        return self._system is None and len(self.systems) > 1

    @property
    def track(self) -> PoseTrack | None:
        """What was told of late, timed by UTC; None before there is a place."""
        with self._lock:
            count, rows, ahead_s = self.count, list(self._told), dict(self._ahead_s)
            if self._made[0] == count:
                return self._made[1]
        made = None
        if not self.ambiguous:
            for at_s, own_s, message in rows:
                message._timestamp = at_s if own_s is None else own_s + ahead_s[_sender(message)][0]
            messages = sorted((message for *_, message in rows), key=lambda one: float(one._timestamp))
            try:
                made = poses(messages)
            except BadTelemetry:
                made = None  # no position yet, or a receiver without a fix
        with self._lock:
            self._made = count, made
        return made


def _sender(message: Any) -> tuple[int, int]:
    return int(message.get_srcSystem()), int(message.get_srcComponent())
