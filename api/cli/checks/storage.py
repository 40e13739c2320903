"""Where the state goes: room, permission and how soon a write is safe."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from api.cli.checks.check import GB, MISSING, OK, WARN, Check

_DISK_GB = (0.5, 5.0)  # below the first nothing can be kept, below the second not for long
_SLOW_S = 0.05
_SYNCS, _MOST_S = 20, 3.0


def folder(data: Path) -> Check:
    """Room and permission in the data folder, or in the nearest folder above it that there is."""
    place = nearest(data)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return Check(
            "data folder", MISSING, f"{data} cannot be written: {error.strerror}", "choose another with --data"
        )
    return judged_room(data, shutil.disk_usage(place).free / GB)


def judged_room(data: Path, free_gb: float) -> Check:
    found = f"{data}, {free_gb:.1f} GB free"
    if free_gb < _DISK_GB[0]:
        return Check("data folder", MISSING, found, f"free some: {_DISK_GB[0]:g} GB at the very least")
    if free_gb < _DISK_GB[1]:
        return Check("data folder", WARN, found, f"{_DISK_GB[1]:g} GB keep evidence for longer")
    return Check("data folder", OK, found)


def sync_speed(data: Path) -> Check:
    """How long the disk takes until it says that 4 kB are safe: every event and every state waits for that."""
    times_s: list[float] = []
    ends_s = time.monotonic() + _MOST_S
    try:
        with tempfile.TemporaryFile(dir=nearest(data)) as file:
            while len(times_s) < _SYNCS and time.monotonic() < ends_s:
                file.write(bytes(4096))
                file.flush()
                began_s = time.perf_counter()
                os.fsync(file.fileno())
                times_s.append(time.perf_counter() - began_s)
    except OSError as error:
        return Check("disk", MISSING, f"it cannot be written: {error.strerror}", "choose another folder with --data")
    return judged_sync(statistics.median(times_s), max(times_s))


def judged_sync(median_s: float, longest_s: float) -> Check:
    found = f"a write is safe after {1000 * median_s:.3g} ms (fsync; at most {1000 * longest_s:.3g} ms)"
    if median_s > _SLOW_S:
        return Check("disk", WARN, found, "each event waits for it: keep --data on an SSD, not on a network folder")
    return Check("disk", OK, found)


def nearest(data: Path) -> Path:
    return next(place for place in (data, *data.absolute().parents) if place.is_dir())
