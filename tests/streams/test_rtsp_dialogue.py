"""Cameras speak RTSP in many ways; we understand them, or say in one sentence what is wrong."""

from __future__ import annotations

import struct
import time
from itertools import islice
from types import SimpleNamespace

import pytest

from streams.errors import SourceUnusable
from streams.sources.rtsp.source import open_rtsp
from streams.sources.source import open_source
from tests.streams.rtsp_peer import AUDIO, Asked, Camera, answer
from tests.streams.rtsp_played import expected, first, video
from tests.streams.rtsp_signed import SECRET

ODD = [
    pytest.param({"transport": "RTP/AVP/TCP;unicast;interleaved=4-5", "channel": 4}, id="other channels"),
    pytest.param({"transport": "rtp/avp/tcp; unicast ;Interleaved=6", "channel": 6}, id="one channel, other case"),
    pytest.param({"transport": ""}, id="no transport"),
    pytest.param({"session": "abc"}, id="no session timeout"),
    pytest.param({"session": "a-b$c_1.2+3; timeout = 30"}, id="odd session"),
    pytest.param({"audio": AUDIO}, id="audio first"),
    pytest.param({"public": ""}, id="no methods listed"),
]


@pytest.mark.parametrize("odd", ODD)
def test_odd_answers_are_understood(odd: dict[str, str | int]) -> None:
    channel = odd.get("channel", 0)
    settings = {name: value for name, value in odd.items() if name != "channel"}
    with Camera(video=video(int(channel)), **settings) as camera:  # type: ignore[arg-type]
        assert first(camera) == expected()
        assert camera.methods()[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
        camera.wait(lambda: camera.methods()[-1] == "TEARDOWN")
    assert {asked.headers.get("session") for asked in camera.asked[3:]} == {
        str(odd.get("session", "abc")).split(";")[0]
    }


CONTROLS = [
    # content base (None: the URL and a slash; {} is the camera's address), control, path asked, SETUP's address
    pytest.param(None, "track1", "/cam", "{}/cam/track1", id="relative"),
    pytest.param("", "track1", "/cam", "{}/cam/track1", id="no content base"),
    pytest.param("{}/other/", "track1", "/cam", "{}/other/track1", id="another base"),
    pytest.param("{}/other", "/track1", "/cam", "{}/other/track1", id="slash in the control"),
    pytest.param(None, "*", "/cam", "{}/cam/", id="aggregate"),
    pytest.param(None, "rtsp://10.0.0.9:554/inner/t=1", "/cam", "rtsp://10.0.0.9:554/inner/t=1", id="absolute"),
    pytest.param("", "trackID=1", "/c?channel=1&stream=0", "{}/c?channel=1&stream=0/trackID=1", id="query in the path"),
    pytest.param("", "?ctype=video", "/cam", "{}/cam?ctype=video", id="query in the control"),
    pytest.param("", "t", "/北 门", "{}/%E5%8C%97%20%E9%97%A8/t", id="not ASCII"),
    pytest.param("", "t", "/a%20b", "{}/a%20b/t", id="encoded already"),
]


@pytest.mark.parametrize(("base", "control", "path", "wanted"), CONTROLS)
def test_the_track_is_asked_for_where_the_camera_says(base: str | None, control: str, path: str, wanted: str) -> None:
    with Camera(video=video(), control=control) as camera:
        root = f"rtsp://127.0.0.1:{camera.port}"
        camera.content_base = None if base is None else base.format(root)
        assert first(camera, camera.url(path, "a:b"), 1)
        set_up = next(asked for asked in camera.asked if asked.method == "SETUP")
    assert set_up.url == wanted.format(root)
    assert "a:b" not in camera.heard.decode("latin-1")


@pytest.mark.parametrize("lead", [b"\r\n\r\n", b"\x00\x00\x00", b"hello camera v1\r\n", b"$\x07\x00\x02\x80\x00"])
def test_junk_before_an_answer_is_passed_over(lead: bytes) -> None:
    def odd(asked: Asked) -> bytes | None:
        return lead + answer(asked, headers={"Public": "DESCRIBE"}) if asked.method == "OPTIONS" else None

    with Camera(video=video(), odd=odd) as camera:
        assert first(camera) == expected()


def test_video_before_the_answer_to_play_is_not_lost() -> None:
    def odd(asked: Asked) -> bytes | None:
        return video() + answer(asked) if asked.method == "PLAY" else None

    with Camera(odd=odd) as camera:
        assert first(camera) == expected()


def test_bare_line_feeds_end_lines_too() -> None:
    def odd(asked: Asked) -> bytes | None:
        return f"RTSP/1.0 200 OK\nCSeq: {asked.headers['cseq']}\n\n".encode() if asked.method == "OPTIONS" else None

    with Camera(video=video(), odd=odd) as camera:
        assert first(camera) == expected()


def test_a_camera_that_refuses_options_is_described_all_the_same() -> None:
    with Camera(video=video(), odd=lambda asked: answer(asked, 501) if asked.method == "OPTIONS" else None) as camera:
        assert first(camera) == expected()


STATUSES = [
    (400, "does not understand the address"),
    (403, "forbids this user"),
    (404, "no such stream"),
    (453, "no bandwidth left"),
    (454, "no longer knows the session"),
    (461, "set its transport to udp or auto"),
    (500, "internal fault"),
    (503, "busy"),
    (599, "answered 599 As It Is"),
]


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
@pytest.mark.parametrize(("status", "words"), STATUSES)
def test_a_refusal_is_said_in_plain_words(method: str, status: int, words: str) -> None:
    def odd(asked: Asked) -> bytes | None:
        return answer(asked, status) if asked.method == method else None

    with Camera(odd=odd) as camera, pytest.raises(SourceUnusable, match=words) as caught:
        open_source(camera.url(user=f"a:{SECRET}"), timeout_s=3)
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_camera_that_echoes_the_password_does_not_make_us_tell_it() -> None:
    def odd(asked: Asked) -> bytes | None:
        return f"RTSP/1.0 599 no {SECRET}\r\nCSeq: {asked.headers['cseq']}\r\n\r\n".encode()

    with (
        Camera(odd=lambda asked: odd(asked) if asked.method == "DESCRIBE" else None) as camera,
        pytest.raises(SourceUnusable, match=r"answered 599 no \*\*\*"),
    ):
        open_source(camera.url(user=f"a:{SECRET}"), timeout_s=3)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(b"", "no answer within 1 s", id="silence"),
        pytest.param(
            b"HTTP/1.0 400 Bad Request\r\nServer: x\r\n\r\n" + b"a" * 70_000, "does not speak RTSP", id="HTTP"
        ),
        pytest.param(b"\x00" * 100_000, "does not speak RTSP", id="zeros"),
        pytest.param(b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", "no answer within 1 s", id="huge body"),
        pytest.param(b"RTSP/1.0 200 OK\r\nX: " + b"a" * 200_000, "does not speak RTSP", id="endless head"),
    ],
)
def test_what_is_no_camera_is_said_in_time(reply: bytes, words: str) -> None:
    began_s = time.monotonic()
    with Camera(odd=lambda asked: reply) as camera, pytest.raises(SourceUnusable, match=words):
        open_source(camera.url(), timeout_s=1)
    assert time.monotonic() - began_s < 30


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param("v=0\r\ns=x\r\n", "it holds no video", id="no media"),
        pytest.param("v=0\r\n" + AUDIO, "it holds no video", id="audio only"),
        pytest.param("", "it holds no video", id="empty"),
    ],
)
def test_a_description_without_video_is_said(body: str, words: str) -> None:
    with Camera() as camera:
        camera.odd = lambda asked: answer(asked, 200, body=body) if asked.method == "DESCRIBE" else None
        with pytest.raises(SourceUnusable, match=words):
            open_source(camera.url(), timeout_s=2)


