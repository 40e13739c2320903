"""What keeps a session, and what ends it."""

from __future__ import annotations

import re
import struct
import time
from itertools import islice

import pytest

from streams.errors import StreamLost
from streams.sources.rtsp.source import open_rtsp
from tests.streams.rtp_peer import interleaved
from tests.streams.rtsp_peer import Asked, Camera, answer
from tests.streams.rtsp_played import expected, read, video
from tests.streams.rtsp_signed import right


def test_the_session_is_kept_alive_by_its_own_timeout() -> None:
    with (
        Camera(video=video(), session="abc;timeout=2") as camera,
        open_rtsp(camera.url(), 3.0) as source,
        pytest.raises(StreamLost, match="nothing came for 3 s"),
    ):
        read(source)
    kept = [asked for asked in camera.asked if asked.method == "GET_PARAMETER"]
    assert 2 <= len(kept) <= 4
    assert {asked.headers["session"] for asked in kept} == {"abc"}


def test_a_camera_without_get_parameter_is_kept_alive_by_options() -> None:
    with (
        Camera(video=video(), session="abc;timeout=2", public="DESCRIBE, SETUP") as camera,
        open_rtsp(camera.url(), 1.5) as source,
        pytest.raises(StreamLost),
    ):
        read(source)
    assert camera.methods()[4] == "OPTIONS"


ENDS = [
    pytest.param(lambda asked: answer(asked, 454), "no longer knows the session", id="session forgotten"),
    pytest.param(
        lambda asked: b"TEARDOWN rtsp://h/ RTSP/1.0\r\nCSeq: 3\r\n\r\n", "the camera ended the session", id="teardown"
    ),
    pytest.param(lambda asked: answer(asked, 401), "no longer accepts", id="locked out"),
]


@pytest.mark.parametrize(("reply", "words"), ENDS)
def test_a_session_that_the_camera_ends_is_lost_at_once(reply: object, words: str) -> None:
    assert callable(reply)
    with Camera(video=video(), session="abc;timeout=2") as camera:
        camera.odd = lambda asked: reply(asked) if asked.method == "GET_PARAMETER" else None
        began_s = time.monotonic()
        with open_rtsp(camera.url(user="a:b"), 60.0) as source, pytest.raises(StreamLost, match=words):
            read(source)
    assert time.monotonic() - began_s < 50


def test_an_old_nonce_does_not_end_a_session() -> None:
    def odd(asked: Asked) -> bytes | None:
        nonce = "n2" if asked.method == "GET_PARAMETER" else "n1"
        if right(asked, "md5", "a", "b", nonce):
            return None
        return answer(asked, 401, {"WWW-Authenticate": f'Digest realm="r", nonce="{nonce}", stale=true'})

    with (
        Camera(video=video(), session="abc;timeout=2", odd=odd) as camera,
        open_rtsp(camera.url(user="a:b"), 2.5) as source,
        pytest.raises(StreamLost, match="nothing came"),
    ):
        read(source)
    kept = [asked for asked in camera.asked if asked.method == "GET_PARAMETER"]
    assert [right(asked, "md5", "a", "b", "n2") for asked in kept] == [False, True, True]


def test_what_the_camera_asks_is_answered() -> None:
    ask = b"OPTIONS rtsp://h/ RTSP/1.0\r\nCSeq: 77\r\n\r\n"
    with Camera(video=video() + ask) as camera, open_rtsp(camera.url(), 3.0) as source:
        assert len(list(islice(source.packets(), 30))) == 30
        camera.wait(lambda: b"RTSP/1.0 200 OK\r\nCSeq: 77\r\n" in camera.heard)


@pytest.mark.parametrize(
    ("video_ends", "hang_up", "words"),
    [
        pytest.param(b"", True, "closed by the camera", id="closed"),
        pytest.param(
            interleaved(struct.pack(">BBHI", 0x81, 203, 1, 0x1234), 1), False, "ended the stream", id="goodbye"
        ),
        pytest.param(b"", False, "nothing came for 0.5 s", id="silence"),
    ],
)
def test_the_end_of_a_stream_is_a_loss_after_its_last_picture(video_ends: bytes, hang_up: bool, words: str) -> None:
    got: list[bytes] = []
    with (
        Camera(video=video() + video_ends, hang_up=hang_up) as camera,
        open_rtsp(camera.url(), 0.5) as source,
        pytest.raises(StreamLost, match=rf"rtsp://127\.0\.0\.1:{camera.port}/cam: .*{words}"),
    ):
        got.extend(packet.data for packet in source.packets())
    assert got == expected(40)


def test_receiver_reports_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.sources.rtsp.dialogue._REPORT_EVERY_S", 0.05)
    with Camera(video=video()) as camera, open_rtsp(camera.url(), 3.0) as source:
        list(islice(source.packets(), 30))
        with pytest.raises(StreamLost):
            read(source)
        reports = re.findall(rb"\$\x01\x00.\x81\xc9\x00\x07", bytes(camera.heard), re.DOTALL)
    assert len(reports) >= 3
