"""A camera may send us elsewhere; the password does not follow to another host."""

from __future__ import annotations

import pytest

from streams.errors import SourceUnusable, StreamLost
from streams.sources.rtsp.source import open_rtsp
from streams.sources.source import open_source
from tests.streams.rtsp_peer import Asked, Camera, answer
from tests.streams.rtsp_played import expected, first, read, video
from tests.streams.rtsp_signed import SECRET, right


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
