"""Whatever a camera is received by, its pictures come whole, and the source says by what and why."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av
import pytest

from streams.demo_camera.server import RtspServer
from streams.errors import SourceUnusable
from streams.sources import ffmpeg
from streams.sources.rtsp.source import RtspSource
from streams.sources.source import open_source
from tests.conftest import missing
from tests.streams.builders import pictures
from tests.streams.conftest import GstServer
from tests.streams.rtp_peer import encode_h265
from tests.streams.rtsp_signed import SECRET
from tests.streams.shown import in_a_row, numbers


def test_our_own_client_receives_h264(gst: Callable[..., GstServer], clip: Path) -> None:
    with open_source(gst(cam=clip).url("cam")) as source:
        assert isinstance(source, RtspSource)
        assert (source.codec, source.extradata, source.receiver) == ("h264", None, "own RTSP client, TCP")
        packets = list(islice(source.packets(), 60))
        in_a_row(numbers(source, packets), 55)
        assert source.reception.packets_lost == source.reception.pictures_broken == 0
        assert source.parameter_sets.startswith(b"\x00\x00\x00\x01\x67")


def test_our_own_client_receives_h265(gst: Callable[..., GstServer], tmp_path: Path) -> None:
    if "libx265" not in av.codecs_available:
        missing("this PyAV has no libx265")
    path = encode_h265(tmp_path / "cam.h265.mkv", 100)
    with open_source(gst(cam=path).url("cam")) as source:
        assert isinstance(source, RtspSource)
        assert source.codec == "hevc"
        packets = list(islice(source.packets(), 60))
        assert [packet.is_keyframe for packet in packets] == [i % 10 == 0 for i in range(60)]
        in_a_row(numbers(source, packets), 55)


@pytest.mark.parametrize("digest", [True, False], ids=["digest", "basic"])
def test_gstreamers_own_authentication_is_passed(gst: Callable[..., GstServer], clip: Path, digest: bool) -> None:
    server = gst(user=f"operator:{SECRET}", digest=digest, cam=clip)
    with open_source(server.url("cam", f"operator:{SECRET}")) as source:
        assert next(source.packets()).is_keyframe
    with pytest.raises(SourceUnusable, match="refused the user or the password"):
        open_source(server.url("cam", "operator:wrong"))


@pytest.mark.alone
def test_naps_lose_nothing_and_hurry_is_prompt(clip: Path) -> None:
    with RtspServer({"cam": clip}) as server, open_source(server.url("cam")) as source:
        packets = source.packets()
        taken = list(islice(packets, 75))
        assert source.reception.naps.nap_s == pytest.approx(0.4)
        source.naps.hurry(5.0)
        taken += islice(packets, 50)
        for _ in range(20):  # a machine that was held up itself gets another second
            source.naps.hurry(5.0)
            waits = []
            began_s = time.monotonic()
            for packet in islice(packets, 25):
                waits.append(time.monotonic() - began_s)
                taken.append(packet)
                began_s = time.monotonic()
            if sorted(waits)[-2] < 0.2:
                break
        else:
            pytest.fail(f"hurried, and packets came {max(waits):.2f} s late")
        steps = {b.pts - a.pts for a, b in pairwise(taken) if a.pts is not None and b.pts is not None}
        assert steps == {3600}
        assert source.reception.packets_lost == 0


def test_the_cameras_own_clock_is_known(clip: Path) -> None:
    with RtspServer({"cam": clip}) as server, open_source(server.url("cam")) as source:
        assert isinstance(source, RtspSource)
        packets = list(islice(source.packets(), 50))
        assert packets[-1].pts is not None
        taken = source.clock.taken_at(packets[-1].pts)
        assert taken is not None
        assert abs((datetime.now(UTC) - taken).total_seconds()) < 10


def test_ffmpeg_naps_and_loses_nothing(clip: Path) -> None:
    with (
        RtspServer({"cam": clip}) as server,
        ffmpeg.open_any(server.url("cam"), transport="tcp", timeout_s=5.0) as source,
    ):
        packets = list(islice(source.packets(), 100))
        in_a_row(numbers(source, packets), 100)
        assert source.reception.naps.taken > 5
        assert source.reception.bytes_received >= sum(packet.size for packet in packets)


def test_a_camera_without_tcp_is_received_over_udp_where_that_is_allowed(
    gst: Callable[..., GstServer], clip: Path
) -> None:
    with pytest.raises(SourceUnusable, match=r"does not send over TCP \(461\): set its transport to udp or auto"):
        open_source(gst(udp=True, cam=clip).url("cam"))
    with open_source(gst(udp=True, cam=clip).url("cam"), transport="auto") as source:
        assert source.receiver == "own RTSP client, UDP, since the camera does not send over TCP (461)"
        in_a_row(numbers(source, list(islice(source.packets(), 60))), 55)


def test_auto_is_tcp_where_the_camera_has_it(gst: Callable[..., GstServer], clip: Path) -> None:
    with open_source(gst(cam=clip).url("cam"), transport="auto") as source:
        assert source.receiver == "own RTSP client, TCP"


def test_udp_with_naps_loses_nothing(gst: Callable[..., GstServer], clip: Path) -> None:
    with open_source(gst(cam=clip).url("cam"), transport="udp") as source:
        assert source.receiver == "own RTSP client, UDP"
        packets = list(islice(source.packets(), 110))
        assert source.reception.naps.taken > 5
        in_a_row(numbers(source, packets), 100)
        assert source.reception.packets_lost == source.reception.packets_dropped == 0


def motion_jpeg(path: Path) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=25)
        stream.pix_fmt, stream.width, stream.height = "yuvj420p", 320, 240
        for number, shown in enumerate(pictures(100)):
            frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_ffmpeg_receives_over_udp_with_naps(gst: Callable[..., GstServer], clip: Path) -> None:
    with ffmpeg.open_any(gst(cam=clip).url("cam"), transport="udp", timeout_s=5.0) as source:
        assert source.receiver == "FFmpeg, UDP"
        in_a_row(numbers(source, list(islice(source.packets(), 110))), 100)


def test_motion_jpeg_over_rtsp_is_ffmpegs(
    gst: Callable[..., GstServer], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with open_source(gst(cam=motion_jpeg(tmp_path / "cam.avi")).url("cam")) as source:
        assert (source.codec, source.receiver) == ("mjpeg", "FFmpeg, TCP, since the stream is JPEG")
        in_a_row(numbers(source, list(islice(source.packets(), 40))), 40)
    assert "received by FFmpeg over TCP, since the stream is JPEG" in caplog.text
    with open_source(gst(cam=motion_jpeg(tmp_path / "cam.avi")).url("cam"), transport="udp") as source:
        assert source.receiver == "FFmpeg, UDP, since the stream is JPEG"
        in_a_row(numbers(source, list(islice(source.packets(), 40))), 35)


def test_an_unknown_transport_is_refused() -> None:
    with pytest.raises(SourceUnusable, match="transport must be one of tcp, udp, auto, got 'quic'"):
        open_source("rtsp://127.0.0.1/x", transport="quic")
