"""SIGKILL to the API and to PostgreSQL between any two steps, many times: nothing lost or doubled, the trail whole.

    python bench/crash_api.py [--rounds 200] [--database postgresql|sqlite] [--pause 2] [--seed 7]

Meanwhile workers send events and clips in order, each until it is acknowledged, a person accepts, settles and
confirms every ticket, and an officer opens sealed originals: all as their programs do, repeating what was not answered.
Each round kills the API, the database, or both, at a moment drawn at random, and starts them again. At the end the
books are compared: what was acknowledged is there once, what people did stands once in each ticket's history, every
clip opens, and `sanxun db check --deep` finds nothing.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from api.auth.roles import Role
from api.auth.tokens import make_token
from api.cli.processes import free_port
from api.site.offline import write_site
from bench.crash_actors import Actor, Officer, Person, Worker
from streams.decoding.encode import write_mp4
from streams.site import parse_site
from tests.api.house import SITE
from tests.api.postgres import Postgres, running
from tests.streams.builders import pictures


class Api:
    """`sanxun serve` on one port through all its lives."""

    def __init__(self, data: Path) -> None:
        self.port, self._data = free_port("127.0.0.1"), data
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "api.cli", "serve", "--data", str(self._data), "--port", str(self.port)]
        with (self._data / "api.log").open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log)

    def wait(self) -> None:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:  # it found no database: its supervisor would start it again
                self.start()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError("the API was not ready within 300 s")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=20)


def run(given: argparse.Namespace) -> dict[str, Any]:
    data, dice = Path(tempfile.mkdtemp(prefix="sanxun-crash-")), random.Random(given.seed)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, data, ignore_errors=True)
        server = stack.enter_context(running(durable=True)) if given.database == "postgresql" else None
        if server:
            (data / "sanxun.toml").write_text(f'database_url = "{server.url(server.new_database())}"\n')
        write_site(data, parse_site(SITE))
        tokens = {role: make_token(data, role) for role in (Role.WORKER, Role.COMMAND_CENTRE, Role.OFFICER)}
        write_mp4(data / "clip.mp4", pictures(25), fps=25, gop=25)
        mp4, stop, api = (data / "clip.mp4").read_bytes(), threading.Event(), Api(data)
        stack.callback(api.kill)
        api.start()
        api.wait()
        workers = [Worker(n, api.url, tokens[Role.WORKER], stop, mp4) for n in range(3)]
        person = Person(api.url, tokens[Role.COMMAND_CENTRE], stop)
        officer = Officer(api.url, tokens[Role.OFFICER], stop, workers, mp4)
        actors: list[Actor] = [*workers, person, officer]
        for actor in actors:
            actor.start()
        began, killed = time.monotonic(), rounds(given.rounds, given.pause, dice, api, server, actors)
        stop.set()
        for actor in actors:
            actor.join(timeout=120)
            assert not actor.is_alive(), f"{actor.name} did not end"
        faults = [actor.fault for actor in actors if actor.fault]
        faults += compare(api, tokens[Role.COMMAND_CENTRE], workers, person)
        checked = subprocess.run(
            [sys.executable, "-m", "api.cli", "db", "check", "--deep", "--data", str(data)],
            capture_output=True,
            text=True,
            check=False,
        )
        faults += [] if checked.returncode == 0 else [checked.stdout + checked.stderr]
        return {
            "database": given.database,
            "killed": dict(killed),
            "seconds": round(time.monotonic() - began),
            "events_acknowledged": sum(len(worker.sent) for worker in workers),
            "clips_sealed": sum(len(worker.clips) for worker in workers),
            "commands": sum(person.did.values()),
            "originals_opened": officer.opened,
            "requests_repeated": sum(actor.repeats for actor in actors),
            "check": checked.stdout.splitlines(),
            "faults": faults,
        }


def rounds(
    count: int, pause_s: float, dice: random.Random, api: Api, server: Postgres | None, actors: list[Actor]
) -> Counter[str]:
    killed: Counter[str] = Counter()
    for number in range(count):
        time.sleep(dice.uniform(0.05, pause_s))
        victim = dice.choice(("api", "database", "both")) if server else "api"
        killed[victim] += 1
        if victim in ("database", "both") and server:
            server.kill()
        if victim in ("api", "both"):
            api.kill()
        if victim in ("database", "both") and server:
            server.start()
        if victim in ("api", "both"):
            api.start()
        api.wait()
        if number % 20 == 19:
            print(f"{number + 1} rounds", file=sys.stderr, flush=True)
        if any(actor.fault for actor in actors):
            break
    return killed


def compare(api: Api, token: str, workers: list[Worker], person: Person) -> list[str]:
    """What is wrong between what the actors know and what the API says; a step may have been done unacknowledged."""
    faults: list[str] = []
    with httpx.Client(
        base_url=f"{api.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=60
    ) as client:
        tickets = list(everything(client, "/tickets"))
        hazards = {hazard["id"]: hazard for hazard in everything(client, "/hazards")}
    by_hazard = Counter(ticket["hazard_id"] for ticket in tickets)
    raised = {name.removesuffix("-raised") for worker in workers for name in worker.sent if name.endswith("-raised")}
    cleared = {name.removesuffix("-cleared") for worker in workers for name in worker.sent if name.endswith("-cleared")}
    check: Callable[[bool, str], None] = lambda good, words: None if good else faults.append(words)  # noqa: E731
    check(raised <= set(by_hazard), f"lost: {sorted(raised - set(by_hazard))[:5]}")
    check(len(set(by_hazard) - raised) <= len(workers), f"from nowhere: {sorted(set(by_hazard) - raised)[:5]}")
    check(not [h for h, times in by_hazard.items() if times > 1], "a hazard has two tickets")
    numbers = [ticket["number"] for ticket in tickets]
    check(len(numbers) == len(set(numbers)), "two tickets have one number")
    still_open = [name for name in cleared if hazards[name]["state"] != "cleared"] if cleared <= set(hazards) else ["?"]
    check(not still_open, f"an all-clear was lost: {still_open[:5]}")
    for ticket in tickets:
        commands = Counter(step["command"] for step in ticket["history"])
        # The all-clear stands once as the camera's word, and once more where it ends what was said to be done.
        for command, most in (("receive", 1), ("register", 1), ("clear", 2)):
            check(commands[command] <= most, f"{ticket['hazard_id']}: {command} stands {commands[command]} times")
        for command in ("accept", "close"):
            done = person.did[ticket["id"], command]
            check(commands[command] <= 1, f"{ticket['hazard_id']}: {command} stands {commands[command]} times")
            check(not done or commands[command] == 1, f"{ticket['hazard_id']}: {command} was answered and is lost")
    return faults


def everything(client: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    cursor: dict[str, str] = {}
    while True:
        page = client.get(path, params={"limit": 200, **cursor}).raise_for_status().json()
        yield from page["items"]
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--pause", type=float, default=2, help="at most so many seconds of work between two kills")
    parser.add_argument("--seed", type=int, default=7)
    found = run(parser.parse_args())
    print(json.dumps(found, indent=1, ensure_ascii=False))
    sys.exit(1 if found["faults"] else 0)


if __name__ == "__main__":
    main()
