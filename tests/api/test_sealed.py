"""A clip is an unredacted original: sealed on arrival, opened by few, for a reason, on record."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import httpx
import pytest
from sqlalchemy.exc import IntegrityError

from api.audit import repository as audit
from api.audit.chain import GENESIS, Entry, Verdict, linked
from api.audit.models import AuditRow
from api.auth.roles import SEAL_OPENERS, Role
from api.house import offline
from api.sealed.custody import encrypt_plain, rotate
from api.sealed.keys import Busy, KeyFile
from api.sealed.store import SealedStore
from tests.api.house import PATIENCE_S, FakeTime, Served, event
from tests.api.stored import change
from tests.local import until
from tests.streams.builders import number_in

EVENT = "i-1-raised"
REASON = {"reason": "the owner disputes where the car stood"}


def put(served: Served, data: bytes, event_id: str = EVENT) -> httpx.Response:
    return served.client(Role.WORKER).put(f"/worker/events/{event_id}/clip", content=data)


def verdict(data: Path) -> Verdict:
    async def ask() -> Verdict:
        async with offline(data) as database, database.reading() as session:
            return await audit.verify(session)

    return asyncio.run(ask())


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


def test_a_clip_that_comes_while_the_old_key_is_forgotten_is_sent_again_and_opens(served: Served, mp4: bytes) -> None:
    served.post(event(), event("i-2"))
    assert put(served, mp4).status_code == 204
    folder, keys = served.data / "sealed", KeyFile(served.data / "seal.keys")

    async def change() -> int:
        async with offline(served.data) as database:
            return await rotate(database, keys, served.time.at, forget=True)

    def upload() -> Iterator[bytes]:
        yield mp4[:1000]
        until(lambda: list(folder.glob("*/*.part")))
        assert asyncio.run(change()) == 1
        yield mp4[1000:]

    refused = served.client(Role.WORKER).put("/worker/events/i-2-raised/clip", content=upload())
    assert (refused.status_code, "changed during the upload" in refused.json()["detail"]) == (503, True)
    assert len(list(folder.glob("*/*"))) == 1
    assert put(served, mp4, "i-2-raised").status_code == 204
    for event_id in (EVENT, "i-2-raised"):
        assert served.client(Role.OFFICER).post(f"/clips/{event_id}/open", json=REASON).content == mp4


def test_of_two_that_change_the_key_at_once_neither_drops_the_others(tmp_path: Path) -> None:
    path, now = tmp_path / "seal.keys", FakeTime().at
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: KeyFile(path).add(now), range(24)))
    assert {key.id for key in KeyFile(path).all()} == {key.id for key in made}


def test_of_two_commands_on_all_originals_the_second_is_refused(tmp_path: Path) -> None:
    """`seal encrypt` beside `seal rotate --forget-old` put an original under a key that was being forgotten."""
    keys, now = KeyFile(tmp_path / "seal.keys"), FakeTime().at

    async def both() -> None:
        async with offline(tmp_path) as database:
            with keys.one_command():
                for work in (
                    rotate(database, keys, now, forget=True),
                    encrypt_plain(database, SealedStore(tmp_path / "sealed", keys), now),
                ):
                    with pytest.raises(Busy, match="give this one when that is done"):
                        await work
            assert keys.all() == ()
            await rotate(database, keys, now, forget=True)

    asyncio.run(both())
    assert len(keys.all()) == 1


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


def test_the_trail_is_sound_until_somebody_touches_it(served: Served, mp4: bytes) -> None:
    served.post(event(), event("i-2"))
    put(served, mp4)
    put(served, mp4, "i-2-raised")
    for number in range(5):
        served.client(Role.OFFICER).post(f"/clips/{EVENT}/open", json={"reason": f"case number {number}"})
    sound = verdict(served.data)
    assert (sound.count, sound.faults) == (7, ())
    for statement, fault in (
        ("UPDATE audit SET reason = 'routine' WHERE seq = 4", "entry 4 was altered"),
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 7", "entry 7 was altered"),
        ("UPDATE audit SET at = '2026-11-21 08:00:00.000000' WHERE seq = 3", "entry 3 was altered"),
        ("DELETE FROM audit WHERE seq = 5", "entry 5 is missing"),
        ("DELETE FROM audit WHERE seq = 1", "entry 1 is missing"),
    ):
        change(served.data, "CREATE TABLE kept AS SELECT * FROM audit", statement)
        faults = verdict(served.data).faults
        change(served.data, "DELETE FROM audit", "INSERT INTO audit SELECT * FROM kept", "DROP TABLE kept")
        assert any(fault in found for found in faults), (statement, faults)
    assert verdict(served.data) == sound


def test_the_newest_entries_removed_show_against_a_head_that_was_noted(served: Served, mp4: bytes) -> None:
    served.post(event())
    put(served, mp4)
    served.client(Role.OFFICER).post(f"/clips/{EVENT}/open", json=REASON)
    noted = verdict(served.data)
    change(served.data, "DELETE FROM audit WHERE seq = 2")
    left = verdict(served.data)
    assert left.faults == ()
    assert (left.count, left.head) != (noted.count, noted.head)


def test_an_empty_trail_is_sound(tmp_path: Path) -> None:
    assert verdict(tmp_path) == Verdict(0, GENESIS, ())


def test_the_chain_cannot_fork(tmp_path: Path) -> None:
    """Two servers that both follow the same entry: the database takes one of them."""
    entry = Entry(FakeTime().at, "a", "officer", "clip.opened", "e", "why it was")

    async def fork() -> None:
        async with offline(tmp_path) as database:
            async with database.writing() as session:
                await audit.append(session, entry)
                first = await session.get(AuditRow, 1)
                session.add(linked(entry, first))
            twin = linked(entry, first)
            twin.seq = 3
            async with database.writing() as session:
                session.add(twin)

    with pytest.raises(IntegrityError):
        asyncio.run(fork())
    assert verdict(tmp_path).count == 2
