"""Child processes that are kept running: the API, the worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import BinaryIO

import httpx

_PAUSE_S = (0.5, 1.0, 2.0, 5.0, 10.0)  # before each restart in a row
_UNDER_PARENT = "SANXUN_UNDER_PARENT"
_WELL_S = 30.0  # a process that ran for so long had started well


@dataclass(slots=True)
class Child:
    """One child process: `arguments` follow the `sanxun` command. Secrets go in `environment`, never in arguments,
    which every user of the machine can read."""

    name: str
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    output: BinaryIO | None = None  # where its words go; None: where the parent's go
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    failures: int = 0
    retry_at_s: float = 0.0

    def start(self, now_s: float) -> None:
        command = [sys.executable, "-m", "api.cli", *self.arguments]
        # A session of its own: Ctrl-C reaches the parent alone, which then stops its children in order. The pipe on
        # standard input closes with the parent, however that ends: `end_with_parent` waits for it.
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **self.environment, _UNDER_PARENT: "1"},
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=self.output,
            stderr=self.output,
        )
        self.started_s = now_s


class Supervisor:
    """Starts children in order, restarts what dies, and stops all of them, last started first."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []

    def add(self, child: Child) -> None:
        child.start(time.monotonic())
        self._children.append(child)

    def run(self) -> None:
        """Until SIGINT, SIGTERM or SIGHUP, which arrive as `SystemExit` (see `exit_on_signals`)."""
        while True:
            self._tend(time.monotonic())
            time.sleep(0.2)

    def stop(self) -> None:
        for child in reversed(self._children):
            if child.process and child.process.poll() is None:
                child.process.terminate()
                try:
                    child.process.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()

    def _tend(self, now_s: float) -> None:
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                code, child.process = child.process.returncode, None
                child.failures = 0 if now_s - child.started_s > _WELL_S else child.failures + 1
                pause_s = _PAUSE_S[min(child.failures, len(_PAUSE_S) - 1)]
                child.retry_at_s = now_s + pause_s
                self._say(f"{child.name} ended with status {code}; starting it again in {pause_s:g} s")
            if child.process is None and now_s >= child.retry_at_s:
                child.start(now_s)


def free_port(host: str) -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def wait_until_healthy(base_url: str, process: subprocess.Popen[bytes] | None, timeout_s: float = 600.0) -> bool:
    """True as soon as the API of `process` answers; False when that process has ended, or not in time."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s and process is not None and process.poll() is None:
        try:
            if httpx.get(f"{base_url}/healthz", timeout=2, trust_env=False).status_code == 200:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    return False


def exit_on_signals() -> None:
    """From now on SIGINT, SIGTERM and SIGHUP raise `SystemExit`, so that `finally` blocks stop what was started."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)


def end_with_parent() -> None:
    """In a child of a `Supervisor`: stop when the parent is gone, also when it was killed without a word."""
    if os.environ.get(_UNDER_PARENT) != "1":
        return

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
