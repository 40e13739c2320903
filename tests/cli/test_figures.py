"""Where a worker's figures are served, and how that is found."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from api.cli.figures import figures_served
from api.cli.top_source import ADDRESS_FILE, DEFAULT_METRICS_PORT, worker_url
from streams.metrics.record import Metrics
from streams.metrics.server import MetricsUnavailable


def test_the_folder_says_where_while_the_worker_runs(tmp_path: Path) -> None:
    with figures_served(Metrics(), 0, tmp_path) as server:
        assert worker_url(None, tmp_path) == server.url
        assert httpx.get(worker_url(None, tmp_path), trust_env=False, timeout=90).status_code == 200
    assert not (tmp_path / ADDRESS_FILE).exists()
    with pytest.raises(httpx.TransportError):
        httpx.get(server.url, trust_env=False, timeout=90)


def test_two_workers_of_a_machine_have_a_port_each(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    with figures_served(Metrics(), None, one), figures_served(Metrics(), None, other) as second:
        assert second.port != DEFAULT_METRICS_PORT
        for data in (one, other):
            assert httpx.get(worker_url(None, data), trust_env=False, timeout=90).status_code == 200


def test_a_port_that_was_asked_for_is_not_given_up_silently(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MetricsUnavailable, match=str(port)), figures_served(Metrics(), port, tmp_path):
            pass
    assert not (tmp_path / ADDRESS_FILE).exists()
