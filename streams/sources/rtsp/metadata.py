"""A drone's metadata as an RTP stream of its own beside the video: KLV units, whole again (RFC 6597)."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

from streams.sources.rtsp.rtcp import RtcpClock

_KEPT = 1000  # units that nobody asks for
_MOST_BYTES = 1 << 20
_ROUND = 1 << 32


class Beside:
    """Belongs to the receiving thread. A unit may take several packets, all of one time, the last one marked; one of
    which a packet was lost is left out."""

    def __init__(self, payload_type: int, channel: int, control: int, clock_hz: int) -> None:
        self.payload_type, self.channel, self.control = payload_type, channel, control
        self.clock = RtcpClock(clock_hz)
        self.broken = 0
        self._units: deque[tuple[int, int | None, bytes]] = deque(maxlen=_KEPT)
        self._parts: list[bytes] = []
        self._time = self._expected = -1
        self._whole = True

    def add(self, payload: bytes, sequence: int, timestamp: int, last: bool, shown: int | None) -> None:
        """A packet that came; `shown` is the newest picture's `pts` by then."""
        if timestamp != self._time:
            self._begin(timestamp, whole=self._expected in (-1, sequence) and not self._parts)
        elif sequence != self._expected:
            self._whole = False
        self._expected = (sequence + 1) & 0xFFFF
        self._parts.append(payload)
        if last:
            data = b"".join(self._parts)
            if self._whole and len(data) <= _MOST_BYTES:
                self._units.append((timestamp, shown, data))
            else:
                self.broken += 1
            self._parts, self._time = [], -1

    def _begin(self, timestamp: int, *, whole: bool) -> None:
        self._time, self._parts, self._whole = timestamp, [], whole

    def taken(self, video: RtcpClock, video_hz: int, newest_pts: int) -> list[tuple[float, bytes]]:
        """The units since the last call, each with its moment on the video's own line of time, in seconds: by the
        sender's clock once it has reported for both streams, before that with the picture that it came with."""
        found = []
        while self._units:
            timestamp, shown, data = self._units.popleft()
            ticks = newest_pts if shown is None else shown
            report, sent_at = video.newest, self.clock.taken_at(timestamp)
            if report is not None and sent_at is not None:
                ticks = report.rtp_time + round((sent_at - report.sent_at) / timedelta(seconds=1) * video_hz)
            later = (ticks - newest_pts + _ROUND // 2) % _ROUND - _ROUND // 2
            found.append(((newest_pts + later) / video_hz, data))
        return found
