"""A camera's challenge is answered with the strongest that it offers, and a password is shown to nobody."""

from __future__ import annotations

import logging
from urllib.parse import unquote

import pytest

from streams.errors import SourceUnusable
from streams.sources.rtsp.auth import Credentials, best_challenge
from streams.sources.source import open_source
from tests.streams.rtsp_peer import Asked, Camera, answer
from tests.streams.rtsp_played import first, video
from tests.streams.rtsp_signed import SECRET, given, right

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
