"""MPEG-TS over UDP, as an encoder box sends it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path

import av
import pytest

from streams.errors import SourceUnusable, StreamLost
from streams.sources.source import open_source
from streams.sources.udp_drops import dropped_at
from tests.local import free_port
from tests.streams.shown import in_a_row, numbers


@contextmanager
def transport_stream(clip: Path, port: int) -> Iterator[None]:
    """Sends the clip to a port in real time, as an encoder box does."""
    over = threading.Event()

    def send() -> None:
        with (
            av.open(str(clip)) as source,
            av.open(f"udp://127.0.0.1:{port}?pkt_size=1316", "w", format="mpegts") as out,
        ):
            track = source.streams.video[0]
            sent = out.add_stream_from_template(track)
            packets = [packet for packet in source.demux(track) if packet.size]
            began_s = time.monotonic()
            for packet in packets:
                assert packet.dts is not None
                assert packet.time_base is not None
                early_s = began_s + float(packet.dts * packet.time_base) - time.monotonic()
                if over.wait(max(0.0, early_s)):
                    return
                packet.stream = sent
                out.mux(packet)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(60)


@contextmanager
def relay(port: int, loses: Callable[[int], bool]) -> Iterator[int]:
    """A port that passes on to another what comes, but for the datagrams whose number `loses` names."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        mouth.bind(("127.0.0.1", 0))
        mouth.settimeout(0.2)
        over = threading.Event()

        def pass_on() -> None:
            number = 0
            while not over.is_set():
                try:
                    datagram = mouth.recv(2048)
                except TimeoutError:
                    continue
                number += 1
                if not loses(number):
                    mouth.sendto(datagram, ("127.0.0.1", port))

        thread = threading.Thread(target=pass_on)
        thread.start()
        try:
            yield mouth.getsockname()[1]
        finally:
            over.set()
            thread.join(60)


@pytest.fixture
def udp_port() -> int:
    return free_port(socket.SOCK_DGRAM)


def test_a_transport_stream_over_udp_is_received(clip: Path, udp_port: int) -> None:
    with transport_stream(clip, udp_port), open_source(f"udp://127.0.0.1:{udp_port}", timeout_s=30) as source:
        assert (source.codec, source.is_live, source.receiver) == ("h264", True, "FFmpeg, MPEG-TS over UDP")
        packets = list(islice(source.packets(), 80))
        keys = [i for i, packet in enumerate(packets) if packet.is_keyframe]
        in_a_row(numbers(source, packets[keys[0] :]), 50)
        assert source.reception.naps.taken > 3
        told = source.reception
        assert told.packets_lost is None, "FFmpeg does not tell, which is not the same as none"
        assert told.packets_dropped == 0


def test_a_silent_udp_port_is_given_up(udp_port: int) -> None:
    began_s = time.monotonic()
    with pytest.raises(SourceUnusable, match="no answer within 1 s"):
        open_source(f"udp://127.0.0.1:{udp_port}", timeout_s=1)
    assert time.monotonic() - began_s < 30


def test_a_transport_stream_that_ends_is_lost(clip: Path, udp_port: int) -> None:
    with transport_stream(clip, udp_port), open_source(f"udp://127.0.0.1:{udp_port}", timeout_s=1) as source:
        packets = source.packets()
        next(packets)
        with pytest.raises(StreamLost, match="nothing came for 1 s"):
            list(packets)


def test_what_depends_on_a_lost_datagram_is_left_out(clip: Path, udp_port: int) -> None:
    with (
        relay(udp_port, lambda number: number % 60 == 50) as lossy,
        transport_stream(clip, lossy),
        open_source(f"udp://127.0.0.1:{udp_port}", timeout_s=30) as source,
    ):
        packets = list(islice(source.packets(), 60))
        told = source.reception
        assert told.pictures_broken > 0
        assert told.pictures_discarded is not None
        assert told.pictures_discarded > told.pictures_broken
        steps = [(a.pts, b) for a, b in pairwise(packets) if a.pts is not None]
        after_gap = [b for pts, b in steps if b.pts is not None and b.pts - pts > 3600]
        assert after_gap
        assert all(packet.is_keyframe for packet in after_gap), "it goes on at a key frame"


def test_what_the_kernel_throws_away_is_counted(udp_port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lazy, socket.socket(type=socket.SOCK_DGRAM) as sender:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        lazy.bind(("127.0.0.1", udp_port))
        assert dropped_at(udp_port) == 0
        for _ in range(200):
            sender.sendto(bytes(1316), ("127.0.0.1", udp_port))
        dropped = dropped_at(udp_port)
        lazy.settimeout(0.2)
        kept = 0
        with contextlib.suppress(TimeoutError):
            while lazy.recv(2048):
                kept += 1
        assert dropped == 200 - kept > 100
    assert dropped_at(udp_port) is None


def test_a_system_that_does_not_tell_is_not_zero(tmp_path: Path) -> None:
    assert dropped_at(5600, (tmp_path / "none",)) is None
