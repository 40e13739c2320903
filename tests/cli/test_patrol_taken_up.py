"""A vehicle that is in the air is taken up again by the command: what kept the flight was killed, as in a power cut.

All of it runs as an operator runs it: `sanxun` in processes of its own, a vehicle behind a socket, kill -9.
"""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.audit.models import AuditRow
from api.auth.roles import Role
from api.auth.service import create_user
from api.house import offline
from api.kit.clock import Clock
from api.patrols.checklist import ITEMS
from drone.fly.errors import BadState
from drone.fly.kept import FlightState, read_state
from drone.qgc import to_plan
from tests.drone.peers.plans import sweep

WORD = "correct horse battery"
PLAN = sweep(1, row_m=80.0)
ON_A_ROW = 5  # of the mission's items


@dataclass
class Post:
    """An operator's folder: plan, checklist, accounts, and the flight that is kept."""

    folder: Path
    port: int

    @property
    def kept(self) -> Path:
        return self.folder / "flight.json"

    @property
    def state(self) -> FlightState:
        return read_state(self.kept)

    def begin(self, *words: object) -> Command:
        """A command of the operator's, at a terminal of its own."""
        link = ("--link", f"udp:127.0.0.1:{self.port}", "--operator", "li.wei", "--data", self.folder / "data")
        sure = ("--confirm", PLAN.hash[:6], "--json") if words[0] == "fly" else ("--json",)
        return Command(
            [sys.executable, "-m", "api.cli", "patrol", *map(str, (*words, *link, *sure, "--state", self.kept))]
        )

    def entries(self) -> list[str]:
        """The actions in the trail."""

        async def read() -> list[str]:
            async with offline(self.folder / "data") as database, database.reading() as session:
                found = await session.scalars(select(AuditRow).order_by(AuditRow.seq))
                return [row.action for row in found if row.action.startswith("patrol.")]

        return asyncio.run(read())


class Command:
    def __init__(self, words: list[str]) -> None:
        self._ours, theirs = pty.openpty()
        environment = os.environ | {"SANXUN_PASSWORD": WORD}
        self.process = subprocess.Popen(
            words, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
        )
        os.close(theirs)

    def types(self, line: str) -> None:
        os.write(self._ours, f"{line}\n".encode())

    def killed(self) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self._ours)

    def ended(self, within_s: float = 120.0) -> tuple[int, dict[str, Any], str]:
        """Exit status, what it printed, and what it said."""
        printed, said = self.process.communicate(timeout=within_s)
        os.close(self._ours)
        return self.process.returncode, json.loads(printed) if printed else {}, said


def until(true: Callable[[], bool], within_s: float = 60.0) -> None:
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        with suppress(BadState):
            if true():
                return
        time.sleep(0.05)
    raise AssertionError("it never was so")


@contextmanager
def copter(port: int, *, times: int, failsafe: bool) -> Iterator[list[dict[str, Any]]]:
    """A vehicle in its own process, and what it said happened."""
    said: list[dict[str, Any]] = []
    command = [sys.executable, "-m", "tests.drone.peers.copter_on_udp", str(port), str(times), str(int(failsafe))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield said
        finally:
            said += [json.loads(line) for line in process.communicate(timeout=60)[0].splitlines()]


@pytest.fixture
def post(tmp_path: Path) -> Post:
    (tmp_path / "market.plan").write_text(to_plan(PLAN), encoding="utf-8")
    (tmp_path / "checklist.json").write_text(json.dumps({item.value: True for item in ITEMS}), encoding="utf-8")
    (tmp_path / "data").mkdir(mode=0o700)

    async def people() -> None:
        async with offline(tmp_path / "data") as database, database.writing() as session:
            await create_user(session, Clock(), "li.wei", WORD, Role.DRONE_OPERATOR)

    asyncio.run(people())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return Post(tmp_path, free.getsockname()[1])


def sent_up(post: Post) -> Command:
    """A flight that has done some of its first row."""
    fly = post.begin("fly", post.folder / "market.plan", "--checklist", post.folder / "checklist.json")
    until(lambda: fly.process.poll() is not None or (post.state.stop is not None and post.state.stop.item >= ON_A_ROW))
    assert fly.process.poll() is None, fly.ended()
    return fly


def test_a_flying_vehicle_is_watched_on_paused_and_gone_on_with_by_later_commands(post: Post) -> None:
    """Killed while it flies, and again while it hovers in a pause: one take-off, one flight. Whoever takes up one that
    hovers and does not let it go on at once still tells it what to do."""
    with copter(post.port, times=4, failsafe=False) as said:
        sent_up(post).killed()
        first = post.state
        assert (first.stage, first.finished) == ("flying", False)
        second = post.begin("resume")
        until(lambda: post.state.at_s > first.at_s + 2.0)
        second.types("pause")
        until(lambda: post.state.stage == "paused")
        second.killed()
        third = post.begin("resume")
        third.types("not yet")  # it is watched, and told later
        third.types("resume")
        status, facts, told = third.ended()
    assert (status, facts["finished"], facts["stage"]) == (0, True, "landed"), told
    assert (facts["part"], facts["flight_id"]) == (1, first.flight_id)
    modes = [
        one["mode"] for one in said if one["armed"] and one["mode"] != "guided"
    ]  # guided: to arm, back to the stop
    assert modes == ["mission", "hold", "mission"]
    assert post.entries() == ["patrol.checklist", "patrol.start", "patrol.pause", "patrol.resume"]


def test_a_vehicle_that_came_home_while_nobody_watched_flies_the_rest(post: Post) -> None:
    """Without the operator's heartbeat an ArduCopter comes home: whoever takes it up sees it land, and sends it up
    again with what is left."""
    with copter(post.port, times=2, failsafe=True) as said:
        sent_up(post).killed()
        status, facts, told = post.begin("resume").ended()
        assert (status, facts["finished"], facts["stage"], facts["part"]) == (1, False, "landed", 1), told
        rest = post.begin("resume", "--checklist", post.folder / "checklist.json")
        rest.types(PLAN.hash[:6])  # the whole plan's, and what goes up is another
        status, facts, told = rest.ended()
        assert (status, facts) == (1, {})
        again = post.begin("resume", "--checklist", post.folder / "checklist.json")
        again.types(re.findall(r"up with this plan, type ([0-9a-f]{6})", told)[0])
        status, facts, told = again.ended()
    assert (status, facts.get("finished"), facts.get("part")) == (0, True, 2), told
    assert [one["armed"] for one in said].count(True) >= 2
