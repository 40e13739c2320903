"""No credential of a camera is ever shown, however it is written into the address."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.urls import scheme_of, scrub, without_credentials


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param("rtsp://user:secret@192.0.2.7/stream1", "rtsp://***@192.0.2.7/stream1", id="user and password"),
        pytest.param("rtsp://user@192.0.2.7:554/a/b", "rtsp://***@192.0.2.7:554/a/b", id="user alone"),
        pytest.param("rtsp://u:p@ss@host/x", "rtsp://***@host/x", id="an at sign in the password"),
        pytest.param("rtsp://user:pa/ss@host/x", "rtsp://***@host/x", id="a slash in the password"),
        pytest.param("rtsp://user:p#x@host/x", "rtsp://***@host/x", id="a hash in the password"),
        pytest.param("admin:secret@10.0.0.1/s", "***@10.0.0.1/s", id="the scheme forgotten"),
        pytest.param("rtsp://host:554/x@2", "rtsp://host:554/x@2", id="an at sign in the path alone"),
        pytest.param("rtsp://[2001:db8::7]/x", "rtsp://[2001:db8::7]/x", id="none"),
        pytest.param("rtsp://h/x?user=me&password=abc&n=1", "rtsp://h/x?user=***&password=***&n=1", id="in the query"),
        pytest.param(
            "rtsp://h/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp",
            "rtsp://h/user=***_password=***_channel=1_stream=0.sdp",
            id="in the path, as XMeye cameras want it",
        ),
        pytest.param("/data/user=me/clip@home.mp4", "/data/user=me/clip@home.mp4", id="a path is left alone"),
        pytest.param("rtsp://h/a@b", "rtsp://h/a@b", id="an at sign in the path"),
    ],
)
def test_addresses_are_shown_without_credentials(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


secrets = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF, categories=("L", "N", "P", "S")), min_size=5)


@given(secrets)
def test_no_spelling_of_a_password_survives(password: str) -> None:
    written = quote(password, safe="")
    url = f"rtsp://operator:{written}@192.0.2.7:554/live"
    token = base64.b64encode(f"operator:{password}".encode()).decode()
    text = scrub(f"401 for {url}: Basic {token}, user operator:{password}, then {password} and {written}", url)
    assert token not in text
    for spelling in (f":{password}", f" {password}", f" {written}"):
        # `***` stands for what was taken out: a password of stars alone says nothing.
        assert spelling not in text or set(password) <= {"*"}
    assert "192.0.2.7:554/live" in text or password in "192.0.2.7:554/live401 for operator"


def test_credentials_of_other_addresses_in_the_text_go_too() -> None:
    assert scrub("moved to rtsp://a:b@new/x", "rtsp://c:d@old/x") == "moved to rtsp://***@new/x"


@pytest.mark.parametrize(("url", "scheme"), [("RTSP://h/", "rtsp"), ("/a/b.mp4", ""), ("C:/clip.mp4", ""), ("", "")])
def test_a_path_has_no_scheme(url: str, scheme: str) -> None:
    assert scheme_of(url) == scheme
