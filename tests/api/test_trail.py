"""The trail is one chain that cannot be altered, shortened or forked unseen."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from api.audit import repository as audit
from api.audit.chain import GENESIS, Entry, Verdict, linked
from api.audit.models import AuditRow
from api.auth.roles import Role
from api.house import offline
from tests.api.clips import EVENT, REASON, put, verdict
from tests.api.house import FakeTime, Served, event
from tests.api.stored import change


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
