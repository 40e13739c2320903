"""What it costs to receive cameras at rest: our own client, FFmpeg with naps, and FFmpeg without.

    python bench/receive.py --cameras 8 --seconds 20 [--clip FILE.mp4 | --url RTSP] [--modes native,ffmpeg_naps,ffmpeg]
    python bench/receive.py --url RTSP --modes native_udp,ffmpeg_udp

Serves one 1080p25 stream of 4 Mbit/s (made on the spot where no clip is given; H.264) to N viewers from a process of
its own, or takes N streams from --url (over UDP from there alone: our own server has none). Receives them in another,
one thread a camera, and prints JSON: CPU in percent of one core for each camera (user and system time of the receiving
process, once every stream runs), packets lost, and of those how many this machine dropped, pictures per second.
Nothing is decoded. On a loopback interface the kernel charges part of receiving to the sender.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np

from models import machine
from streams.decoding.encode import write_mp4
from streams.demo_camera.server import RtspServer
from streams.sources import ffmpeg
from streams.sources.naps import LONGEST_S, Naps
from streams.sources.rtsp.source import RtspSource, open_rtsp
from vision.types import Picture

_SPAWN = multiprocessing.get_context("spawn")
_SETTLE_S = 4.0
_BITRATE_BPS = 4_000_000


def _native(url: str, nap_s: float, transport: str = "tcp") -> RtspSource:
    source = open_rtsp(url, 10.0, transport)
    source.naps = Naps(nap_s, hurried_s=min(nap_s, 0.05))
    return source


def _ffmpeg(url: str, nap_s: float, transport: str = "tcp") -> ffmpeg.FfmpegSource:
    source = ffmpeg.open_any(url, transport=transport, timeout_s=10.0)
    source.naps = Naps(nap_s, hurried_s=min(nap_s, 0.05))
    return source


_OPENERS: dict[str, Callable[[str, float], RtspSource | ffmpeg.FfmpegSource]] = {
    "native": _native,
    "ffmpeg_naps": _ffmpeg,
    "ffmpeg": lambda url, _: _ffmpeg(url, 0.0),
    "native_udp": lambda url, nap_s: _native(url, nap_s, "udp"),
    "ffmpeg_udp": lambda url, nap_s: _ffmpeg(url, nap_s, "udp"),
}
_OVER_TCP = [name for name in _OPENERS if not name.endswith("_udp")]


def _serve(clip: str, cameras: int, pipe: Connection, over: Event) -> None:
    with RtspServer({f"cam{i}": Path(clip) for i in range(cameras)}) as server:
        pipe.send([server.url(f"cam{i}") for i in range(cameras)])
        over.wait()


def _receive(mode: str, nap_s: float, urls: list[str], seconds: float, pipe: Connection) -> None:
    sources = [_OPENERS[mode](url, nap_s) for url in urls]
    ends_s = time.monotonic() + _SETTLE_S + seconds

    def read(source: RtspSource | ffmpeg.FfmpegSource) -> None:
        for _ in source.packets():
            if time.monotonic() >= ends_s:
                break

    threads = [threading.Thread(target=read, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    time.sleep(_SETTLE_S)
    before, spent, began_s = [source.reception for source in sources], os.times(), time.monotonic()
    for thread in threads:
        thread.join()
    wall_s, now = time.monotonic() - began_s, os.times()
    after = [source.reception for source in sources]
    each = len(sources) * wall_s

    def since(name: str) -> int | None:
        """None where the receiver does not tell."""
        counts = [(getattr(a, name), getattr(b, name)) for a, b in zip(after, before, strict=True)]
        return None if None in counts[0] else sum(now - then for now, then in counts)

    pipe.send(
        {
            "cpu_percent_per_camera": round(100 * (now.user + now.system - spent.user - spent.system) / each, 3),
            "system_percent_per_camera": round(100 * (now.system - spent.system) / each, 3),
            "pictures_per_s_per_camera": round((since("pictures") or 0) / each, 2),
            "mbit_per_s_per_camera": round((since("bytes_received") or 0) * 8e-6 / each, 2),
            "packets": since("packets"),
            "packets_lost": since("packets_lost"),
            "packets_dropped_here": since("packets_dropped"),
            "pictures_broken": (since("pictures_broken") or 0) + (since("pictures_discarded") or 0),
            "nap_s_median": round(float(np.median([item.naps.nap_s for item in after])), 3),
            "receive_buffer_fullest": round(max(item.naps.fullest for item in after), 3),
            "seconds": round(wall_s, 1),
        }
    )
    for source in sources:
        source.close()


def _pictures(count: int) -> Iterator[Picture]:
    """A still street of noise with a moving part: the bit rate is what matters, not the sight."""
    rng = np.random.default_rng(1)
    still = rng.integers(0, 255, (1080, 1920, 3), np.uint8)
    for i in range(count):
        shown = still.copy()
        shown[200:600, 8 * i : 8 * i + 500] = rng.integers(0, 255, (400, 500, 3), np.uint8)
        yield shown


def measure(urls: list[str], modes: list[str], seconds: float, nap_s: float) -> dict[str, Any]:
    results = {}
    for mode in modes:
        here, there = _SPAWN.Pipe()
        receiver = _SPAWN.Process(target=_receive, args=(mode, nap_s, urls, seconds, there))
        receiver.start()
        if not here.poll(seconds + _SETTLE_S + 60):
            receiver.kill()
            sys.exit(f"{mode}: no figures; did its streams end?")
        results[mode] = here.recv()
        receiver.join()
    return results


@contextmanager
def served(clip: Path | None, cameras: int) -> Iterator[list[str]]:
    over, (ours, theirs) = _SPAWN.Event(), _SPAWN.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        if clip is None:
            clip = Path(folder) / "noise.mp4"
            write_mp4(clip, _pictures(100), fps=25, gop=50, bitrate_bps=_BITRATE_BPS)
        server = _SPAWN.Process(target=_serve, args=(str(clip), cameras, theirs, over), daemon=True)
        server.start()
        try:
            yield ours.recv()
        finally:
            over.set()
            server.join(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--url", help="of another server, instead of our own with a clip")
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--nap", type=float, default=LONGEST_S, help="the longest nap, in seconds")
    parser.add_argument("--modes", default=",".join(_OVER_TCP))
    asked = parser.parse_args()
    with served(asked.clip, asked.cameras) if not asked.url else nullcontext([asked.url] * asked.cameras) as urls:
        modes = measure(urls, asked.modes.split(","), asked.seconds, asked.nap)
    described = {"cpus": os.cpu_count(), "machine": machine.cpu().name, "python": platform.python_version()}
    print(json.dumps({"cameras": asked.cameras, "longest_nap_s": asked.nap, **described, "modes": modes}, indent=2))


if __name__ == "__main__":
    main()
