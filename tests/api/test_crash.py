"""The server killed in the middle of events: nothing accepted is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from api.auth.roles import Role
from api.auth.tokens import make_token
from api.site.offline import write_site
from streams.site import parse_site
from tests.api.house import SITE, event
from tests.local import free_port

# SANXUN_CRASH_ROUNDS=20 is what a release is tried with.
ROUNDS = int(os.environ.get("SANXUN_CRASH_ROUNDS", "2"))
INCIDENTS_PER_SENDER = 4 * ROUNDS
SENDERS = 3


class Server:
    """`uvicorn` in a process of its own, on one port through all its lives."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = os.environ | {"SANXUN_DATA": str(data)}

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:from_environment"]
        options = ["--port", str(self.port), "--log-level", "error"]
        self._process = subprocess.Popen(command + options, env=self._environment)
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/healthz", timeout=90, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError("the server did not come up within 240 s")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=60)


class Sender(threading.Thread):
    """Posts its events in order, in small requests, each until it is answered 200: what a worker's outbox does."""

    def __init__(self, number: int, url: str, token: str) -> None:
        super().__init__(daemon=True)
        self._url, self._token = url, token
        incidents = [f"s{number}-{n}" for n in range(INCIDENTS_PER_SENDER)]
        self.events = [event(i, change) for i in incidents for change in ("raised", "cleared")]
        self.acknowledged: list[str] = []
        self.retries = 0

    def run(self) -> None:
        left = list(self.events)
        with httpx.Client(headers={"Authorization": f"Bearer {self._token}"}, timeout=90, trust_env=False) as client:
            while left:
                batch = left[:3]
                try:
                    answer = client.post(f"{self._url}/api/v1/events", json={"events": batch})
                except httpx.HTTPError:
                    self.retries += 1
                    time.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    self.acknowledged += answer.json()["accepted"] + answer.json()["duplicates"]
                    left = left[3:]


@pytest.mark.timeout(500 + 60 * ROUNDS)
def test_killed_in_the_middle_of_events_it_loses_and_doubles_none(tmp_path: Path) -> None:
    write_site(tmp_path, parse_site(SITE))
    worker, centre = make_token(tmp_path, Role.WORKER), make_token(tmp_path, Role.COMMAND_CENTRE)
    server, dice = Server(tmp_path), random.Random(7)
    server.start()
    senders = [Sender(n, server.url, worker) for n in range(SENDERS)]
    killed_at: list[int] = []
    try:
        for sender in senders:
            sender.start()
        for _ in range(ROUNDS):
            time.sleep(dice.uniform(0.02, 0.3))
            server.kill()
            killed_at.append(sum(len(sender.acknowledged) for sender in senders))
            server.start()
        for sender in senders:
            sender.join(timeout=300)
            assert not sender.is_alive(), "a sender did not finish"
        check(server.url, centre, tmp_path, senders)
        check_polls(server.url, worker, centre)
    finally:
        server.kill()
    total = sum(len(sender.events) for sender in senders)
    assert killed_at[0] < total, "every kill came after the last event: the test has shown nothing"
    assert sum(sender.retries for sender in senders) > 0


def check(url: str, token: str, data: Path, senders: list[Sender]) -> None:
    sent = [body["event_id"] for sender in senders for body in sender.events]
    assert sorted(name for sender in senders for name in sender.acknowledged) == sorted(sent)
    incidents = sorted({body["incident_id"] for sender in senders for body in sender.events})
    with httpx.Client(
        base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=90
    ) as client:
        tickets = everything(client, "/tickets")
        hazards = everything(client, "/hazards")
        assert sorted(ticket["hazard_id"] for ticket in tickets) == incidents
        assert sorted(hazard["id"] for hazard in hazards) == incidents
        assert {hazard["state"] for hazard in hazards} == {"cleared"}
        for ticket in tickets:
            commands = [step["command"] for step in ticket["history"]]
            assert commands == ["receive", "register", "dispatch", "clear"]
            still = client.get(ticket["still_url"].removeprefix("/api/v1"))
            assert still.content.startswith(b"\xff\xd8\xff")
            assert still.content.endswith(b"\xff\xd9")
    assert stored_events(data) == sorted(sent)


def check_polls(url: str, worker: str, centre: str) -> None:
    """A server that found its database as it must be, and so migrated nothing, tells its polls of what is new."""

    def client(token: str) -> httpx.Client:
        return httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=90
        )

    with client(worker) as sender, client(centre) as poller:
        tags = {path: poller.get(path).headers["etag"] for path in ("/tickets", "/hazards", "/tickets/counts")}
        sender.post("/events", json={"events": [event("after-all")]}).raise_for_status()
        told = {path: poller.get(path, headers={"If-None-Match": tag}).status_code for path, tag in tags.items()}
        assert set(told.values()) == {200}, told


def everything(client: httpx.Client, path: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(path, params={"limit": 200, **cursor}).json()
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


def stored_events(data: Path) -> list[str]:
    import sqlite3

    database = sqlite3.connect(data / "sanxun.db")
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return sorted(row[0] for row in database.execute("SELECT event_id FROM event"))
    finally:
        database.close()
