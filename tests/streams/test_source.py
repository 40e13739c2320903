"""Every failure of a source is one sentence, in our words, without its credentials."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.demo_camera.server import RtspServer
from streams.errors import SourceUnusable, StreamLost
from streams.sources.source import open_source
from tests.streams.conftest import GstServer

SECRET = "geheim-4711"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("/no/such/clip.mp4", "no such file", id="no file"),
        pytest.param("/tmp", "this is a folder", id="folder"),
        pytest.param("", "no such file", id="empty"),
        pytest.param(f"ftp://a:{SECRET}@192.0.2.7/x", r"ftp:// is not supported; give rtsp://", id="scheme"),
        pytest.param(f"rtsp://a:{SECRET}@nosuch.invalid/x", "cannot open rtsp://", id="unknown host"),
    ],
)
def test_what_cannot_be_opened_is_said_plainly(url: str, words: str) -> None:
    with pytest.raises(SourceUnusable, match=words) as caught:
        open_source(url, timeout_s=2)
    assert SECRET not in str(caught.value)
    # A chained error would carry the address into every traceback.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "not a video", id="empty"),
        pytest.param(b"\x00" * 4096, "not a video", id="zeros"),
        pytest.param(b"1\n00:00:00,000 --> 00:00:01,000\nhello\n", "this kind of file is not read", id="subtitles"),
    ],
)
def test_a_file_that_is_no_video_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "clip.mp4").write_bytes(content)
    with pytest.raises(SourceUnusable, match=words):
        open_source(str(tmp_path / "clip.mp4"))


def test_a_truncated_file_gives_what_it_has_or_says_why(clip: Path, tmp_path: Path) -> None:
    data = clip.read_bytes()
    (tmp_path / "half.mp4").write_bytes(data[: len(data) // 2])
    with open_source(str(tmp_path / "half.mp4")) as source:
        count = sum(1 for _ in source.packets())
    assert 10 < count < 150


def test_a_playlist_cannot_send_us_elsewhere(tmp_path: Path, silent_port: int) -> None:
    playlist = tmp_path / "clip.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{silent_port}/x.ts\n")
    began_s = time.monotonic()
    with pytest.raises(SourceUnusable, match="this kind of file is not read"):
        open_source(str(playlist), timeout_s=60)
    assert time.monotonic() - began_s < 50


def test_a_file_ends_without_an_error(clip: Path) -> None:
    with open_source(f"file://{clip}") as source:
        assert not source.is_live
        assert source.codec == "h264"
        assert source.resolution_wh == (320, 240)
        assert source.frame_interval_s == pytest.approx(0.04)
        assert sum(1 for _ in source.packets()) == 150


def test_a_camera_that_accepts_and_hangs_is_given_up(silent_port: int) -> None:
    began_s = time.monotonic()
    with pytest.raises(SourceUnusable, match="no answer within 1 s"):
        open_source(f"rtsp://127.0.0.1:{silent_port}/x", timeout_s=1)
    assert time.monotonic() - began_s < 30


@pytest.mark.parametrize("user", [f"operator:{SECRET}", "operator:p%40" + SECRET])
def test_wrong_credentials_are_named_but_never_shown(
    gst: Callable[..., GstServer],
    clip: Path,
    user: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    server = gst(user="operator:right", cam=clip)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SourceUnusable, match="refused the user or the password") as caught:
        open_source(server.url("cam", user))
    said = str(caught.value) + caplog.text + "".join(capfd.readouterr())
    assert f"rtsp://***@127.0.0.1:{server.port}/cam" in said
    assert SECRET not in said


def test_right_credentials_open_the_stream(gst: Callable[..., GstServer], clip: Path) -> None:
    with open_source(gst(user="operator:right", cam=clip).url("cam", "operator:right")) as source:
        assert next(source.packets()).is_keyframe
        assert source.is_live


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_live_packets_arrive(gst: Callable[..., GstServer], clip: Path, transport: str) -> None:
    with open_source(gst(cam=clip).url("cam"), transport=transport) as source:
        packets = source.packets()
        first = [next(packets) for _ in range(40)]
    assert [i for i, packet in enumerate(first) if packet.is_keyframe] == [0, 25]


def test_the_end_of_a_live_stream_is_a_loss(clip: Path) -> None:
    with (
        RtspServer({"cam": clip}, loop=False, start_at_s=5.0) as server,
        open_source(server.url("cam")) as source,
        pytest.raises(StreamLost, match="cam: "),
    ):
        for _ in source.packets():
            pass


@pytest.mark.parametrize("name", ["nowhere", "cam/other"])
def test_a_stream_that_the_camera_lacks_is_named(gst: Callable[..., GstServer], clip: Path, name: str) -> None:
    with pytest.raises(SourceUnusable, match="no such stream"):
        open_source(gst(cam=clip).url(name))
