"""`sanxun top` against a real worker endpoint and a real API: in a pipe, and in a terminal of 80 columns."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from api.cli.top_board import Reading, board
from api.cli.top_source import ADDRESS_FILE, worker_url
from api.cli.top_view import Page
from streams.delivery.outbox import OutboxCounts
from streams.health.meter import CameraHealth, CameraState
from streams.metrics.record import Identity, Metrics
from streams.metrics.scrape import Scrape
from streams.metrics.server import MetricsServer, status_json
from tests.conftest import REPOSITORY
from tests.streams.test_metrics import LIVE

DOWN = replace(
    LIVE,
    camera="gate-9",
    state=CameraState.DOWN,
    decoding=None,
    fps=None,
    resolution_wh=None,
    fault=None,
    error="no route to host",
)
WELL = replace(LIVE, codec="h264", because="a key frame every 2 s for a look every 2 s", unknown_s=0.5, fault=None)


def worker(cameras: Sequence[CameraHealth]) -> Metrics:
    metrics = Metrics()
    metrics.identify(Identity("house-1", "street-v4", "openvino", "bf16"))
    metrics.attach(cameras=lambda: cameras, outbox=lambda: OutboxCounts(4, 1, 2, 0))
    for camera in cameras:
        metrics.look(camera.camera, "gated")
    metrics.look(cameras[0].camera, "inferred")
    metrics.stage("infer", 0.031)
    metrics.pressure(0.5)
    return metrics


def sanxun(*arguments: str, columns: int = 200, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_one_table_says_who_how_and_why() -> None:
    with MetricsServer(worker([WELL, DOWN])) as server:
        shown = sanxun("top", "--url", server.url, "--once")
    assert shown.returncode == 0, shown.stderr
    head, *rest = shown.stdout.splitlines()
    assert "house-1" in head
    assert "street-v4 on openvino bf16" in head
    text = "\n".join(rest)
    assert "2 cameras (1 down, 1 live)" in text
    assert "pressure 0.5" in text
    assert "outbox 4 waiting, 1 set aside" in text
    assert "infer" in text
    first, second = rest[-2:]
    assert first.split()[:2] == ["gate-9", "down"]
    assert "no route to host" in first
    assert "h264 1920×1080 25" in second
    assert "key frames" in second
    assert "a key frame every 2 s for a look every 2 s" in second


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    many = [replace(WELL, camera=f"a-camera-with-a-long-name-{i}", unknown_s=123_456) for i in range(200)]
    with MetricsServer(worker(many)) as server:
        shown = sanxun("top", "--url", server.url, "--once", columns=columns)
    lines = shown.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    assert len([line for line in lines if line.startswith("a-camera")]) == 200
    assert "LOOKS/S" in shown.stdout  # no column gave way


def test_json_is_the_same_for_programs() -> None:
    with MetricsServer(worker([WELL, DOWN])) as server:
        shown = sanxun("top", "--url", server.url, "--json", "--limit", "1")
    told = json.loads(shown.stdout)
    assert (told["worker"], told["provider"], told["outbox"]) == (
        "house-1",
        "openvino",
        {"pending": 4, "quarantined": 1},
    )
    assert [row["camera"] for row in told["rows"]] == ["gate-9"]
    assert told["gated_share"] == pytest.approx(2 / 3)


def test_a_worker_that_is_not_there_is_said_in_a_sentence() -> None:
    shown = sanxun("top", "--url", "http://127.0.0.1:9/metrics", "--once")
    assert shown.returncode == 1
    assert shown.stderr.startswith("sanxun: http://127.0.0.1:9: ConnectError")
    assert "Traceback" not in shown.stderr


def test_a_worker_says_in_its_folder_where_it_is(tmp_path: Path) -> None:
    assert worker_url(None, tmp_path) == "http://127.0.0.1:9464/metrics"
    (tmp_path / ADDRESS_FILE).write_text("http://127.0.0.1:1234/metrics\n")
    assert worker_url(None, tmp_path) == "http://127.0.0.1:1234/metrics"
    assert worker_url("http://127.0.0.1:1/metrics", tmp_path) == "http://127.0.0.1:1/metrics"


def reading(metrics: Metrics) -> Reading:
    from prometheus_client import generate_latest

    text = generate_latest(metrics.registry).decode()
    status = status_json(metrics)
    return Reading(tuple(json.loads(json.dumps(status["cameras"]))), Scrape.of(text), worker=status["worker"])


def test_rates_are_of_the_time_between_two_readings() -> None:
    cameras = [WELL]
    metrics = worker(cameras)
    before = reading(metrics)
    for _ in range(6):
        metrics.look("gate-1", "gated")
    metrics.look("gate-1", "inferred")
    metrics.look("gate-1", "unknown")
    metrics.stage("queue", 0.002)
    cameras[0] = replace(WELL, unknown_s=2.5)
    shown = board(reading(metrics), before, 4.0)
    (row,) = shown.rows
    assert (row.looks_per_s, row.gated_share) == (2.0, pytest.approx(6 / 7))
    assert row.unknown_share == pytest.approx(0.5)
    assert shown.inferences_per_s == 0.25
    assert set(shown.stages_s) == {"queue"}  # nothing was inferred in this time


def test_the_worst_comes_first() -> None:
    stalled = replace(WELL, camera="b", state=CameraState.STALLED)
    blind = replace(WELL, camera="c", unknown_s=900.0)
    faulty = replace(WELL, camera="d", fault="frozen")
    shown = board(reading(worker([WELL, faulty, blind, stalled, DOWN])), None, 10.0)
    assert [row.camera for row in shown.rows] == ["gate-9", "b", "c", "d", "gate-1"]


@pytest.mark.parametrize(
    ("first", "by", "rows", "found"),
    [(0, 1, 200, 20), (180, 1, 200, 180), (0, -1, 200, 0), (190, 0, 200, 180), (40, 0, 5, 0), (0, 1, 0, 0)],
    ids=["on", "at the end", "at the beginning", "never beyond", "cameras went", "none"],
)
def test_pages_stay_within_the_cameras(first: int, by: int, rows: int, found: int) -> None:
    assert Page(first, 20).turned(by, rows).first == found


class Terminal:
    """`sanxun top` on a real terminal of 80 columns and 24 lines."""

    def __init__(self, *arguments: str) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=REPOSITORY,
            env={**environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.seen = ""

    def until(self, text: str, timeout_s: float = 30) -> str:
        """What came up to and with `text`."""
        deadline_s = time.monotonic() + timeout_s
        while text not in self.seen:
            left_s = deadline_s - time.monotonic()
            assert left_s > 0, f"{text!r} did not come; the end of what did: {self.seen[-3000:]!r}"
            if select.select([self.ours], [], [], left_s)[0]:
                try:
                    self.seen += os.read(self.ours, 65536).decode(errors="replace")
                except OSError:  # the other side is closed
                    assert text in self.seen, f"it ended: {self.seen[-3000:]!r}"
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def press(self, key: str) -> None:
        os.write(self.ours, key.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait(60)
        os.close(self.ours)


@pytest.fixture
def two_hundred() -> Iterator[MetricsServer]:
    cameras = [replace(WELL, camera=f"cam-{i:03}") for i in range(200)]
    with MetricsServer(worker(cameras)) as server:
        yield server


def test_a_terminal_turns_pages_and_ends_with_q(two_hundred: MetricsServer) -> None:
    with closing(Terminal("top", "--url", two_hundred.url, "--every", "60")) as terminal:
        first = terminal.until("of 200, the worst first")
        assert "cam-000" in first
        shown = first.count("cam-0")
        assert 12 <= shown <= 20
        assert f"1–{shown} of 200" in first
        terminal.press("n")
        assert f"{shown + 1}–{2 * shown} of 200" in terminal.until("of 200, the worst first")
        terminal.press("p")
        assert re.search(rf"\D1–{shown} of 200", terminal.until("of 200, the worst first"))
        terminal.press("q")
        assert terminal.process.wait(60) == 0


def test_a_worker_that_goes_away_is_said_and_one_that_returns_is_shown() -> None:
    metrics = worker([WELL])
    server = MetricsServer(metrics)
    server.start()
    port = server.port
    with closing(Terminal("top", "--url", server.url, "--every", "0.5")) as terminal:
        terminal.until("of 1, the worst first")
        server.stop()
        terminal.until("ConnectError")
        with MetricsServer(metrics, port):
            terminal.until("1–1 of 1")
            terminal.press("q")
            assert terminal.process.wait(60) == 0
