"""Our RTSP server is a live camera to FFmpeg and to GStreamer."""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from streams.decoding.decode import Decoder
from streams.decoding.decoders import KeyDecoders
from streams.demo_camera.clip import load_clip
from streams.demo_camera.server import RtspServer
from streams.errors import SourceUnusable, StreamError, StreamLost
from streams.sources.source import open_source
from tests.conftest import missing
from tests.streams.builders import encode, number_in, pictures
from vision.types import Frame


def watch(url: str, seconds: float, looks_per_s: float = 25.0) -> tuple[list[Frame], Decoder]:
    with open_source(url, timeout_s=20) as source:
        decoder = Decoder(source, camera="c", looks_per_s=looks_per_s, fit_wh=(320, 240))
        frames, keys = [], KeyDecoders()
        for packet in source.packets():
            frames += [frame for look in decoder.feed(packet) if (frame := look.open(keys)) is not None]
            if decoder.media_s >= seconds:
                break
    return frames, decoder


def told(server: RtspServer, name: str, frame: Frame) -> bool:
    """Whether this frame of `clip` is the one that the camera showed when its clock said so."""
    passed_s: float = (frame.captured_at - server.began_at(name)).total_seconds()
    off_s = (passed_s - number_in(frame.rgb) / 25) % server.duration_s(name)
    return min(off_s, server.duration_s(name) - off_s) < 0.8


def test_every_picture_arrives_once_and_in_order(clip: Path) -> None:
    with RtspServer({"cam": clip}) as server:
        frames, decoder = watch(server.url("cam"), 3.0)
    numbers = [number_in(frame.rgb) for frame in frames]
    assert numbers == [(numbers[0] + i) % 150 for i in range(len(numbers))]
    assert len(numbers) >= 75
    assert decoder.stats.errors == decoder.stats.corrupt == 0


def test_time_goes_on_through_the_loop(tmp_path: Path) -> None:
    path = encode(tmp_path / "short.mp4", pictures(30), "keyint=10:min-keyint=10:bframes=2:b-adapt=0:scenecut=0")
    with RtspServer({"cam": path}) as server:
        frames, decoder = watch(server.url("cam"), 4.0)
    numbers = [number_in(frame.rgb) for frame in frames]
    assert numbers == [(numbers[0] + i) % 30 for i in range(len(numbers))]
    assert len(numbers) > 90
    steps = [b.pts_s - a.pts_s for a, b in pairwise(frames)]
    assert steps == pytest.approx([0.04] * len(steps), abs=0.002)
    assert decoder.stats.jumps == 0


def test_all_viewers_see_the_same_moment_as_the_clock_says(clip: Path) -> None:
    with RtspServer({"cam": clip}) as server:
        for wait_s in (0.0, 1.3):
            time.sleep(wait_s)  # a viewer who comes later
            frames, _ = watch(server.url("cam"), 2.5)
            assert told(server, "cam", frames[-1])


def test_it_starts_where_it_is_told(clip: Path) -> None:
    with RtspServer({"cam": clip}, start_at_s=4.1) as server:
        frames, _ = watch(server.url("cam"), 0.1)
        assert (server.started_at - server.began_at("cam")).total_seconds() == pytest.approx(4.1)
    assert number_in(frames[0].rgb) % 25 == 0
    assert told(server, "cam", frames[0])


def test_one_clip_is_many_cameras_out_of_step(clip: Path) -> None:
    with RtspServer({"a": clip, "b": clip}, start_at_s=0.2, offsets_s={"b": 2.0}) as server:
        for name in ("a", "b", "a"):
            frames, decoder = watch(server.url(name), 1.5)
            numbers = [number_in(frame.rgb) for frame in frames]
            assert numbers == [(numbers[0] + i) % 150 for i in range(len(numbers))]
            assert decoder.stats.errors == decoder.stats.corrupt == 0
            assert told(server, name, frames[-1])
        assert (server.began_at("a") - server.began_at("b")).total_seconds() == pytest.approx(2.0)


def test_a_viewer_gets_the_channels_that_it_asks_for(clip: Path) -> None:
    with RtspServer({"cam": clip}) as server:
        url = server.url("cam")
        with ask(server.port, SETUP.format(url=url).replace("0-1", "6-7")) as viewer:
            session = viewer.recv(4096).decode().split("Session: ")[1].split(";")[0]
            viewer.sendall(f"PLAY {url} RTSP/1.0\r\nCSeq: 2\r\nSession: {session}\r\n\r\n".encode())
            stream = viewer.makefile("rb")
            head = b"".join(iter(stream.readline, b"\r\n")).decode()
            first = int(head.split("seq=")[1].split(";")[0])
            packets = []
            while len(packets) < 60:
                mark, channel, length = struct.unpack(">cBH", stream.read(4))
                assert mark == b"$"
                packets.append((channel, stream.read(length)))
    assert {channel for channel, _ in packets} == {6, 7}
    numbers = [int.from_bytes(body[2:4], "big") for channel, body in packets if channel == 6]
    assert numbers == [(first + i) % 65536 for i in range(len(numbers))]


