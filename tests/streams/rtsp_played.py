"""What our RTSP cameras play in tests: forty pictures, and what must come out of them."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp

from streams.sources.rtsp.source import RtspSource, open_rtsp
from tests.streams.builders import encode, pictures
from tests.streams.rtp_peer import Packer, Unit, interleaved, units_of
from tests.streams.rtsp_peer import Camera


@cache
def sent() -> list[Unit]:
    return units_of(encode(Path(mkdtemp()) / "a.mp4", pictures(40, (96, 64)), "keyint=10:scenecut=0:bframes=0"))


@cache
def video(channel: int = 0) -> bytes:
    packer = Packer()
    return b"".join(interleaved(packet, channel) for unit in sent() for packet in packer.pack(unit))


def first(camera: Camera, url: str | None = None, count: int = 30) -> list[bytes]:
    with open_rtsp(url or camera.url(), 3.0) as source:
        return [packet.data for packet in islice(source.packets(), count)]


def expected(count: int = 30) -> list[bytes]:
    return [unit.annexb for unit in sent()[:count]]


def read(source: RtspSource) -> int:
    return sum(1 for _ in source.packets())
