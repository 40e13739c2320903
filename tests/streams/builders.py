"""Clips whose every frame says its own number, a clock that is moved by hand, events, and other small peers."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path

import av
import numpy as np

from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from streams.delivery.events import Event, event_id, incident_id
from streams.delivery.outbox import Outbox
from streams.reader import CameraReader
from tests.streams.latest import LatestFrame
from vision.types import Change, Frame, HazardKind, Picture

START = datetime(2026, 1, 1, tzinfo=UTC)
WIDTH, HEIGHT, BITS = 320, 240, 10


def picture(number: int, size_wh: tuple[int, int] = (WIDTH, HEIGHT)) -> Picture:
    """A grey gradient that moves, with the number in black and white blocks along the top, in binary."""
    width, height = size_wh
    shade = (np.arange(width) * 2 + number * 3) % 128 + 64
    made = np.repeat(np.tile(shade.astype(np.uint8), (height, 1))[:, :, None], 3, axis=2)
    block = width // BITS
    for bit in range(BITS):
        made[: height // 6, bit * block : (bit + 1) * block] = 255 if number >> bit & 1 else 0
    return made


def number_in(shown: Picture) -> int:
    """The number that a decoded picture of any size carries."""
    height, width = shown.shape[:2]
    y, block = height // 12, width / BITS
    return sum((int(shown[y, int((bit + 0.5) * block)].mean()) > 127) << bit for bit in range(BITS))


def pictures(count: int, size_wh: tuple[int, int] = (WIDTH, HEIGHT)) -> Iterator[Picture]:
    return (picture(number, size_wh) for number in range(count))


def encode(
    path: Path, frames: Iterable[Picture], x264: str, *, fps: int = 25, container: str | None = None, slices: int = 1
) -> Path:
    """An H.264 file with any of x264's parameters, in any container (for what `write_mp4` has no words for)."""
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "veryfast", "x264-params": f"{x264}:threads=1:slices={slices}"}
        for number, shown in enumerate(frames):
            if number == 0:
                stream.height, stream.width = shown.shape[:2]
            frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


class ManualClock:
    """Stands still until it is moved; waiting moves it, and is recorded."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self.wall_offset_s = 0.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.at_s + self.wall_offset_s)

    def monotonic_s(self) -> float:
        return self.at_s

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.waits.append(timeout_s)
        self.at_s += timeout_s
        return event.is_set()


def event(number: int, *, camera: str = "cam-1", still: bytes | None = None) -> Event:
    began = START + timedelta(seconds=number)
    incident = incident_id(camera, "aisle", HazardKind.ILLEGAL_PARKING, number, began)
    return Event(
        event_id=event_id(incident, Change.RAISED),
        incident_id=incident,
        change=Change.RAISED,
        hazard=HazardKind.ILLEGAL_PARKING,
        camera=camera,
        zone="aisle",
        captured_at=began,
        began_at=began,
        media_time_s=float(number),
        began_s=float(number),
        xyxy=(1.0, 2.0, 3.0, 4.0),
        source_wh=(WIDTH, HEIGHT),
        confidence=0.9,
        why={"dwell_s": 10.0},
        still_jpeg=still,
    )


def next_frame(slot: LatestFrame[Frame], timeout_s: float = 90.0) -> Frame:
    frame = slot.take(timeout_s)
    assert frame is not None, f"no frame within {timeout_s} s"
    return frame


class Watcher:
    """A sink that opens each look at once, as an idle worker would, and keeps the newest frame."""

    def __init__(self, slot: LatestFrame[Frame]) -> None:
        self.reader: CameraReader | None = None
        self._slot = slot
        self._decoders = KeyDecoders()

    def put(self, look: Look) -> None:
        frame = look.open(self._decoders)
        if frame is not None and self.reader is not None:
            self.reader.looked(frame)
            self._slot.put(frame)


def commit_for_ever(path: Path, pipe: Connection) -> None:
    """In a process of its own: commit event after event, saying each number once it is safe."""
    box = Outbox(path)
    first = int(box.load_state("cam-1") or b"0")
    for number in itertools.count(first + 1):
        box.commit("cam-1", str(number).encode(), [event(number, still=bytes(2000))])
        pipe.send(number)
