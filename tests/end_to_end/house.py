"""The real system in processes of its own: an RTSP server, the API and a worker, as an installation runs them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
from typer.testing import CliRunner

from api.cli.app import app
from api.cli.processes import free_port, wait_until_healthy

REPOSITORY = Path(__file__).resolve().parents[2]
T = TypeVar("T")


class House:
    """One data folder with an API and a worker on it, each of which may be killed and started again."""

    def __init__(self, data: Path, model: str) -> None:
        self.data, self.model = data, model
        self.port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port}"
        data.mkdir(parents=True)
        self.log = (data / "processes.log").open("ab")
        self.worker_token = self.sanxun("token", "create", "--role", "worker")
        self.clients: list[httpx.Client] = []
        self.serve: subprocess.Popen[bytes] | None = None
        self.watch: subprocess.Popen[bytes] | None = None

    def sanxun(self, *arguments: str) -> str:
        """Run a command on this data folder and return what it printed.

        In this process: another takes seconds to start. What stays, the API and the worker, have their own.
        """
        done = CliRunner().invoke(app, [*arguments, "--data", str(self.data)])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout.strip()

    def client(self, role: str) -> httpx.Client:
        token = self.sanxun("token", "create", "--role", role)
        client = httpx.Client(
            base_url=f"{self.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        )
        self.clients.append(client)
        return client

    def start_api(self) -> None:
        self.serve = self._start("serve", "--port", str(self.port))
        assert wait_until_healthy(self.url, self.serve), self.output()

    def start_worker(self, *, threads: int = 1) -> None:
        self.watch = self._start("watch", "--api", self.url, "--model", self.model, "--threads", str(threads))

    def kill(self, process: subprocess.Popen[bytes] | None) -> None:
        """SIGKILL: no goodbye, no flush."""
        assert process is not None
        process.kill()
        process.wait(timeout=60)

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        for process in (self.watch, self.serve):
            if process is not None and process.poll() is None:
                process.terminate()
        for process in (self.watch, self.serve):
            if process is not None:
                process.wait(timeout=120)
        self.log.close()

    def output(self) -> str:
        """All that the processes have written."""
        return (self.data / "processes.log").read_text(encoding="utf-8", errors="replace")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "api.cli", *arguments, "--data", str(self.data)],
            stdout=self.log,
            stderr=self.log,
            cwd=REPOSITORY,
            env={**os.environ, "SANXUN_TOKEN": self.worker_token},
        )


def wait_for(what: str, look: Callable[[], T | None], timeout_s: float, every_s: float = 0.2) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        found = look()
        if found:
            return found
        time.sleep(every_s)
    raise AssertionError(f"{what}: not within {timeout_s:g} s")


def items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """All rows of a listing, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = client.get(path, params={"limit": 200, **({"cursor": cursor} if cursor else {})})
        answer.raise_for_status()
        page = answer.json()
        rows += page["items"]
        cursor = page.get("next")
        if not cursor:
            return rows
