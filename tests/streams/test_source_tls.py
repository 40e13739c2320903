"""A certificate is checked as far as somebody vouches for it, and the source says how far."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from streams.demo_camera.server import RtspServer
from streams.errors import SourceUnusable
from streams.sources.source import open_source
from tests.streams.rtsp_peer import Camera
from tests.streams.rtsp_played import video
from tests.streams.rtsp_signed import SECRET


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


def test_a_pin_is_never_quietly_ignored() -> None:
    with pytest.raises(SourceUnusable, match="cannot pin a certificate"):
        open_source(f"rtsps://127.0.0.1/cam#sha256={'ab' * 32}", transport="udp")
