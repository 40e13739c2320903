"""The worker's figures over real HTTP, read back as a scraper would."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics

from streams.metrics.record import Metrics
from streams.metrics.scrape import NotFigures, Scrape
from streams.metrics.server import MetricsServer, MetricsUnavailable
from tests.streams.test_metrics import full


@pytest.fixture
def metrics() -> Metrics:
    return full()


@pytest.fixture
def server(metrics: Metrics) -> Iterator[MetricsServer]:
    with MetricsServer(metrics) as running:
        yield running


@pytest.fixture
def client(server: MetricsServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=60) as made:
        yield made


def test_a_scrape_brings_what_was_recorded(client: httpx.Client, metrics: Metrics) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    first = Scrape.of(answer.text)
    assert first.value("sanxun_looks_total", camera="gate-1", outcome="gated") == 1
    metrics.look("gate-1", "gated")
    metrics.look("gate-1", "inferred")
    second = Scrape.of(client.get("/metrics").text)
    assert second.since(first).by("sanxun_looks_total", "outcome") == {"gated": 1, "inferred": 1}
    assert second.since(first).value("sanxun_pressure") == 0.25
    assert first.labels("sanxun_worker_info")["precision"] == "bf16"


def test_open_metrics_is_spoken_to_those_who_ask(client: httpx.Client) -> None:
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert "sanxun_stage_seconds" in {family.name for family in open_metrics(answer.text)}


def test_the_status_says_in_words_what_figures_cannot(client: httpx.Client) -> None:
    status = client.get("/status").json()
    assert (status["worker"], status["model"], status["provider"]) == ("house-1", "street-v4", "openvino")
    (camera,) = status["cameras"]
    assert (camera["camera"], camera["state"], camera["decoding"]) == ("gate-1", "live", "key frames")
    assert camera["since"] == "2026-05-04T03:02:01.000Z"


def test_other_paths_and_other_names_are_refused(client: httpx.Client) -> None:
    assert client.get("/").status_code == 404
    # A page of another site that has its own name lead to 127.0.0.1 sends that name.
    assert client.get("/metrics", headers={"Host": "attacker.example"}).status_code == 403
    assert client.get("/status", headers={"Host": "attacker.example:80"}).status_code == 403
    assert client.get("/status", headers={"Host": "localhost"}).status_code == 200


def test_it_listens_on_this_machine_alone(server: MetricsServer) -> None:
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.2", server.port)) != 0


def test_a_port_in_use_is_said(server: MetricsServer, metrics: Metrics) -> None:
    with pytest.raises(MetricsUnavailable, match=f"port {server.port} .* cannot be used"):
        MetricsServer(metrics, server.port)


def test_a_silent_connection_holds_up_nobody(server: MetricsServer, client: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as silent:
        silent.sendall(b"GET /met")
        assert client.get("/metrics").status_code == 200


def test_a_fault_of_the_figures_is_an_answer_not_a_hang(server: MetricsServer, client: httpx.Client) -> None:
    handler_metrics = Metrics()

    def broken() -> list[object]:
        raise RuntimeError("no cameras today")

    handler_metrics.attach(cameras=broken)  # type: ignore[arg-type]
    with MetricsServer(handler_metrics) as faulty:
        answer = httpx.get(faulty.url, trust_env=False, timeout=60)
    assert answer.status_code == 500
    assert "no cameras today" not in answer.text


def test_stopping_frees_the_port_and_leaves_no_thread(metrics: Metrics) -> None:
    server = MetricsServer(metrics)
    server.start()
    port = server.port
    with httpx.Client(trust_env=False, timeout=60) as client:
        assert client.get(server.url).status_code == 200
        server.stop()
        with pytest.raises(httpx.TransportError):  # also on a connection that the client would keep open
            client.get(server.url)
    assert not [thread for thread in threading.enumerate() if thread.name == "metrics"]
    MetricsServer(metrics, port).stop()


def test_what_is_not_figures_is_said() -> None:
    with pytest.raises(NotFigures, match="not Prometheus text"):
        Scrape.of("<html>sign in</html>")


def test_a_quantile_lies_within_its_bucket() -> None:
    metrics = Metrics()
    for _ in range(90):
        metrics.stage("infer", 0.025)
    for _ in range(10):
        metrics.stage("infer", 0.45)
    scrape = Scrape.of(generate_latest(metrics.registry).decode())
    assert scrape.quantile("sanxun_stage_seconds", 0.5, stage="infer") == pytest.approx(0.0256, abs=1e-3)
    assert scrape.quantile("sanxun_stage_seconds", 0.95, stage="infer") == pytest.approx(0.45)
    assert scrape.quantile("sanxun_stage_seconds", 0.5, stage="decode") is None


def test_beyond_the_last_bound_the_bound_is_all_that_is_known() -> None:
    metrics = Metrics()
    metrics.stage("acknowledge", 3600)
    scrape = Scrape.of(generate_latest(metrics.registry).decode())
    assert scrape.quantile("sanxun_stage_seconds", 0.5, stage="acknowledge") == 10


def test_a_worker_started_again_counts_from_nothing() -> None:
    before = Scrape.of("# TYPE sanxun_looks_total counter\nsanxun_looks_total 500\n")
    after = Scrape.of("# TYPE sanxun_looks_total counter\nsanxun_looks_total 8\n")
    assert after.since(before).value("sanxun_looks_total") == 8
