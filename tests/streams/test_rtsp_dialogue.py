"""Cameras speak RTSP in many ways; we understand them, or say in one sentence what is wrong."""

from __future__ import annotations

import hashlib
import logging
import re
import struct
import time
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from streams.errors import SourceUnusable, StreamLost
from streams.sources.rtsp.auth import Credentials, best_challenge
from streams.sources.rtsp.source import RtspSource, open_rtsp
from streams.sources.source import open_source
from tests.streams.builders import encode, pictures
from tests.streams.rtp_peer import Packer, Unit, interleaved, units_of
from tests.streams.rtsp_peer import AUDIO, Asked, Camera, answer

SECRET = "geheim-4711"


@cache
def sent() -> list[Unit]:
    return units_of(encode(Path(mkdtemp()) / "a.mp4", pictures(40, (96, 64)), "keyint=10:scenecut=0:bframes=0"))


@cache
def video(channel: int = 0) -> bytes:
    packer = Packer()
    return b"".join(interleaved(packet, channel) for unit in sent() for packet in packer.pack(unit))


def first(camera: Camera, url: str | None = None, count: int = 30) -> list[bytes]:
    with open_rtsp(url or camera.url(), 3.0) as source:
        return [packet.data for packet in islice(source.packets(), count)]


def expected(count: int = 30) -> list[bytes]:
    return [unit.annexb for unit in sent()[:count]]


def without_body(reply: bytes) -> bytes:
    return reply.partition(b"\r\n\r\n")[0]


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


# Authentication


def digest(kind: str, *words: str) -> str:
    return hashlib.new(kind, ":".join(words).encode()).hexdigest()


