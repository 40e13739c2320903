"""MISB metadata in a video file or stream: packets of its data track, through FFmpeg's demuxer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import av
import av.error

from drone.errors import BadTelemetry
from drone.telemetry import klv
from drone.telemetry.track import PoseTrack


def read_transport(path: Path) -> PoseTrack:
    """The poses beside a clip's pictures, timed by media: by when a packet is to be shown, where the muxer says so
    (ST 1402, synchronous), else by the packet's own time from the clip's first picture on.

    Raises `BadTelemetry` where the file has none.
    """
    found: list[tuple[float | None, klv.Metadata]] = []
    damaged, first_s = 0, math.inf
    for kind, at_s, data in _demuxed(path):
        if kind == "video":
            first_s = min(first_s, math.inf if at_s is None else at_s)
            continue
        for one in klv.packets(data):
            if one is None:
                damaged += 1
            else:
                found.append((at_s, one))
    told = [one for _, one in found]
    shown_s = [at_s for at_s, _ in found if at_s is not None]
    if len(shown_s) < len(found) or not math.isfinite(first_s):
        return klv.poses(told, damaged)
    return klv.poses(told, damaged, [at_s - first_s for at_s in shown_s])


def holds_metadata(path: Path) -> bool:
    """Whether the file is one that FFmpeg reads and has a data track."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            return bool(container.streams.data)
    except (av.error.FFmpegError, OSError, ValueError):
        return False


def _demuxed(path: Path) -> Iterator[tuple[str, float | None, bytes]]:
    """Kind, time in seconds and bytes of each packet; pictures come without their bytes."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            wanted = [*container.streams.video[:1], *container.streams.data]
            if not container.streams.data:
                raise BadTelemetry(f"{path.name}: no data track beside its pictures; give --telemetry with a file")
            for packet in container.demux(wanted):
                if packet.size:
                    ticks = packet.pts if packet.pts is not None else packet.dts
                    at_s = None if ticks is None else float(ticks * packet.time_base)
                    is_video = packet.stream.type == "video"
                    yield packet.stream.type, at_s, b"" if is_video else bytes(packet)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise BadTelemetry(f"cannot read {path.name}: {error}") from error
