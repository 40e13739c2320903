"""Whatever a camera is received by, its pictures come whole, and the source says by what and why."""

from __future__ import annotations

import hashlib
import http.server
import logging
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from streams.demo_camera.server import RtspServer
from streams.errors import SourceUnusable, StreamLost
from streams.sources import ffmpeg
from streams.sources.packets import Packet
from streams.sources.rtsp.source import RtspSource
from streams.sources.source import Source, open_source
from tests.conftest import missing
from tests.streams.builders import number_in, picture, pictures
from tests.streams.conftest import GstServer
from tests.streams.rtp_peer import encode_h265
from tests.streams.rtsp_peer import Camera
from tests.streams.rtsp_played import video
from tests.streams.rtsp_signed import SECRET


def numbers(source: Source, packets: list[Packet]) -> list[int]:
    """What the decoded pictures show, in the order in which they are shown."""
    context = source.context
    context.thread_count = 1
    frames = [frame for packet in packets for frame in context.decode(packet.for_decoder())] + context.decode(None)
    return [number_in(frame.to_ndarray(format="bgr24").astype(np.uint8)) for frame in frames]


def in_a_row(shown: list[int], count: int) -> None:
    """From a key frame on every picture, in order."""
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    assert len(shown) >= count


# Our own client


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


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """A camera's own certificate for 127.0.0.1, and its fingerprint."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=camera"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        missing("openssl is absent")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    return context, hashlib.sha256(der).hexdigest()


@pytest.fixture
def tls_camera(certificate: tuple[ssl.SSLContext, str], clip: Path) -> Iterator[Camera]:
    with Camera(video=video(), tls=certificate[0]) as camera:
        yield camera


def test_a_certificate_that_nobody_vouches_for_is_taken_and_named(
    tls_camera: Camera, certificate: tuple[ssl.SSLContext, str], caplog: pytest.LogCaptureFixture
) -> None:
    with open_source(tls_camera.url(scheme="rtsps", user=f"a:{SECRET}"), timeout_s=20) as source:
        assert len(list(islice(source.packets(), 30))) == 30
        assert source.receiver == "own RTSP client, TLS, its certificate not verified"
    assert f"#sha256={certificate[1]}" in caplog.text
    assert SECRET not in caplog.text


def test_a_pinned_certificate_is_verified(tls_camera: Camera, certificate: tuple[ssl.SSLContext, str]) -> None:
    pinned = ":".join(certificate[1][i : i + 2].upper() for i in range(0, 64, 2))
    with open_source(f"{tls_camera.url(scheme='rtsps')}#sha256={pinned}", timeout_s=20) as source:
        assert next(source.packets()).is_keyframe
        assert source.receiver == "own RTSP client, TLS"


def test_another_certificate_than_the_pinned_one_is_refused(tls_camera: Camera) -> None:
    with pytest.raises(SourceUnusable, match="not the pinned one: expected sha256 abab"):
        open_source(f"{tls_camera.url(scheme='rtsps')}#sha256={'ab' * 32}", timeout_s=20)
    assert not tls_camera.asked


def test_an_authority_that_the_system_trusts_vouches(
    tls_camera: Camera, certificate: tuple[ssl.SSLContext, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text(ssl.get_server_certificate(("127.0.0.1", tls_camera.port)))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with open_source(tls_camera.url(scheme="rtsps"), timeout_s=20) as source:
        assert source.receiver == "own RTSP client, TLS"


def test_no_tls_there_is_said(clip: Path) -> None:
    with RtspServer({"cam": clip}) as server, pytest.raises(SourceUnusable, match=r"no TLS with it|no answer within"):
        open_source(server.url("cam").replace("rtsp:", "rtsps:"), timeout_s=2)


# FFmpeg instead


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
    gst: Callable[..., GstServer], clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(SourceUnusable, match=r"does not send over TCP \(461\): set its transport to udp or auto"):
        open_source(gst(udp=True, cam=clip).url("cam"))
    with open_source(gst(udp=True, cam=clip).url("cam"), transport="auto") as source:
        assert source.receiver == "FFmpeg, UDP, since the camera does not send over TCP (461)"
        in_a_row(numbers(source, list(islice(source.packets(), 60))), 55)
    assert "received by FFmpeg over UDP, since the camera does not send over TCP" in caplog.text


def test_auto_is_tcp_where_the_camera_has_it(gst: Callable[..., GstServer], clip: Path) -> None:
    with open_source(gst(cam=clip).url("cam"), transport="auto") as source:
        assert source.receiver == "own RTSP client, TCP"


def test_udp_with_naps_loses_nothing(gst: Callable[..., GstServer], clip: Path) -> None:
    with open_source(gst(cam=clip).url("cam"), transport="udp") as source:
        assert source.receiver == "FFmpeg, UDP"
        packets = list(islice(source.packets(), 110))
        assert source.reception.naps.taken > 5
        in_a_row(numbers(source, packets), 100)


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


def test_motion_jpeg_over_rtsp_is_ffmpegs(gst: Callable[..., GstServer], tmp_path: Path) -> None:
    with open_source(gst(cam=motion_jpeg(tmp_path / "cam.avi")).url("cam")) as source:
        assert (source.codec, source.receiver) == ("mjpeg", "FFmpeg, TCP, since the stream is JPEG")
        in_a_row(numbers(source, list(islice(source.packets(), 40))), 40)


def test_an_unknown_transport_is_refused() -> None:
    with pytest.raises(SourceUnusable, match="transport must be one of tcp, udp, auto, got 'quic'"):
        open_source("rtsp://127.0.0.1/x", transport="quic")


# MPEG-TS over UDP


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
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
    return port


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


# Motion JPEG over HTTP


class MotionJpeg(http.server.BaseHTTPRequestHandler):
    """/cam: ten pictures a second for ever. /still: one. /page: no video. /playlist, /away: lead elsewhere."""

    def do_GET(self) -> None:
        known = self.headers.get("Authorization") == "Basic YTpnZWhlaW0tNDcxMQ=="
        if self.path == "/guarded" and not known:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="r"')
            self.end_headers()
        elif self.path in ("/cam", "/guarded"):
            self._stream()
        elif self.path == "/page":
            self._give("text/html", b"<html><body>Login</body></html>" * 100)
        elif self.path == "/playlist":
            self._give("application/vnd.apple.mpegurl", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
        elif self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        else:
            self.send_error(404 if self.path != "/broken" else 503)

    def _give(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        pause = threading.Event()
        for number in range(1000):
            jpeg = cv2.imencode(".jpg", picture(number))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + jpeg + b"\r\n")
            except OSError:
                return
            pause.wait(0.1)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def web_server(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), MotionJpeg)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def web_camera() -> Iterator[int]:
    with web_server() as port:
        yield port


@pytest.mark.parametrize(("path", "user"), [("/cam", ""), ("/guarded", f"a:{SECRET}@")])
def test_motion_jpeg_over_http_is_received_with_the_time_of_its_arrival(web_camera: int, path: str, user: str) -> None:
    with open_source(f"http://{user}127.0.0.1:{web_camera}{path}", timeout_s=20) as source:
        assert (source.codec, source.is_live) == ("mjpeg", True)
        packets = list(islice(source.packets(), 25))
        in_a_row(numbers(source, packets), 25)
    times_s = [float(packet.pts * packet.time_base) for packet in packets if packet.pts is not None]
    # What FFmpeg's probing read ahead comes at once; from then on it is ten a second.
    assert times_s[-1] - times_s[-11] == pytest.approx(1.0, abs=0.25)
    assert all(b > a for a, b in pairwise(times_s))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/guarded", r"refused the user or the password \(401\)"),
        ("/nowhere", r"no such stream \(404\)"),
        ("/broken", "a fault of its own, or is busy"),
        ("/page", "not motion JPEG"),
        ("/playlist", "not motion JPEG"),
        ("/away", "not motion JPEG"),
    ],
)
def test_what_is_no_motion_jpeg_is_said(web_camera: int, path: str, words: str) -> None:
    with pytest.raises(SourceUnusable, match=words) as caught:
        open_source(f"http://x:{SECRET}@127.0.0.1:{web_camera}{path}".replace("@", "0@"), timeout_s=20)
    assert SECRET not in str(caught.value)


def test_motion_jpeg_over_https_says_whether_the_certificate_is_known(
    certificate: tuple[ssl.SSLContext, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with web_server(certificate[0]) as port:
        url = f"https://a:{SECRET}@127.0.0.1:{port}/cam"
        with open_source(url, timeout_s=20) as source:
            assert source.receiver == "FFmpeg, motion JPEG over HTTP, its certificate not verified"
        assert f"https://***@127.0.0.1:{port}/cam: nobody vouches" in caplog.text
        (tmp_path / "ca.pem").write_text(ssl.get_server_certificate(("127.0.0.1", port)))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        with open_source(url, timeout_s=20) as source:
            assert source.receiver == "FFmpeg, motion JPEG over HTTP"
    assert SECRET not in caplog.text


def test_a_pin_is_never_quietly_ignored() -> None:
    with pytest.raises(SourceUnusable, match="cannot pin a certificate"):
        open_source(f"rtsps://127.0.0.1/cam#sha256={'ab' * 32}", transport="udp")
