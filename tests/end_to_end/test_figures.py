"""The real system at work, seen through its figures: the worker's, the API's, and `sanxun top`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from streams.metrics.scrape import Scrape
from tests.end_to_end.house import House, wait_for
from tests.end_to_end.test_camera_to_ticket import site_toml


@pytest.mark.timeout(900)
def test_a_camera_at_work_is_in_every_figure(
    house: House, junction_loop: str, parked_van: dict[str, Any], tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(site_toml(junction_loop, parked_van["zone"]))
    house.start_api()
    house.sanxun("site", "apply", str(site))
    house.start_worker()
    address = house.data / "worker.metrics"
    wait_for("the worker's figures", address.exists, 240)

    def scrape() -> Scrape:
        return Scrape.of(httpx.get(address.read_text().strip(), trust_env=False, timeout=60).text)

    first = scrape()
    figures = wait_for("an event at the API", lambda: complete(scrape()), 300)
    assert figures.labels("sanxun_worker_info")["model"].startswith("yolo11n")
    assert figures.labels("sanxun_worker_info")["provider"]
    assert figures.value("sanxun_events_total", hazard="illegal_parking", change="raised") == 1
    assert figures.total("sanxun_looks_total", camera="cam-1", outcome="inferred") >= 1
    assert figures.value("sanxun_outbox_readable") == 1
    for stage in ("receive", "queue", "decode", "gate", "infer", "rules", "store", "acknowledge", "capture_to_event"):
        assert figures.value("sanxun_stage_seconds_count", stage=stage), stage
    within = figures.quantile("sanxun_stage_seconds", 0.5, stage="capture_to_acknowledged")
    assert within is not None
    assert within < 60
    assert figures.value("sanxun_camera_unknown_seconds_total", camera="cam-1", reason="not connected")
    assert figures.total("sanxun_dropped_total", reason="packets lost") == 0
    assert figures.since(first).value("process_cpu_seconds_total") is not None

    top = json.loads(house.sanxun("top", "--json"))
    (row,) = top["rows"]
    assert (row["camera"], row["codec"], row["resolution_wh"]) == ("cam-1", "h264", [960, 540])
    assert row["because"]
    assert top["cpu_percent"] > 0
    assert "capture_to_acknowledged" in top["stages_s"]
    token = house.sanxun("token", "create", "--role", "metrics")
    answer = httpx.get(
        f"{house.url}/metrics", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=60
    )
    api = Scrape.of(answer.text)
    assert api.total("sanxun_cameras") == 1
    assert api.value("sanxun_events_taken_total", outcome="accepted") == 1
    assert api.value("sanxun_tickets", state="dispatched") == 1


def complete(figures: Scrape) -> Scrape | None:
    """The figures, once an event has been stored and acknowledged and the camera is live; a busy machine may lose sight
    of it for a moment."""
    stages = ("capture_to_event", "capture_to_acknowledged")
    passed = all(figures.value("sanxun_stage_seconds_count", stage=stage) for stage in stages)
    return figures if passed and figures.value("sanxun_camera_state", camera="cam-1", state="live") else None
