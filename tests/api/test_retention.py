"""What is overdue is gone from the disk, and what is not is there."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.audit import repository as audit
from api.auth.roles import Role
from api.house import offline
from tests.api.clips import REASON, put
from tests.api.house import FakeTime, Served, event, jpeg, serving
from tests.api.stored import copied
from tests.local import until

_DAY_S = 86_400


@pytest.fixture
def kept(tmp_path: Path, applied_site: Path) -> Iterator[Callable[..., Served]]:
    """A server that deletes what is overdue many times a second, with any settings."""
    with contextlib.ExitStack() as stack:

        def start(**settings: Any) -> Served:
            fake = FakeTime()
            copied(applied_site, tmp_path)
            url = stack.enter_context(serving(tmp_path, fake, retention_every_s=0.05, **settings))
            return stack.enter_context(contextlib.closing(Served(url, tmp_path, fake)))

        yield start


def files(served: Served, folder: str) -> list[Path]:
    return [path for path in (served.data / folder).glob("*/*") if path.is_file()]


def settle(served: Served, incident: str = "i-1") -> None:
    """Walk the incident's ticket to its end."""
    served.post(event(incident, "cleared"))
    [ticket] = [t for t in served.tickets() if t["hazard_id"] == incident]
    for command in ("accept", "close"):
        answer = served.client(Role.COMMAND_CENTRE).post(f"/tickets/{ticket['id']}/{command}")
    assert answer.json()["state"] == "closed", answer.text


def test_a_clip_is_deleted_from_the_disk_after_thirty_days(kept: Callable[..., Served], mp4: bytes) -> None:
    served = kept()
    served.post(event())
    put(served, mp4)
    served.time.pass_s(30 * _DAY_S - 60)
    time.sleep(0.2)
    assert len(files(served, "sealed")) == 1
    served.time.pass_s(120)
    until(lambda: not files(served, "sealed"))
    until(lambda: served.client(Role.OFFICER).get("/hazards/i-1/clips").json()["items"][0]["deleted_at"] is not None)
    answer = served.client(Role.OFFICER).post("/clips/i-1-raised/open", json=REASON)
    assert (answer.status_code, "retention" in answer.json()["detail"]) == (404, True)
    # A worker that was away for a month does not bring it back.
    assert put(served, mp4).status_code == 204
    assert not files(served, "sealed")


def test_each_kind_of_hazard_has_its_own_time(kept: Callable[..., Served], mp4: bytes) -> None:
    served = kept(retention_days=2, retention_days_by_hazard={"wiring": 90})
    served.post(event("i-1"), event("i-2", hazard="wiring"))
    put(served, mp4, "i-1-raised")
    put(served, mp4, "i-2-raised")
    served.time.pass_s(3 * _DAY_S)
    until(lambda: len(files(served, "sealed")) == 1)
    assert served.client(Role.OFFICER).post("/clips/i-2-raised/open", json=REASON).status_code == 200


def test_pictures_of_closed_tickets_go_and_those_of_open_ones_stay(kept: Callable[..., Served]) -> None:
    served = kept(retention_days=2)
    served.post(event("i-1"), event("i-2", still_jpeg=_other_picture()))
    settle(served, "i-1")
    served.time.pass_s(3 * _DAY_S)
    until(lambda: None in [t["still_url"] for t in served.tickets()])
    assert len(files(served, "evidence")) == 1
    stills = {t["hazard_id"]: t["still_url"] for t in served.tickets()}
    assert stills["i-1"] is None
    assert served.client(Role.COMMAND_CENTRE).get(stills["i-2"].removeprefix("/api/v1")).status_code == 200


def test_a_picture_that_another_ticket_shows_too_stays_on_the_disk(kept: Callable[..., Served]) -> None:
    served = kept(retention_days=2)
    served.post(event("i-1"), event("i-2"))  # the very same picture
    settle(served, "i-1")
    served.time.pass_s(3 * _DAY_S)
    until(lambda: next(t for t in served.tickets() if t["hazard_id"] == "i-1")["still_url"] is None)
    assert len(files(served, "evidence")) == 1
    [still] = [t["still_url"] for t in served.tickets() if t["hazard_id"] == "i-2"]
    assert served.client(Role.COMMAND_CENTRE).get(still.removeprefix("/api/v1")).status_code == 200


