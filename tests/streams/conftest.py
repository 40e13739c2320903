"""Real peers: clips of known frames, GStreamer's RTSP server, and a server that never answers."""

from __future__ import annotations

import hashlib
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.decoding.encode import write_mp4
from tests.certificates import self_signed
from tests.conftest import missing
from tests.streams.builders import encode, pictures
from tests.streams.rtp_peer import Unit
from tests.streams.rtp_received import units_by_codec

_SERVER = Path(__file__).with_name("gst_rtsp_server.py")
_SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 numbered frames at 25/s, a key frame every second."""
    path = tmp_path_factory.mktemp("clips") / "numbered.mp4"
    write_mp4(path, pictures(150), fps=25, gop=25)
    return path


@pytest.fixture(scope="session")
def long_gop_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """250 numbered frames at 25/s, key frames only at 0 and 8 s, three B-frames between references."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    return encode(path, pictures(250), "keyint=200:min-keyint=200:scenecut=0:bframes=3:b-adapt=0:b-pyramid=0")


@pytest.fixture(scope="session")
def sliced_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each picture in four slices, as many cameras send them."""
    path = tmp_path_factory.mktemp("clips") / "sliced.mp4"
    return encode(path, pictures(300), "keyint=25:min-keyint=25:scenecut=0:bframes=0", slices=4)


class GstServer:
    """GStreamer's RTSP server in a process of its own, which can be killed like a camera that loses its power."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self.port = port

    def url(self, name: str, user: str = "") -> str:
        return f"rtsp://{user + '@' if user else ''}127.0.0.1:{self.port}/{name}"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(60)


@pytest.fixture
def gst() -> Iterator[Callable[..., GstServer]]:
    """Start one: `gst(cam=PATH, user="name:password", digest=True, udp=True, port=N)`."""
    probe = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    started: list[subprocess.Popen[str]] = []

    def start(
        *, user: str | None = None, digest: bool = False, udp: bool = False, port: int = 0, **files: Path
    ) -> GstServer:
        command = [_SYSTEM_PYTHON, str(_SERVER), "--port", str(port)]
        command += ["--user", user] if user else []
        command += ["--digest"] if digest else []
        command += ["--udp"] if udp else []
        command += [f"{name}={path}" for name, path in files.items()]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        answer = process.stdout.readline().split()
        assert answer[:1] == ["port"], "GStreamer's RTSP server did not start"
        return GstServer(process, int(answer[1]))

    try:
        subprocess.run([_SYSTEM_PYTHON, "-c", probe], check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        missing("GStreamer's RTSP server is absent: apt install gir1.2-gst-rtsp-server-1.0 python3-gi")
    yield start
    for process in started:
        process.kill()
        process.wait(60)
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that accepts and then says nothing, ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """A camera's own certificate for 127.0.0.1, and its fingerprint."""
    paths = self_signed(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    return context, hashlib.sha256(ssl.PEM_cert_to_DER_cert(paths[0].read_text())).hexdigest()


@pytest.fixture(scope="session")
def units(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Unit]]:
    """35 pictures of noise in two slices, by codec, without access unit delimiters."""
    return units_by_codec(tmp_path_factory.mktemp("rtp"))
