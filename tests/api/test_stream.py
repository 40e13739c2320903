"""The stream of news: what changed and where, to whom it concerns, and nothing of it twice."""

from __future__ import annotations

import json
from collections.abc import Iterator

from api.auth.roles import Role
from api.site.offline import write_site
from streams.site import parse_site
from tests.api.house import SITE, Served, event, sign_in


def server_sent(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, str]]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_the_stream_tells_of_hazards_tickets_and_cameras(served: Served) -> None:
    with served.client(Role.COMMAND_CENTRE).stream("GET", "/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        changes = server_sent(answer.iter_lines())
        assert next(changes) == ("resync", {"id": ""})
        served.post(event())
        [ticket] = served.tickets()
        assert [next(changes), next(changes)] == [("hazard", {"id": "i-1"}), ("ticket", {"id": ticket["id"]})]
        served.client(Role.GRID_WORKER).post(f"/tickets/{ticket['id']}/accept")
        assert next(changes) == ("ticket", {"id": ticket["id"]})
        status = {"camera": "cam-1", "state": "live", "since": "2026-11-22T08:00:00Z"}
        served.client(Role.WORKER).post("/worker/status", json={"worker": "w", "cameras": [status]})
        assert next(changes) == ("camera", {"id": "cam-1"})


def test_the_stream_ends_with_its_session_though_there_is_always_news(
    served: Served, passwords: dict[str, str]
) -> None:
    client = served.client()
    sign_in(client, "centre", passwords["centre"])
    with client.stream("GET", "/stream") as answer:
        changes = server_sent(answer.iter_lines())
        next(changes)
        served.post(event())
        assert [next(changes)[0], next(changes)[0]] == ["hazard", "ticket"]
        with served.client() as other:
            other.cookies = client.cookies
            assert other.delete("/session").status_code == 204
        served.time.pass_s(31)
        served.post(event("i-2"))
        assert list(changes) == []


def test_a_site_changed_by_a_command_is_told_when_the_workers_next_ask(served: Served) -> None:
    worker = served.client(Role.WORKER)
    worker.get("/worker/site")
    with served.client(Role.GRID_WORKER, "east").stream("GET", "/stream") as answer:
        changes = server_sent(answer.iter_lines())
        next(changes)
        write_site(served.data, parse_site(SITE.replace("East gate", "North gate")))
        worker.get("/worker/site")
        assert next(changes) == ("camera", {"id": ""})


def test_a_grid_worker_is_told_of_the_own_grids_alone(served: Served) -> None:
    with served.client(Role.GRID_WORKER, "east").stream("GET", "/stream") as answer:
        changes = server_sent(answer.iter_lines())
        next(changes)
        served.post(event("west"), event("east", camera="cam-2"))
        assert next(changes) == ("hazard", {"id": "east"})


def test_a_page_that_falls_behind_is_told_to_fetch_everything() -> None:
    from api.kit.scope import Scope
    from api.wall.bus import Bus

    bus = Bus()
    with bus.subscribed(Scope()) as slow:
        for n in range(1000):
            bus.publish("ticket", str(n), None)
        told = [slow.waiting.get_nowait() for _ in range(slow.waiting.qsize())]
    assert len(told) <= 256
    assert told[0].topic == "resync"
    assert told[-1].id == "999"
