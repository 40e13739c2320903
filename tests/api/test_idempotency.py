"""Idempotency-Key: done once, answered alike, never twice, whatever breaks in between."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.auth.roles import Role
from api.db.also import also
from api.db.engine import Database
from api.db.migrate import migrate
from api.kit import idempotency
from api.site.models import SiteRow
from api.site.repository import ensure_site
from tests.api.house import Served, event
from tests.api.stored import change, rows


def make(shared: Served, key: str, username: str = "once", **changes: Any) -> Any:
    body = {"name": username, "role": "auditor"} | changes
    return shared.client(Role.ADMINISTRATOR).post("/tokens", json=body, headers={"Idempotency-Key": key})


def tokens(shared: Served) -> list[str]:
    return [one["name"] for one in shared.client(Role.AUDITOR).get("/tokens").json()["items"]]


def kept(shared: Served) -> list[tuple[Any, ...]]:
    return rows(shared.data, "SELECT caller, key, status, body FROM kept_answer")


def test_an_identical_update_sent_again_is_done_once(served: Served) -> None:
    """FixMyStreet 4007, 5298: an update re-sent after a broken line was entered again."""
    served.post(event())
    [ticket] = served.tickets()
    worker = served.client(Role.GRID_WORKER)
    headers = {"Idempotency-Key": "a-1"}
    first = worker.post(f"/tickets/{ticket['id']}/accept", json={"note": "on my way"}, headers=headers)
    again = worker.post(f"/tickets/{ticket['id']}/accept", json={"note": "on my way"}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    assert again.headers["x-content-type-options"] == "nosniff"


def test_the_same_key_for_something_else_is_refused(shared: Served) -> None:
    assert make(shared, "k-1", "first").status_code == 201
    refused = make(shared, "k-1", "second")
    assert refused.status_code == 422
    assert "second" not in tokens(shared)


def test_an_answer_with_a_secret_is_not_kept_and_not_repeated(shared: Served) -> None:
    secret = make(shared, "k-2", "secretive").json()["secret"]
    assert make(shared, "k-2", "secretive").status_code == 409
    assert tokens(shared).count("secretive") == 1
    assert secret.encode() not in b"".join(row[3] for row in kept(shared))


def test_a_key_belongs_to_its_caller(shared: Served) -> None:
    path, headers = "/tickets/none/confirm", {"Idempotency-Key": "k-3"}
    for client in (shared.client(Role.ADMINISTRATOR), shared.client(Role.COMMAND_CENTRE), shared.client()):
        assert client.post(path, headers=headers).status_code in (401, 404)


def test_two_tokens_of_one_name_are_two_callers(shared: Served) -> None:
    admin, headers = shared.client(Role.ADMINISTRATOR), {"Idempotency-Key": "k-8"}
    for role, status in (("command_centre", 201), ("auditor", 403)):
        secret = admin.post("/tokens", json={"name": "twins", "role": role}).json()["secret"]
        given = headers | {"Authorization": f"Bearer {secret}"}
        mute = {"camera": "cam-1", "reason": "works", "ends_at": (shared.time.at + timedelta(hours=1)).isoformat()}
        answer = shared.client().post("/mutes", json=mute, headers=given)
        assert answer.status_code == status, answer.text


def test_of_a_resident_no_address_is_kept_and_of_nobody_else_anything(shared: Served) -> None:
    point = {"name": "The gate", "lon": 113.85, "lat": 27.62, "datum": "WGS-84"}
    made = shared.client(Role.ADMINISTRATOR).post("/report-points", json=point)
    assert made.status_code == 201, made.text
    report = {"point": made.json()["id"], "kind": "illegal_parking", "words": "in the way"}
    answers = [
        shared.client().post(path, json=report | {"words": words}, headers={"Idempotency-Key": "k-9"})
        for path, words in (
            ("/public/reports", "one"),
            ("/public/reports", "one"),
            ("/public/reports", "two"),
            ("/mutes", "three"),
        )
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 401]
    assert answers[0].content == answers[1].content != answers[2].content
    rows = kept(shared)
    found = [row[0] for row in rows if row[1] == hashlib.sha256(b"k-9").hexdigest()]
    assert (len(found), [caller for caller in found if "127.0.0.1" in caller]) == (2, [])
    # With a receipt whoever reads the database could answer for the resident.
    receipt = answers[0].json()["receipt"].encode()
    assert [row for row in rows if receipt in row[3]] == []
    assert "k-9" not in str(rows), "the key opens it"


def test_what_failed_may_be_sent_again_with_its_key(shared: Served) -> None:
    assert make(shared, "k-4", "mended", role="king").status_code == 422
    assert make(shared, "k-4", "mended").status_code == 201


def test_an_answer_that_was_sent_is_kept_already(shared: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A phone that lost it asks again at once, and however slow the disk is."""
    keep = idempotency._settle

    async def keep_slowly(*given: Any) -> None:
        await asyncio.sleep(0.5)
        await keep(*given)

    monkeypatch.setattr(idempotency, "_settle", keep_slowly)
    body = {"name": "north gate", "lon": 113.85, "lat": 27.62, "datum": "WGS-84"}
    first, second = (
        shared.client(Role.COMMAND_CENTRE).post("/report-points", json=body, headers={"Idempotency-Key": "k-8"})
        for _ in range(2)
    )
    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())
    assert second.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    "key", ["", "a b", "é".encode().decode("latin-1"), "x" * 256], ids=["empty", "space", "é", "long"]
)
def test_a_key_that_is_none_is_refused(shared: Served, key: str) -> None:
    answer = shared.client(Role.ADMINISTRATOR).post(
        "/tokens", json={"name": "x", "role": "auditor"}, headers=[(b"Idempotency-Key", key.encode("latin-1"))]
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:sanxun:problem:bad-request")


def test_a_server_that_died_before_the_work_leaves_it_to_be_done(shared: Served) -> None:
    _leave(shared, "k-5", status=0)
    told = make(shared, "k-5", "left")
    assert (told.status_code, told.json()["underway"]) == (409, True), "it may still be at it"
    shared.time.pass_s(61)
    assert make(shared, "k-5", "left").status_code == 201
    assert tokens(shared).count("left") == 1


def test_a_server_that_died_after_the_work_leaves_it_done(shared: Served) -> None:
    _leave(shared, "k-6", status=1)
    shared.time.pass_s(3600)
    told = make(shared, "k-6", "left")
    assert (told.status_code, "done already" in told.json()["detail"]) == (409, True)
    shared.time.pass_s(24 * 3600)
    assert make(shared, "k-6", "left").status_code == 201, "a day later the key is free"


def _leave(shared: Served, key: str, status: int) -> None:
    """What a server leaves behind that was killed between beginning and answering."""
    assert make(shared, key, "left").status_code == 201
    change(shared.data, "UPDATE kept_answer SET status = :status WHERE key = :key", status=status, key=key)
    change(shared.data, "DELETE FROM service_token WHERE name = 'left'")


def test_of_many_at_once_one_does_it(shared: Served) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(make(shared, "k-7", "crowd").status_code)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(statuses)) == [201, 409]
    assert statuses.count(201) == tokens(shared).count("crowd") == 1


def test_a_transaction_whose_mark_fails_writes_nothing(tmp_path: Path) -> None:
    """Two servers with one key, the slower one overtaken: its work is rolled back with its mark."""

    async def overtaken(_session: object) -> None:
        raise RuntimeError("overtaken")

    async def rename(database: Database) -> None:
        async with database.writing() as session:
            site = await session.get(SiteRow, 1)
            assert site is not None
            site.name = "changed"

    async def run() -> str:
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
        await migrate(database)
        async with database.writing() as session:
            await ensure_site(session)
        token = also.set(overtaken)
        with pytest.raises(RuntimeError, match="overtaken"):
            await rename(database)
        also.reset(token)
        async with database.reading() as session:
            site = await session.get(SiteRow, 1)
            assert site is not None
            name = site.name
        await database.close()
        return name

    assert asyncio.run(run()) != "changed"
