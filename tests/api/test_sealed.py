"""A clip is an unredacted original: sealed on arrival, opened by few, for a reason, on record."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Callable, Iterator

import av
import httpx
import pytest

from api.auth.roles import SEAL_OPENERS, Role
from tests.api.clips import EVENT, REASON, put, verdict
from tests.api.house import PATIENCE_S, Served, event
from tests.streams.builders import number_in


def test_a_clip_is_sealed_once_and_opens_whole_to_an_officer(served: Served, mp4: bytes) -> None:
    served.post(event())
    assert put(served, mp4).status_code == 204
    assert put(served, mp4).status_code == 204
    assert len(list((served.data / "sealed").glob("*/*"))) == 1
    answer = served.client(Role.OFFICER).post(f"/clips/{EVENT}/open", json=REASON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content == mp4
    with av.open(io.BytesIO(answer.content)) as clip:
        assert [number_in(f.to_ndarray(format="bgr24")) for f in clip.decode(video=0)] == list(range(50))


def test_everybody_sees_that_there_is_a_clip_and_few_may_open_it(served: Served, mp4: bytes) -> None:
    served.post(event())
    put(served, mp4)
    for role in (Role.COMMAND_CENTRE, Role.DRONE_OPERATOR, Role.GRID_WORKER, Role.OFFICER, Role.ADMINISTRATOR):
        found = served.client(role).get("/hazards/i-1/clips").json()
        assert found["may_open"] is (role in SEAL_OPENERS)
        [clip] = found["items"]
        assert clip["event_id"] == EVENT
        assert clip["duration_s"] == pytest.approx(2.0, abs=0.05)
        assert clip["size_bytes"] == len(mp4)
        assert clip["delete_by"] == "2026-12-22T08:00:00.000Z"
        assert clip["deleted_at"] is None
    assert served.client(Role.COMMAND_CENTRE).post(f"/clips/{EVENT}/open", json=REASON).status_code == 403
    assert served.client(Role.GRID_WORKER, "east").get("/hazards/i-1/clips").json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": ""}, {"reason": "  why  "}, {"reason": "x" * 501}, {"reason": "two\nlines of it"}, None],
    ids=["none", "empty", "too short", "too long", "not one line", "no body"],
)
def test_nothing_opens_without_a_reason(served: Served, mp4: bytes, body: dict[str, str] | None) -> None:
    served.post(event())
    put(served, mp4)
    assert served.client(Role.OFFICER).post(f"/clips/{EVENT}/open", json=body).status_code == 422
    assert served.client(Role.OFFICER).get(f"/clips/{EVENT}/openings").json()["items"] == []


def test_who_opened_it_when_and_why_is_on_record_before_the_bytes_leave(served: Served, mp4: bytes) -> None:
    served.post(event())
    put(served, mp4)
    served.client(Role.OFFICER).post(f"/clips/{EVENT}/open", json=REASON)
    served.time.pass_s(60)
    with served.client(Role.ADMINISTRATOR).stream(
        "POST", f"/clips/{EVENT}/open", json={"reason": "complaint 第12号"}
    ) as answer:
        assert answer.status_code == 200
        found = served.client(Role.COMMAND_CENTRE).get(f"/clips/{EVENT}/openings").json()["items"]
    assert found == [
        {
            "at": "2026-11-22T08:01:00.000Z",
            "by": "token:administrator",
            "role": "administrator",
            "reason": "complaint 第12号",
        },
        {"at": "2026-11-22T08:00:00.000Z", "by": "token:officer", "role": "officer", **REASON},
    ]
    assert served.client(Role.OFFICER).get("/hazards/i-1/clips").json()["items"][0]["openings"] == 2
    assert served.client(Role.GRID_WORKER).get(f"/clips/{EVENT}/openings").status_code == 403


def test_no_other_route_gives_the_bytes_away(served: Served, mp4: bytes) -> None:
    """Neither by the file's name nor by its hash, and not as a picture."""
    served.post(event())
    put(served, mp4)
    [file] = (served.data / "sealed").glob("*/*")
    assert file.stat().st_mode & 0o077 == 0
    sha256 = hashlib.sha256(mp4).hexdigest()
    client = served.client(Role.ADMINISTRATOR)
    for name in (file.stem, sha256, f"../sealed/{file.parent.name}/{file.name}", EVENT):
        for path in (f"/evidence/{name}.jpg", f"/clips/{name}", f"/clips/{name}/open", f"/sealed/{name}"):
            assert client.get(path).status_code in (404, 405)
        for path in (f"/static/{name}", f"/sealed/{file.parent.name}/{name}.mp4"):
            assert httpx.get(served.url + path, trust_env=False, timeout=PATIENCE_S).status_code == 404


def test_a_clip_comes_after_its_event(served: Served, mp4: bytes) -> None:
    answer = put(served, mp4 * 20)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:sanxun:problem:not-found")
    assert not list((served.data / "sealed").glob("*/*"))


def _boxes_beyond_the_end(mp4: bytes) -> bytes:
    at = mp4.index(b"mdat") - 4
    return mp4[:at] + (len(mp4) * 2).to_bytes(4, "big") + mp4[at + 4 :]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda mp4: b"", "begin with ftyp"),
        (lambda mp4: b"\xff\xd8\xff" + mp4, "is it whole"),
        (lambda mp4: mp4[8:], "is it whole|begin with ftyp"),
        (lambda mp4: mp4[: len(mp4) // 2], "is it whole"),
        (lambda mp4: mp4 + b"tail", "is it whole"),
        (_boxes_beyond_the_end, "is it whole"),
        (lambda mp4: mp4[:24] + b"\x00\x00\x00\x08mdat", "moov and mdat|is it whole"),
        (lambda mp4: mp4.replace(b"vide", b"soun"), "no video track"),
        (lambda mp4: mp4.replace(b"mvhd", b"free"), "no video track"),
        (lambda mp4: b"<html>" + b"x" * 500, "is it whole|begin with ftyp"),
    ],
    ids=[
        "nothing",
        "picture first",
        "no ftyp",
        "half",
        "a tail",
        "too large a box",
        "no index",
        "no video",
        "no header",
        "a page",
    ],
)
def test_what_is_no_mp4_by_its_bytes_is_refused_and_not_kept(
    served: Served, mp4: bytes, spoil: Callable[[bytes], bytes], words: str
) -> None:
    served.post(event())
    answer = put(served, spoil(mp4))
    assert answer.status_code == 422, answer.text
    assert re.search(words, answer.json()["detail"])
    assert not list((served.data / "sealed").glob("*/*"))
    assert put(served, mp4).status_code == 204


def test_too_many_bytes_are_refused_though_nobody_announced_them(served: Served) -> None:
    served.post(event())
    most = 128 * 1024 * 1024

    def endless() -> Iterator[bytes]:
        yield b"\x00\x00\x00\x18ftypisom" + bytes(12)
        for _ in range(most // (1 << 20) + 1):
            yield bytes(1 << 20)

    refused = served.client(Role.WORKER).put(f"/worker/events/{EVENT}/clip", content=endless())
    assert refused.status_code == 413
    assert not list((served.data / "sealed").glob("*/*"))


def test_the_same_clip_from_two_connections_at_once_is_kept_once(served: Served, mp4: bytes) -> None:
    served.post(event())
    token = served.token(Role.WORKER)
    statuses: list[int] = []

    def send() -> None:
        answer = httpx.put(
            f"{served.url}/api/v1/worker/events/{EVENT}/clip",
            content=mp4,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=60,
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [204] * 6
    assert len(list((served.data / "sealed").glob("*/*"))) == 1
    assert verdict(served.data).count == 1
