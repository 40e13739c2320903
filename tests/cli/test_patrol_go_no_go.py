"""Go or no-go at the terminal: the server's checklist, where there is no server."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.audit import repository as audit
from api.audit.models import AuditRow
from api.auth.roles import Role
from api.auth.service import create_user
from api.cli.app import app
from api.cli.patrol.go_no_go import cleared_to_go, read_answers
from api.cli.patrol.operator import Operator, signed_in
from api.errors import BadRequest, WrongState
from api.house import offline
from api.kit.clock import Clock
from api.patrols.checklist import ASKED, ITEMS
from drone.fly.flight import Flight
from drone.fly.kept import read_state
from drone.qgc import to_plan
from tests.drone.peers.plans import sweep
from tests.drone.peers.world import world

ALL_YES = {item.value: True for item in ITEMS}


def checklist(folder: Path, **other: object) -> Path:
    path = folder / "checklist.json"
    path.write_text(json.dumps({**ALL_YES, **other}), encoding="utf-8")
    return path


async def _alive() -> bool:
    return True


def answered(kept: Path, given: Any, operator: Operator | None = None) -> None:
    async def ask() -> None:
        async with world() as there:
            by = operator or Operator("li.wei", None, _alive)
            flight = Flight(await there.vehicle(), sweep(2), record=by.record, path=kept)
            await cleared_to_go(flight, by, given, asked=True)

    asyncio.run(ask())


def test_the_server_and_the_terminal_ask_for_the_same() -> None:
    assert tuple(ASKED) == ITEMS


def test_answers_of_a_file_are_kept_with_the_flight(tmp_path: Path) -> None:
    kept = tmp_path / "flight.json"
    answered(kept, read_answers(checklist(tmp_path, weather="yes: gusts of 6 m/s"), server=False))
    said = read_state(kept).checklist
    assert list(said) == list(ITEMS)
    assert said["weather"] == {"ok": True, "note": "gusts of 6 m/s", "by": "li.wei", "at": said["weather"]["at"]}
    assert said["weather"]["at"].endswith("Z")


def test_one_no_keeps_it_on_the_ground_and_says_which(tmp_path: Path) -> None:
    kept = tmp_path / "flight.json"
    with pytest.raises(WrongState, match=r"no-go.*battery is no \(swollen\)"):
        answered(kept, read_answers(checklist(tmp_path, battery="no: swollen"), server=False))
    assert read_state(kept).checklist["battery"]["ok"] is False
    assert read_state(kept).stage == "uploaded"


def test_each_item_is_asked_on_the_terminal_until_it_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "flight.json"
    typed = ["perhaps", "Y: new propellers", *["yes"] * (len(ITEMS) - 1)]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(typed) + "\n"))
    answered(kept, None)
    said = read_state(kept).checklist
    assert said["airframe"]["note"] == "new propellers"
    assert all(one["ok"] for one in said.values())
    told = capsys.readouterr().err
    assert "'perhaps' is neither yes nor no" in told
    assert all(words in told for words in ASKED.values())


def test_where_nobody_answers_nothing_flies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    with pytest.raises(WrongState, match=r"battery was not answered.*--checklist FILE"):
        answered(tmp_path / "flight.json", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "expected an object of airframe"),
        ("{", "expected JSON"),
        (json.dumps({"wings": True}), "answers what is not asked: wings"),
        (json.dumps({"airframe": True}), "leaves unanswered: battery"),
        (json.dumps({**ALL_YES, "link": "maybe"}), "link is 'maybe'"),
        (json.dumps({**ALL_YES, "link": 1}), "link is 1"),
    ],
    ids=["no object", "no JSON", "unknown", "missing", "neither", "a number"],
)
def test_a_file_that_is_no_checklist_is_refused_before_anything_else(tmp_path: Path, text: str, said: str) -> None:
    path, plan = tmp_path / "bad.json", tmp_path / "market.plan"
    path.write_text(text, encoding="utf-8")
    plan.write_text(to_plan(sweep(2)), encoding="utf-8")
    run = ["patrol", "fly", str(plan), "--link", "udp:127.0.0.1:0", "--checklist", str(path)]
    refused = CliRunner().invoke(app, run).exception
    assert isinstance(refused, BadRequest), refused
    assert said in str(refused)
    assert CliRunner().invoke(app, [*run, "--api", "http://127.0.0.1:1"]).exit_code == 2, "the server's own is asked"


def test_the_answers_stand_in_the_trail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANXUN_PASSWORD", "correct horse battery")
    data = tmp_path / "data"
    data.mkdir(mode=0o700)

    async def entry() -> AuditRow:
        async with offline(data) as database:
            async with database.writing() as session:
                await create_user(session, Clock(), "li.wei", "correct horse battery", Role.DRONE_OPERATOR)
            async with world() as there, signed_in("li.wei", data, simulate=False) as operator:
                flight = Flight(await there.vehicle(), sweep(2), record=operator.record)
                with pytest.raises(WrongState):
                    await cleared_to_go(flight, operator, {item: (item != "link", "") for item in ITEMS}, asked=True)
            async with database.writing() as session:
                return next(one for one in await audit.newest(session, 9) if one.action == "patrol.checklist")

    told = asyncio.run(entry())
    assert (told.actor, told.subject) == ("li.wei", sweep(2).hash)
    assert told.reason is not None
    assert told.reason.startswith("no_go: airframe yes")
    assert "link NO" in told.reason
