"""Where a moving camera was when a picture was taken: from a file beside the clip, from the stream itself, or from the
vehicle that carries it."""

from __future__ import annotations

import threading
from bisect import insort
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from drone.errors import DroneError
from drone.telemetry import PoseTrack, Timing, klv, read_telemetry
from drone.types import Pose
from streams.aerial.vehicle_poses import VehiclePoses
from streams.errors import SourceUnusable
from streams.settings.telemetry import TelemetrySettings
from vision.types import Frame

_KEPT_S = 60.0
_BEGAN_ANEW_S = 5.0  # what steps back by more is another connection


class PoseSource(Protocol):
    """Poses by the time of a picture. `offset_s` is how far telemetry's clock is ahead of the video's."""

    offset_s: float

    @property
    def track(self) -> PoseTrack | None:
        """What is known so far, for lens, ground and motion; None before anything came."""

    def time_s(self, frame: Frame) -> float:
        """The moment of a picture on the track's own line of time."""

    def pose(self, frame: Frame) -> Pose | None:
        """Where the camera was; None where nothing tells."""


class FilePoses:
    """A file's, `offset_s` ahead of the video."""

    def __init__(self, track: PoseTrack, offset_s: float = 0.0) -> None:
        self._track, self.offset_s = track, offset_s

    @property
    def track(self) -> PoseTrack:
        return self._track

    def time_s(self, frame: Frame) -> float:
        media = self._track.timing is Timing.MEDIA
        return (frame.pts_s if media else frame.captured_at.timestamp()) + self.offset_s

    def pose(self, frame: Frame) -> Pose | None:
        found = self._track.at(self.time_s(frame))
        return None if found is None else replace(found, captured_at=frame.captured_at)


class StreamPoses:
    """A live stream's own metadata, as it comes. `feed` is called by the reader's thread, the rest by whoever looks."""

    def __init__(self, settings: TelemetrySettings) -> None:
        self._settings = settings
        self.offset_s = settings.offset_s or 0.0
        self._lock = threading.Lock()
        self._packets: list[tuple[float, int, klv.Metadata]] = []
        self._count = 0
        self._made: tuple[int, PoseTrack] | None = None
        self.damaged = 0

    def feed(self, at_s: float, data: bytes) -> None:
        """Packets that are shown with the picture of that media time."""
        for one in klv.packets(data):
            with self._lock:
                if one is None:
                    self.damaged += 1
                    continue
                if self._packets and at_s < self._packets[-1][0] - _BEGAN_ANEW_S:
                    self._packets.clear()
                insort(self._packets, (at_s, self._count, one), key=lambda row: row[:2])
                self._count += 1
                while self._packets[-1][0] - self._packets[0][0] > _KEPT_S:
                    del self._packets[0]

    @property
    def track(self) -> PoseTrack | None:
        with self._lock:
            if self._made is not None and self._made[0] == self._count:
                return self._made[1]
            count, rows = self._count, list(self._packets)
        if not rows:
            return None
        try:
            made = klv.poses([one for *_, one in rows], self.damaged, [at_s for at_s, *_ in rows])
        except DroneError:
            return None  # packets without a position: a receiver without a fix
        made = self._settings.prepared(made)
        with self._lock:
            self._made = count, made
        return made

    def time_s(self, frame: Frame) -> float:
        return frame.pts_s + self.offset_s

    def pose(self, frame: Frame) -> Pose | None:
        track = self.track
        found = None if track is None else track.at(self.time_s(frame))
        return None if found is None else replace(found, captured_at=frame.captured_at)


def open_poses(settings: TelemetrySettings) -> PoseSource:
    """The poses that a camera's settings name. Raises `SourceUnusable` where a file or a key cannot be read."""
    if settings.link is not None:
        return VehiclePoses(settings)
    if settings.file is None:
        return StreamPoses(settings)
    try:
        track = read_telemetry(Path(settings.file), settings.system)
    except DroneError as error:
        raise SourceUnusable(str(error)) from error
    return FilePoses(settings.prepared(track), settings.offset_s or 0.0)