@pytest.mark.parametrize(
    "url",
    ["rtsp://", "rtsp://:554/x", "rtsp://h:port/x", "rtsp://h:70000/x", "rtsp://[::1/x", "rtsp://h/x#sha256=12"],
)
def test_an_address_that_cannot_be_one_is_said(url: str) -> None:
    with pytest.raises(SourceUnusable, match="expected "):
        open_source(url, timeout_s=1)


def test_a_packet_ring_of_it_needs_no_more_than_its_bytes() -> None:
    """Nothing in a packet keeps the receive buffer alive."""
    with Camera(video=video()) as camera, open_rtsp(camera.url(), 3.0) as source:
        got = list(islice(source.packets(), 30))
    assert all(type(part) is bytes for packet in got for part in packet.parts)
    assert [packet.size for packet in got] == [len(packet.data) for packet in got]


def test_counters_tell_what_came() -> None:
    with Camera(video=video()) as camera, open_rtsp(camera.url(), 3.0) as source:
        list(islice(source.packets(), 40))
        told = SimpleNamespace(**{name: getattr(source.reception, name) for name in source.reception.__slots__})
    assert told.bytes_received >= len(video())
    assert (told.packets_lost, told.pictures_broken, told.pictures_discarded, told.junk_bytes) == (0, 0, 0, 0)
    assert told.pictures == 40
    assert told.packets == video().count(struct.pack(">I", 0x1234))
