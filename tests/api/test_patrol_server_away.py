"""The server that keeps a flight's decisions is out of reach: nothing starts, and what has landed has landed."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.cli.patrol.over_http import ServersOperator, signed_in_at
from api.errors import Unavailable
from drone.qgc import to_plan
from tests.api.house import FakeTime, serving
from tests.api.stored import copied
from tests.drone.peers.plans import sweep
from tests.local import free_port


def test_without_its_server_nothing_starts_and_a_sentence_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SANXUN_PASSWORD", "whatever it is")
    path = tmp_path / "sweep.plan"
    path.write_text(to_plan(sweep(1)), encoding="utf-8")
    nobody = f"http://127.0.0.1:{free_port()}"
    fly = ["patrol", "fly", str(path), "--simulate", "--operator", "pilot", "--api", nobody]
    refused = CliRunner().invoke(app, fly)
    assert isinstance(refused.exception, Unavailable)
    assert f"out of reach: {nobody}" in str(refused.exception)
    assert not (tmp_path / "sweep.plan.flight.json").exists()


def test_a_flight_that_is_over_is_over_whether_its_server_hears_it_or_not(
    tmp_path: Path,
    applied_site: Path,
    passwords: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SANXUN_PASSWORD", passwords["pilot"])
    copied(applied_site, tmp_path)

    async def landed(url: str, server: ExitStack) -> None:
        async with signed_in_at(url, "pilot", "0" * 64) as operator:
            assert isinstance(operator, ServersOperator)
            operator.flight_id = "flight-1"
            await asyncio.to_thread(server.close)
            await operator.ended()

    with ExitStack() as server:
        asyncio.run(landed(server.enter_context(serving(tmp_path, FakeTime())), server))
    assert "cannot be told that flight flight-1 is over, end it there" in capsys.readouterr().err
