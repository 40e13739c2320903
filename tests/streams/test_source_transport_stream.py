"""MPEG-TS over UDP, as an encoder box sends it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import av
import pytest

from streams.errors import SourceUnusable, StreamLost
from streams.sources.source import open_source
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
        assert source.reception.packets_lost is None, "FFmpeg does not tell, which is not the same as none"


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