def test_files_that_nothing_names_are_swept_away_once_they_are_old(kept: Callable[..., Served], mp4: bytes) -> None:
    served = kept()
    served.post(event())
    put(served, mp4)
    [named] = files(served, "sealed")
    for name, age_s in (("old.mp4", 7200), ("torn.part", 7200), ("young.mp4", 0)):
        path = named.with_name(name)
        path.write_bytes(b"left behind by a crash")
        os.utime(path, (time.time() - age_s,) * 2)
    os.utime(named, (time.time() - 7200,) * 2)
    until(lambda: len(files(served, "sealed")) == 2)
    assert {path.name for path in files(served, "sealed")} == {named.name, "young.mp4"}


def test_deletions_are_in_the_trail(kept: Callable[..., Served], mp4: bytes) -> None:
    served = kept(retention_days=1)
    served.post(event())
    put(served, mp4)
    served.time.pass_s(2 * _DAY_S)
    until(lambda: not files(served, "sealed"))

    async def trail() -> list[tuple[str, str, str]]:
        async with offline(served.data) as database, database.reading() as session:
            assert (await audit.verify(session)).faults == ()
            return [(row.actor, row.action, row.subject) for row in reversed(await audit.newest(session, 9))]

    until(lambda: len(asyncio.run(trail())) == 2)
    assert asyncio.run(trail()) == [
        ("token:worker", "clip.sealed", "i-1-raised"),
        ("system", "clip.deleted", "i-1-raised"),
    ]


def _other_picture() -> str:
    return base64.b64encode(jpeg(80, 60)).decode()


def test_on_a_nearly_full_disk_events_are_taken_and_clips_wait_at_their_workers(
    kept: Callable[..., Served], mp4: bytes
) -> None:
    served = kept(clips_keep_free_gb=100_000)
    served.post(event())
    answer = put(served, mp4)
    assert (answer.status_code, "wait at their workers" in answer.json()["detail"]) == (503, True)
    assert not files(served, "sealed")
    assert len(served.tickets()) == 1


def test_a_persons_photo_goes_with_its_ticket(kept: Callable[..., Served]) -> None:
    served = kept()
    where = {"lon": 113.86, "lat": 27.63, "datum": "WGS-84"}
    photo = base64.b64encode(jpeg(320, 240)).decode()
    report = served.client(Role.GRID_WORKER).post(
        "/reports", json={"where": where, "kind": "rubbish", "photo_jpeg": photo}
    )
    ticket = f"/tickets/{report.json()['ticket_id']}"
    for command in ("accept", "close", "confirm"):
        answer = served.client(Role.COMMAND_CENTRE).post(f"{ticket}/{command}", json={"note": "taken away"})
        assert answer.status_code == 200, answer.text
    assert len(files(served, "evidence")) == 1
    served.time.pass_s(31 * _DAY_S)
    until(lambda: not files(served, "evidence"))
    centre = served.client(Role.COMMAND_CENTRE)  # the file goes first, the row after it
    until(lambda: centre.get("/reports").json()["items"][0]["photo_url"] is None)


def test_pictures_that_nothing_names_are_swept_and_no_others(kept: Callable[..., Served]) -> None:
    """A look's picture is on the disk before it is known that nobody asked for the look any more."""
    served = kept()
    served.post(event())
    [named] = files(served, "evidence")
    picture = base64.b64encode(jpeg(80, 60)).decode()
    look = {"incident_id": "nobody-asks", "captured_at": "2026-11-22T08:01:00Z", "sees": "there", "still_jpeg": picture}
    assert served.client(Role.WORKER).post("/worker/looks", json={"looks": [look]}).json() == {"decided": 0}
    assert len(files(served, "evidence")) == 2, "what has just come may be named in a moment"
    for path in files(served, "evidence"):
        os.utime(path, (time.time() - 7200,) * 2)
    until(lambda: files(served, "evidence") == [named])
