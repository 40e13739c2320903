"""`sanxun serve` and the account commands, as a person runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
from typer.testing import CliRunner

from api.auth.roles import Role
from api.cli import user as user_cli
from tests.api.house import Served, sign_in
from tests.local import free_port

runner = CliRunner()


def until_healthy(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert process.poll() is None, "sanxun serve ended by itself"
        try:
            if httpx.get(f"{url}/healthz", timeout=90, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError("sanxun serve did not answer within 240 s")


def test_serve_starts_on_an_empty_folder_and_ends_with_a_wall_open(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(tmp_path / "new"), "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    try:
        until_healthy(url, process)
        assert process.stderr is not None
        password = process.stderr.readline().split("admin ")[1].split()[0]
        with httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=60) as client:
            assert sign_in(client, "admin", password).json()["user"]["role"] == "administrator"
            with client.stream("GET", "/stream") as answer:
                lines = answer.iter_lines()
                assert next(lines)
                process.send_signal(signal.SIGTERM)
                assert list(lines) is not None
        said = process.communicate(timeout=60)[1]
        assert "graceful shutdown exceeded" not in said, "an open page held up the end"
        assert "Finished server process" in said
    finally:
        process.kill()
        process.communicate(timeout=60)


def test_accounts_are_made_listed_and_reset(served: Served) -> None:
    data = ["--data", str(served.data)]
    made = runner.invoke(
        user_cli.app, ["add", "wang", "--role", "grid-worker", "--grid", "east", "--name", "王", *data]
    )
    password = made.stdout.strip()
    client = served.client()
    assert sign_in(client, "wang", password).json()["user"]["grids"] == ["east"]
    assert [camera["id"] for camera in client.get("/cameras").json()["items"]] == ["cam-2"]
    assert "wang" in runner.invoke(user_cli.app, ["list", *data]).stdout
    renewed = runner.invoke(user_cli.app, ["reset", "wang", *data]).stdout.strip()
    assert client.get("/session").status_code == 401
    assert sign_in(client, "wang", renewed).status_code == 200
    for wrong in (["add", "wang", "--role", "grid-worker"], ["add", "li", "--role", "king"], ["reset", "nobody"]):
        assert runner.invoke(user_cli.app, [*wrong, *data]).exit_code == 2
    assert runner.invoke(user_cli.app, ["add", "w", "--role", Role.WORKER, *data]).exit_code == 2