def given(header: str) -> dict[str, str]:
    return {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', header)}


def right(asked: Asked, kind: str, user: str, password: str, nonce: str) -> bool:
    """As a camera checks it, by RFC 7616, section 3.4."""
    got = given(asked.headers.get("authorization", ""))
    if got.get("nonce") != nonce or got.get("uri") != asked.url or got.get("username") != user:
        return False
    secret, request = digest(kind, user, got["realm"], password), digest(kind, asked.method, got["uri"])
    middle = (got["nc"], got["cnonce"], got["qop"]) if "qop" in got else ()
    return got["response"] == digest(kind, secret, nonce, *middle, request)


OLD = 'Digest realm="IP Camera(1)", nonce="n1"'
BASIC = 'Basic realm="r"'
SHA = 'Digest realm="r", nonce="n1", algorithm=SHA-256'
CHALLENGES = [
    pytest.param([OLD], "md5", id="MD5 of RFC 2069"),
    pytest.param([f'{OLD}, qop="auth"'], "md5", id="MD5, qop"),
    pytest.param([f'{OLD}, qop="auth,auth-int", algorithm=MD5, opaque="o"'], "md5", id="more qop"),
    pytest.param(['digest  realm="r",nonce="n1",algorithm="SHA-256",qop="auth"'], "sha256", id="SHA-256"),
    pytest.param([BASIC, OLD], "md5", id="Basic and Digest, two headers"),
    pytest.param([f"{BASIC}, {SHA}"], "sha256", id="one header"),
    pytest.param([OLD, SHA], "sha256", id="the stronger one"),
    pytest.param([f"{OLD}, algorithm=SHA-512-256", OLD], "md5", id="the one we know"),
]


@pytest.mark.parametrize(("headers", "kind"), CHALLENGES)
@pytest.mark.parametrize("user", ["operator:p%40ss:wörd", "o:", "ü:x y"])
def test_a_challenge_is_answered(headers: list[str], kind: str, user: str) -> None:
    name, _, password = map(unquote, user.partition(":"))

    def odd(asked: Asked) -> bytes | None:
        if right(asked, kind, name, password, "n1"):
            return None
        refused = answer(asked, 401)[:-2]
        return refused + "".join(f"WWW-Authenticate: {header}\r\n" for header in headers).encode() + b"\r\n"

    with Camera(video=video(), odd=odd) as camera:
        assert first(camera, camera.url(user=user), 1)
    # Asked once, it is answered at once from then on.
    assert camera.methods()[:5] == ["OPTIONS", "OPTIONS", "DESCRIBE", "SETUP", "PLAY"]


def test_the_standards_own_examples() -> None:
    """RFC 7616, section 3.9.1."""
    words = 'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"'
    who = Credentials("Mufasa", "Circle of Life")
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    for algorithm, response in (
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ):
        challenge = best_challenge([f"Digest {words}, algorithm={algorithm}"])
        assert challenge is not None
        assert given(challenge._digest(who, "GET", "/dir/index.html", 1, cnonce))["response"] == response


def test_basic_is_answered_where_nothing_better_is_offered() -> None:
    def odd(asked: Asked) -> bytes | None:
        known = asked.headers.get("authorization") == "Basic YTpiOmM="
        return None if known else answer(asked, 401, {"WWW-Authenticate": 'Basic realm="r"'})

    with Camera(video=video(), odd=odd) as camera:
        assert first(camera, camera.url(user="a:b:c"), 1)


def test_a_nonce_that_got_old_is_replaced() -> None:
    def odd(asked: Asked) -> bytes | None:
        nonce, stale = ("n1", "") if asked.method in ("OPTIONS", "DESCRIBE") else ("n2", ", stale=TRUE")
        if right(asked, "md5", "a", "b", nonce):
            return None
        return answer(asked, 401, {"WWW-Authenticate": f'Digest realm="r", nonce="{nonce}"{stale}'})

    with Camera(video=video(), odd=odd) as camera:
        assert first(camera, camera.url(user="a:b"), 1)
    assert camera.methods()[:6] == ["OPTIONS", "OPTIONS", "DESCRIBE", "SETUP", "SETUP", "PLAY"]


@pytest.mark.parametrize(
    ("user", "header", "words"),
    [
        pytest.param(f"a:{SECRET}", 'Digest realm="r", nonce="n"', "refused the user or the password", id="wrong"),
        pytest.param(f"a:{SECRET}", 'Digest realm="r", nonce="n", stale=true', "refused the user", id="stale for ever"),
        pytest.param("", 'Digest realm="r", nonce="n"', "asks for a user and a password", id="none given"),
        pytest.param(f"a:{SECRET}", "Negotiate", "in a way that is not supported", id="unknown scheme"),
        pytest.param(f"a:{SECRET}", "", "in a way that is not supported", id="no challenge"),
    ],
)
def test_refused_credentials_are_named_and_never_shown(
    user: str, header: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = {"WWW-Authenticate": header} if header else {}
    with (
        Camera(odd=lambda asked: answer(asked, 401, headers)) as camera,
        pytest.raises(SourceUnusable, match=words) as caught,
    ):
        open_source(camera.url(user=user), timeout_s=3)
    assert SECRET not in str(caught.value) + caplog.text
    assert len(camera.asked) <= 2


# Redirects


def test_a_redirect_is_followed_with_the_credentials() -> None:
    def guard(asked: Asked) -> bytes | None:
        known = right(asked, "md5", "a", "b", "n")
        return None if known else answer(asked, 401, {"WWW-Authenticate": 'Digest realm="r", nonce="n"'})

    with Camera(video=video(), odd=guard) as real:
        target = {"Location": real.url("/real")}
        with Camera(odd=lambda asked: answer(asked, 302, target) if asked.method == "DESCRIBE" else None) as front:
            assert first(front, front.url(user="a:b"), 1)
    assert real.asked[0].url.endswith("/real")


@pytest.mark.parametrize("challenge", ['Basic realm="r"', 'Digest realm="r", nonce="n"'], ids=["basic", "digest"])
def test_a_password_does_not_follow_to_another_host_in_any_form(challenge: str) -> None:
    with Camera(odd=lambda asked: answer(asked, 401, {"WWW-Authenticate": challenge})) as thief:
        target = {"Location": f"rtsp://localhost:{thief.port}/x"}
        with (
            Camera(odd=lambda asked: answer(asked, 301, target)) as front,
            pytest.raises(SourceUnusable, match="sends us to another host"),
        ):
            open_source(front.url(user=f"a:{SECRET}"), timeout_s=3)
    assert all("authorization" not in asked.headers for asked in thief.asked)


STRAY = b'RTSP/1.0 401 Unauthorized\r\nCSeq: 0\r\nWWW-Authenticate: Basic realm="r"\r\n\r\n'


def test_nor_does_a_refusal_of_nothing_that_was_asked_fetch_it() -> None:
    """Before there is a session to keep, such a 401 is no reason to say anything."""
    with Camera(video=video()) as thief:
        thief.odd = lambda asked: STRAY + thief._plain(asked) + (video() if asked.method == "PLAY" else b"")
        target = {"Location": f"rtsp://localhost:{thief.port}/x"}
        with Camera(odd=lambda asked: answer(asked, 302, target)) as front:
            assert first(front, front.url(user=f"a:{SECRET}")) == expected()
    assert thief.methods()[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
    assert all("authorization" not in asked.headers for asked in thief.asked)


def test_nor_does_a_refusal_while_it_plays_fetch_it() -> None:
    def odd(asked: Asked) -> bytes | None:
        refused = answer(asked, 401, {"WWW-Authenticate": 'Basic realm="r"'})
        return refused if asked.method == "GET_PARAMETER" else None

    with Camera(video=video(), session="abc;timeout=2", odd=odd) as thief:
        target = {"Location": f"rtsp://localhost:{thief.port}/x"}
        with (
            Camera(odd=lambda asked: answer(asked, 302, target)) as front,
            open_rtsp(front.url(user=f"a:{SECRET}"), 3.0) as source,
            pytest.raises(StreamLost, match="no longer accepts"),
        ):
            read(source)
    assert "GET_PARAMETER" in thief.methods()
    assert all("authorization" not in asked.headers for asked in thief.asked)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        pytest.param("{}", "more than 3 times", id="loop"),
        pytest.param("http://127.0.0.1/x", "not RTSP", id="other scheme"),
        pytest.param("/etc/passwd", "not RTSP", id="no address"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_said(location: str, words: str) -> None:
    with Camera() as camera:
        target = {"Location": location.format(camera.url())}
        camera.odd = lambda asked: answer(asked, 302, target)
        with pytest.raises(SourceUnusable, match=words):
            open_source(camera.url(), timeout_s=3)


# What ends a session, and what keeps it


def read(source: RtspSource) -> int:
    return sum(1 for _ in source.packets())


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


# Broken peers


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
