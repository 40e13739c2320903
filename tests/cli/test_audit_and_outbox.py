"""The commands that look into the trail and into a worker's outbox."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from typer.testing import CliRunner

from api.audit import repository
from api.audit.chain import Entry
from api.cli.app import app
from api.house import offline
from streams.delivery.outbox import Outbox
from streams.evidence.shelf import CLIP, Shelf
from tests.streams.builders import START, event

run = CliRunner().invoke


def write_trail(data: Path, count: int) -> None:
    async def write() -> None:
        async with offline(data) as database, database.writing() as session:
            for number in range(count):
                entry = Entry(START, "li.wei", "officer", "clip.opened", f"event-{number}", f"case {number}")
                await repository.append(session, entry)

    asyncio.run(write())


def test_a_sound_trail_is_said_so_with_its_head(tmp_path: Path) -> None:
    write_trail(tmp_path, 3)
    found = run(app, ["audit", "verify", "--data", str(tmp_path)])
    assert found.exit_code == 0
    assert found.output.startswith("sound: 3 entries; head 3:")
    head = found.output.split("head ")[1].strip()
    write_trail(tmp_path, 2)
    assert run(app, ["audit", "verify", "--data", str(tmp_path), "--expect", head]).exit_code == 0
    listed = run(app, ["audit", "list", "--data", str(tmp_path), "--limit", "1"]).output
    assert "li.wei (officer)  clip.opened  event-1  case 1" in listed


def test_tampering_is_found_and_the_exit_status_says_so(tmp_path: Path) -> None:
    write_trail(tmp_path, 3)
    with closing(sqlite3.connect(tmp_path / "sanxun.db")) as db:
        db.execute("UPDATE audit SET reason = 'routine' WHERE seq = 2")
        db.commit()
    found = run(app, ["audit", "verify", "--data", str(tmp_path), "--json"])
    assert found.exit_code == 1
    assert json.loads(found.output)["faults"] == ["entry 2 was altered: its content does not fit its digest"]


def test_removing_the_newest_entries_is_found_against_the_noted_head(tmp_path: Path) -> None:
    write_trail(tmp_path, 3)
    head = run(app, ["audit", "verify", "--data", str(tmp_path)]).output.split("head ")[1].strip()
    with closing(sqlite3.connect(tmp_path / "sanxun.db")) as db:
        db.execute("DELETE FROM audit WHERE seq = 3")
        db.commit()
    assert run(app, ["audit", "verify", "--data", str(tmp_path)]).exit_code == 0
    found = run(app, ["audit", "verify", "--data", str(tmp_path), "--expect", head])
    assert found.exit_code == 1
    assert "entry 3" in found.output
    assert run(app, ["audit", "verify", "--data", str(tmp_path), "--expect", "3"]).exit_code == 2


def test_the_outbox_says_what_waits_and_lets_go_what_was_refused(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "worker.db")
    box.commit("cam-1", None, [event(number) for number in range(3)])
    box.quarantine(event(0).event_id, "422: events[0].zone is not usable")
    shelf = Shelf(tmp_path / "clips", keep_free_bytes=0)
    path = shelf.path_for(event(1).event_id, CLIP)
    path.write_bytes(b"video")
    (tmp_path / "clips" / "being-written.mp4.part").write_bytes(b"half")
    said = run(app, ["outbox", "status", "--data", str(tmp_path)]).output
    assert "2 events, 1 clips, 0 full-size pictures" in said
    assert "422: events[0].zone is not usable" in said
    assert (tmp_path / "clips" / "being-written.mp4.part").exists()
    counts = json.loads(run(app, ["outbox", "status", "--data", str(tmp_path), "--json"]).output)
    assert (counts["pending"], counts["quarantined"], counts["clips"]) == (2, 1, 1)
    assert f"the oldest since {counts['oldest_at']}" in said
    assert run(app, ["outbox", "release", "--data", str(tmp_path)]).output.startswith("1 events will be sent again")
    assert (box.counts().pending, box.counts().quarantined) == (3, 0)
    box.close()


def test_a_folder_without_an_outbox_is_said(tmp_path: Path) -> None:
    found = run(app, ["outbox", "status", "--data", str(tmp_path)])
    assert found.exit_code != 0
    assert "no worker has run" in str(found.exception)
    assert not list(tmp_path.iterdir())
