"""Grid workers polling and events coming in, on PostgreSQL, with the load made on the same machine.

    python bench/tickets_load.py [--workers 5000] [--micro-grids 20000] [--tickets 1000000] [--seconds 120]
                                 [--events 50] [--servers 1] [--memory-every 5] [--keep FOLDER] [--json FILE]

Each worker keeps one connection and asks every 30 s for the open tickets of their micro-grids with If-None-Match, at
times of their own. Latency counts from the moment at which a poll was due, so that a server that falls behind cannot
hide it. With --events, that many hazards a second are sent in at cameras all over the town, and after each the worker
of its micro-grid polls until it is there: from sending the event to having read the ticket.

Under `memory` stands what each server holds, sampled all the while: the first and last sample, the most, and the slope
of the line through them, in MiB an hour, over the whole run and over its later half. In a run of minutes a slope of ten
MiB an hour is noise; `--seconds 3600` tells of less.

PostgreSQL is started for this in a folder of its own, as durable as it comes; the API is `sanxun serve`. Filling it
takes longer than the load: with --keep the town stays in that folder, and the next run begins from it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from api.auth.roles import Role
from api.auth.tokens import make_token
from api.cli.processes import free_port, wait_until_healthy
from bench.load_client import Client
from bench.load_town import LoadTown, Worker, build
from bench.memory import Sampler, children, resident_mb
from tests.api.house import event
from tests.api.postgres import Postgres

_OPEN = "&".join(f"state={state}" for state in ("dispatched", "working", "verifying", "returned", "suspended"))
_POLL = f"/api/v1/tickets?{_OPEN}&limit=50"
_SEEN_WITHIN_S = 15.0


@dataclass
class Figures:
    poll_s: list[float] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    seen_s: list[float] = field(default_factory=list)
    taken_s: list[float] = field(default_factory=list)
    lost: int = 0
    errors: int = 0
    late_most_s: float = 0.0


class Phone:
    """One worker's phone: a connection, and what it knows."""

    def __init__(self, worker: Worker, port: int) -> None:
        self.worker, self.page, self._tag = worker, b"", ""
        self._client = Client(port, worker.secret)
        self._turn = asyncio.Lock()

    async def poll(self) -> int:
        """The answer's status; `page` is what the phone shows then, whichever of its polls brought it."""
        async with self._turn:
            status, headers, body = await self._client.get(_POLL, self._tag)
            if status == 200:
                self._tag, self.page = headers["etag"], body
            return status

    def close(self) -> None:
        self._client.close()


async def keep_polling(phone: Phone, figures: Figures, first_s: float, every_s: float, until_s: float) -> None:
    due = first_s
    while due < until_s:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        figures.late_most_s = max(figures.late_most_s, time.monotonic() - due)
        try:
            status = await phone.poll()
        except (OSError, asyncio.IncompleteReadError):
            figures.errors += 1
        else:
            figures.poll_s.append(time.monotonic() - due)
            figures.answers[status] = figures.answers.get(status, 0) + 1
        due += every_s


async def keep_raising(
    sender: Client, town: LoadTown, phones: dict[str, Phone], figures: Figures, rate: float, span: tuple[float, float]
) -> None:
    """An event each 1/rate s, whatever has become of those before."""
    dice, due, number, open_tasks = random.Random(11), span[0], 0, set()
    run_id = uuid.uuid4().hex[:8]  # a kept town knows the incidents of the runs before
    cameras = sorted(town.camera_of)
    while due < span[1]:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        camera = dice.choice(cameras)
        incident = f"load-{run_id}-{number}"
        # Something at a place of its own in the picture and long after the last one there: no merge with another.
        body = event(incident, camera=camera, captured_at=_now(), began_at=_now(), still_jpeg=None)
        left, top = dice.uniform(0, 800), dice.uniform(0, 400)
        body["xyxy"] = [left, top, left + 40, top + 30]
        task = asyncio.create_task(raise_one(sender, body, phones.get(town.camera_of[camera]), figures, due))
        open_tasks.add(task)
        task.add_done_callback(open_tasks.discard)
        number, due = number + 1, due + 1 / rate
    await asyncio.gather(*open_tasks)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def raise_one(sender: Client, body: dict[str, Any], phone: Phone | None, figures: Figures, due: float) -> None:
    status, _, answer = await sender.post("/api/v1/events", json.dumps({"events": [body]}).encode())
    if status != 200:
        figures.errors += 1
        print(status, answer[:300], file=sys.stderr)
        return
    figures.taken_s.append(time.monotonic() - due)
    if phone is None:
        return
    wanted = f'"hazard_id":"{body["incident_id"]}"'.encode()
    while time.monotonic() - due < _SEEN_WITHIN_S:
        await phone.poll()
        if wanted in phone.page:
            figures.seen_s.append(time.monotonic() - due)
            return
        await asyncio.sleep(0.05)
    figures.lost += 1


