"""The server's figures: who may read them, and whether they are true."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from api.auth.roles import Role
from streams.delivery.events import utc_text
from streams.metrics.scrape import Scrape
from tests.api.house import PATIENCE_S, Served, event
from tests.conftest import REPOSITORY


def scrape(served: Served) -> Scrape:
    answer = served.client(Role.METRICS).get(f"{served.url}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return Scrape.of(answer.text)


def test_it_needs_a_token_even_from_this_machine(shared: Served) -> None:
    assert httpx.get(f"{shared.url}/metrics", trust_env=False, timeout=PATIENCE_S).status_code == 401
    assert shared.client(Role.GRID_WORKER).get(f"{shared.url}/metrics").status_code == 403


def test_a_token_for_figures_reads_nothing_else(shared: Served) -> None:
    client = shared.client(Role.METRICS)
    assert {client.get(path).status_code for path in ("/tickets", "/cameras", "/site", "/worker/site")} == {403}
    assert client.post("/events", json={"events": [event()]}).status_code == 403


def test_events_are_counted_once_with_their_age(served: Served) -> None:
    sent = event(captured_at=utc_text(served.time.at - timedelta(seconds=90)))
    before = scrape(served)
    served.post(sent)
    served.post(sent)
    after = scrape(served)
    added = after.since(before)
    assert added.by("sanxun_events_taken_total", "outcome") == {"accepted": 1, "duplicate": 1}
    assert added.value("sanxun_event_delay_seconds_count") == 1
    assert added.value("sanxun_event_delay_seconds_sum") == pytest.approx(90)
    assert added.value("sanxun_tickets", state="dispatched") == 1
    assert added.value("sanxun_hazards_open", hazard=sent["hazard"]) == 1


def test_requests_are_counted_by_route_and_never_by_path(served: Served) -> None:
    before = scrape(served)
    client = served.client(Role.COMMAND_CENTRE)
    for ticket in ("t-1", "t-2"):
        assert client.get(f"/tickets/{ticket}").status_code == 404
    assert client.get("/nowhere/at/all").status_code == 404
    added = scrape(served).since(before)
    wanted = {"method": "GET", "route": "read_ticket", "status": "4xx"}
    assert added.value("sanxun_http_requests_total", **wanted) == 2
    assert added.value("sanxun_http_request_seconds_count", route="read_ticket") == 2
    routes = added.by("sanxun_http_requests_total", "route")
    assert not [route for route in routes if "t-1" in route or "nowhere" in route]


@pytest.mark.parametrize("method", ["BREW", "get"], ids=["unknown", "lower"])
def test_a_made_up_method_makes_no_series_of_its_own(served: Served, method: str) -> None:
    httpx.request(method, f"{served.url}/healthz", trust_env=False, timeout=PATIENCE_S)
    methods = scrape(served).by("sanxun_http_requests_total", "method")
    assert not set(methods) - {"GET", "POST", "other"}


def test_cameras_are_counted_by_state(served: Served) -> None:
    assert scrape(served).by("sanxun_cameras", "state")["unknown"] == 3
    report = {"camera": "cam-1", "state": "live", "since": "2026-11-22T08:00:00.000Z"}
    body = {"worker": "w", "cameras": [report]}
    assert served.client(Role.WORKER).post("/worker/status", json=body).status_code == 200
    states = scrape(served).by("sanxun_cameras", "state")
    assert (states["live"], states["unknown"]) == (1, 2)
    served.time.pass_s(60)
    assert scrape(served).by("sanxun_cameras", "state")["unknown"] == 3


def test_every_metric_of_the_server_is_documented(served: Served) -> None:
    documented = (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8")
    served.post(event())
    names = {name.removesuffix("_bucket") for name in scrape(served).samples}
    names = {name for name in names if not name.endswith(("_sum", "_count", "_created"))}
    assert "sanxun_http_requests_total" in names
    assert not [name for name in sorted(names) if f"`{name}`" not in documented]
