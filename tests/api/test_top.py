"""`sanxun top --api` against a real server."""

from __future__ import annotations

import os
import subprocess
import sys

from api.auth.roles import Role
from streams.delivery.link import ApiLink
from tests.api.house import Served
from tests.api.test_cameras import HEALTH
from tests.conftest import REPOSITORY


def top(served: Served, role: Role) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "top", "--api", served.url, "--once"],
        cwd=REPOSITORY,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "SANXUN_TOKEN": served.token(role)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_api_is_asked_with_a_persons_token(served: Served) -> None:
    with ApiLink(served.url, served.token(Role.WORKER)) as link:
        link.post_status("house-1", "street-v4", [HEALTH], provider="openvino")
    shown = top(served, Role.COMMAND_CENTRE)
    assert shown.returncode == 0, shown.stderr
    assert "3 cameras (2 unknown, 1 live)" in shown.stdout
    assert "house-1" in shown.stdout
    assert shown.stdout.splitlines()[-1].split()[0] == "cam-1"
    assert str(HEALTH.because) in shown.stdout


def test_a_token_that_may_not_is_said_and_not_shown(served: Served) -> None:
    refused = top(served, Role.METRICS)
    assert refused.returncode == 1
    assert "not allowed (403)" in refused.stderr
    assert served.token(Role.METRICS) not in refused.stderr