class Senders:
    """Several connections of workers that send events, in turn."""

    def __init__(self, port: int, token: str, count: int) -> None:
        self._clients = [(Client(port, token), asyncio.Lock()) for _ in range(count)]
        self._next = 0

    async def post(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        self._next += 1
        client, turn = self._clients[self._next % len(self._clients)]
        async with turn:
            return await client.post(path, body)


async def load(ports: list[int], town: LoadTown, token: str, given: argparse.Namespace) -> Figures:
    figures = Figures()
    phones = [Phone(worker, ports[n % len(ports)]) for n, worker in enumerate(town.workers)]
    by_grid = {grid: phone for phone in phones for grid in phone.worker.grids}
    began = time.monotonic()
    await warm(phones)
    print(f"every phone has its first page after {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
    gc.collect()
    gc.freeze()  # or the load itself stops for a quarter of a second now and then
    dice, start = random.Random(7), time.monotonic() + 1
    span = (start, start + given.seconds)
    jobs = [
        keep_polling(phone, figures, start + dice.uniform(0, given.every), given.every, span[1]) for phone in phones
    ]
    if given.events:
        sender = Senders(ports[0], token, 16)
        jobs.append(keep_raising(sender, town, by_grid, figures, given.events, span))  # type: ignore[arg-type]
    await asyncio.gather(*jobs)
    for phone in phones:
        phone.close()
    return figures


async def warm(phones: list[Phone]) -> None:
    """The morning: everybody's first page, a few at a time."""
    waiting = list(reversed(phones))

    async def some() -> None:
        while waiting:
            assert await waiting.pop().poll() == 200

    await asyncio.gather(*(some() for _ in range(8)))


def share(values: list[float], part: float) -> float | None:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else None


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def postgres_cpu_s(server: Postgres) -> float:
    return sum(cpu_s(pid) for pid in children(server.pid))


def memory_of(servers: Sequence[subprocess.Popen[bytes]], postgres: Postgres, every_s: float) -> Sampler:
    """Of each server all that is resident; of PostgreSQL's processes together what they do not share."""
    reads: dict[str, Callable[[], float]] = {
        f"api_{n}": partial(resident_mb, server.pid) for n, server in enumerate(servers, 1)
    }
    reads["postgres_private"] = lambda: sum(resident_mb(pid, "RssAnon") for pid in children(postgres.pid))
    return Sampler(reads, every_s)


@contextmanager
def standing(keep: Path | None) -> Iterator[tuple[Path, Postgres]]:
    """A data folder, and the PostgreSQL that its settings name."""
    folder = keep.resolve() if keep else Path(tempfile.mkdtemp(prefix="sanxun-load-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # PostgreSQL is somebody else
    tuned = {"shared_buffers": "512MB", "max_wal_size": "2GB", "checkpoint_timeout": "15min"}
    server, data = Postgres(folder / "postgres", True, tuned), folder / "data"
    try:
        if new := not server.folder.exists():
            server.folder.mkdir()
            server.initialise()
        server.start()
        data.mkdir(exist_ok=True)
        if new:
            (data / "sanxun.toml").write_text(f'database_url = "{server.url(server.new_database())}"\n')
        yield data, server
    finally:
        server.stop()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def run(given: argparse.Namespace) -> dict[str, Any]:
    with standing(given.keep) as (data, server):
        began = time.monotonic()
        town = build(data, given.micro_grids, given.workers, given.tickets, given.cameras)
        token = make_token(data, Role.WORKER, name="load")
        print(f"the town stands after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        ports, servers = list[int](), list[subprocess.Popen[bytes]]()
        try:
            for _ in range(given.servers):
                ports.append(free_port("127.0.0.1"))
                command = [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", str(ports[-1])]
                servers.append(subprocess.Popen(command))
                assert wait_until_healthy(f"http://127.0.0.1:{ports[-1]}", servers[-1], 120)
            before = [cpu_s(one.pid) for one in servers], postgres_cpu_s(server)
            began = time.monotonic()
            with memory_of(servers, server, given.memory_every) as memory:
                figures = asyncio.run(load(ports, town, token, given))
            took = time.monotonic() - began
            return report(given, figures) | {
                "api_cores": [round((cpu_s(c.pid) - b) / took, 2) for c, b in zip(servers, before[0], strict=True)],
                "postgres_cores": round((postgres_cpu_s(server) - before[1]) / took, 2),
                "load_cores": round(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) / took, 2),
                "memory": memory.report(),
            }
        finally:
            for one in servers:
                one.terminate()
                one.wait(timeout=30)


def report(given: argparse.Namespace, figures: Figures) -> dict[str, Any]:
    def spread(values: list[float]) -> dict[str, float | int | None]:
        found = {f"p{int(part * 100)}": share(values, part) for part in (0.5, 0.95, 0.99)}
        milliseconds = {name: None if value is None else round(value * 1e3, 1) for name, value in found.items()}
        return {"count": len(values), **milliseconds, "max": round(max(values) * 1e3, 1) if values else None}

    return {
        "workers": given.workers,
        "micro_grids": given.micro_grids,
        "tickets": given.tickets,
        "servers": given.servers,
        "events_per_s": given.events,
        "poll_ms": spread(figures.poll_s),
        "answers": figures.answers,
        "event_taken_ms": spread(figures.taken_s),
        "event_seen_ms": spread(figures.seen_s),
        "events_never_seen": figures.lost,
        "errors": figures.errors,
        "load_behind_most_ms": round(figures.late_most_s * 1e3, 1),
    }


def allow_open_files(needed: int) -> None:
    """A connection for each worker here, and as many in the server, which inherits the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), max(hard, needed)))
    except ValueError:
        sys.exit(f"the load needs {needed} open files, {hard} are allowed: raise it (ulimit -Hn {needed}, as root)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=5000)
    parser.add_argument("--micro-grids", type=int, default=20_000)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--cameras", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--every", type=float, default=30, help="seconds between a worker's polls")
    parser.add_argument("--events", type=float, default=0, help="hazards a second")
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--memory-every", type=float, default=5, help="seconds between samples of resident memory")
    parser.add_argument("--keep", type=Path, help="a folder of a town that stays")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    allow_open_files(given.workers + 100)
    found = run(given)
    print(json.dumps(found, indent=1))
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