def test_a_clip_that_is_not_looped_ends(clip: Path) -> None:
    with RtspServer({"cam": clip}, loop=False, start_at_s=5.0) as server:
        with pytest.raises(StreamLost), open_source(server.url("cam")) as source:
            assert sum(1 for _ in source.packets()) > 1000
        with pytest.raises(SourceUnusable, match="no such stream"):
            open_source(server.url("cam"))


def test_several_cameras_and_viewers_are_served_at_once(clip: Path, long_gop_clip: Path) -> None:
    with RtspServer({"a": clip, "北 门": long_gop_clip}) as server:
        sources = [open_source(server.url(name)) for name in ("a", "北 门") * 4]
        iterators = [source.packets() for source in sources]
        for packets in iterators:
            assert next(packets).is_keyframe
            for _ in range(20):
                next(packets)
        assert server.viewers == 8
        for source in sources:
            source.close()


def ask(port: int, *requests: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall("".join(request.replace("\n", "\r\n") + "\r\n\r\n" for request in requests).encode())
    return connection


SETUP = "SETUP {url}/trackID=0 RTSP/1.0\nCSeq: 1\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1"


def test_a_viewer_who_takes_nothing_is_dropped_and_the_others_go_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    noise = (rng.integers(0, 255, (360, 640, 3), np.uint8) for _ in range(50))
    noisy = encode(tmp_path / "noisy.mp4", noise, "keyint=25:scenecut=0:bframes=0:qp=10")
    with RtspServer({"cam": noisy}) as server:
        url = server.url("cam")
        with ask(server.port, SETUP.format(url=url)) as idle:
            answer = idle.recv(4096).decode()
            session = answer.split("Session: ")[1].split(";")[0]
            idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            idle.sendall(f"PLAY {url} RTSP/1.0\r\nCSeq: 2\r\nSession: {session}\r\n\r\n".encode())
            with open_source(url, timeout_s=20) as source:
                packets = source.packets()
                ends_s = time.monotonic() + 240
                while server.viewers > 1:
                    next(packets)
                    assert time.monotonic() < ends_s, "the idle viewer is still served"
                for _ in range(30):
                    next(packets)
            assert server.viewers <= 1


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("OPTIONS * RTSP/1.0\nCSeq: 7", "200"),
        ("GET_PARAMETER rtsp://h/cam RTSP/1.0\nCSeq: 7", "200"),
        ("DESCRIBE rtsp://h/nowhere RTSP/1.0\nCSeq: 7", "404"),
        ("SETUP rtsp://h/cam/trackID=0 RTSP/1.0\nCSeq: 7\nTransport: RTP/AVP;unicast;client_port=5000-5001", "461"),
        ("PLAY rtsp://h/cam RTSP/1.0\nCSeq: 7\nSession: 1", "455"),
        ("RECORD rtsp://h/cam RTSP/1.0\nCSeq: 7", "501"),
    ],
)
def test_requests_are_answered_as_the_standard_says(clip: Path, request_text: str, status: str) -> None:
    with RtspServer({"cam": clip}) as server, ask(server.port, request_text) as connection:
        lines = connection.recv(4096).decode().split("\r\n")
    assert lines[0].startswith(f"RTSP/1.0 {status} ")
    assert "CSeq: 7" in lines


@pytest.mark.parametrize("noise", [b"\x00" * 50_000, b"GET / HTTP/1.1\r\n\r\n", b"$\x00\xff\xff", b"a b c d\r\n\r\n"])
def test_noise_ends_its_own_connection_only(clip: Path, noise: bytes) -> None:
    with RtspServer({"cam": clip}) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(4096) == b""
        assert watch(server.url("cam"), 0.1)[0]


def test_a_port_in_use_is_said(clip: Path) -> None:
    with (
        RtspServer({"cam": clip}) as server,
        pytest.raises(StreamError, match=rf"cannot serve on 127\.0\.0\.1:{server.port}"),
    ):
        RtspServer({"cam": clip}, port=server.port).start()


def test_only_h264_is_served(assets: Path) -> None:
    with pytest.raises(SourceUnusable, match=r"only H\.264"):
        load_clip(assets / "clips" / "road.avi")


def test_gstreamer_plays_it_too(sliced_clip: Path) -> None:
    script = (
        "import sys, gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst; Gst.init(None);"
        "p = Gst.parse_launch('rtspsrc protocols=tcp latency=0 location=' + sys.argv[1] +"
        " ' ! rtph264depay ! h264parse ! identity eos-after=60 ! fakesink name=out sync=false');"
        "p.set_state(Gst.State.PLAYING);"
        "m = p.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR);"
        "print(m and m.type.first_value_nick, m and m.type == Gst.MessageType.ERROR and m.parse_error())"
    )
    with RtspServer({"cam": sliced_clip}) as server:
        try:
            ran = subprocess.run(
                ["/usr/bin/python3", "-c", script, server.url("cam")], capture_output=True, text=True, timeout=120
            )
        except OSError:
            missing("the system's Python is absent")
    if "No module named 'gi'" in ran.stderr or "not available" in ran.stderr:
        missing("GStreamer is absent: apt install python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad")
    assert ran.stdout.startswith("eos"), ran.stdout + ran.stderr
