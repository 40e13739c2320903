"""The tour's own house: a folder, an API on it, accounts, and commands of the command line."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


class Tour:
    """The folder, the API, and who is signed in there."""

    def __init__(self, folder: Path, *, simulate: bool = False, stays: int = 0) -> None:
        self.folder, self.data, self.url = folder, folder / "data", ""
        self.simulate, self.stays = simulate, stays
        self.began_s = time.monotonic()
        self.passwords: dict[str, str] = {}
        self.environment: dict[str, str] = {}  # settings besides those of the folder, secrets too
        self.step = 0

    def say(self, title: str) -> None:
        self.step += 1
        print(f"\n[{time.monotonic() - self.began_s:5.0f} s] {self.step}. {title}", flush=True)

    def sanxun(self, *args: str, fails: bool = False, user: str = "", quiet: bool = False) -> str:
        """One command of the command line; its standard output."""
        if not quiet:
            print("  $ sanxun " + " ".join(arg.replace(f"{self.folder}/", "") for arg in args), flush=True)
        mine = {name: value for name, value in os.environ.items() if not name.startswith("SANXUN_")}
        mine |= self.environment
        mine |= {"SANXUN_DATA": str(self.data)} | ({"SANXUN_PASSWORD": self.passwords[user]} if user else {})
        command = [sys.executable, "-m", "api.cli", *args]
        done = subprocess.run(command, cwd=ROOT, env=mine, capture_output=True, text=True, timeout=400, check=False)
        if (done.returncode != 0) is not fails:
            raise SystemExit(
                f"sanxun {args[0]} ended with {done.returncode}: {done.stderr[-2000:]}{done.stdout[-500:]}"
            )
        return done.stdout

    @contextmanager
    def signed_in(self, user: str) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=60, trust_env=False) as api:
            told = {"username": user, "password": self.passwords[user]}
            api.post("/session", json=told).raise_for_status()
            yield api

    @contextmanager
    def served(self, port: int | None = None, trusted: ssl.SSLContext | None = None) -> Iterator[None]:
        """An API on the folder. `port` and `trusted`, whom its certificate is checked by, where its own file says
        that it speaks HTTPS there."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SANXUN_")}
        environment |= self.environment
        with (self.folder / "serve.log").open("w") as log:
            command = [
                sys.executable,
                "-m",
                "api.cli",
                "serve",
                "--data",
                str(self.data),
                "--port",
                str(port or free_port()),
            ]
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.url = f"{'https' if trusted else 'http'}://127.0.0.1:{command[-1]}"
        try:
            wait_for(self.url + "/readyz", server, trusted)
            yield
        finally:
            server.terminate()
            server.wait(20)


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen[bytes], trusted: ssl.SSLContext | None = None) -> None:
    for _ in range(120):
        try:
            if httpx.get(url, timeout=2, trust_env=False, verify=trusted or True).is_success:
                return
        except httpx.HTTPError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.5)
    raise SystemExit("the API did not come up; its log is serve.log in the folder that --keep names")
