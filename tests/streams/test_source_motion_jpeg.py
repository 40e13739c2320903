"""Motion JPEG over HTTP and HTTPS, as web cameras send it."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path

import cv2
import pytest

from streams.errors import SourceUnusable
from streams.sources.source import open_source
from tests.streams.builders import picture
from tests.streams.rtsp_signed import SECRET
from tests.streams.shown import in_a_row, numbers


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
