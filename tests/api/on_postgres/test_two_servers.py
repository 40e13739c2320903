"""Two servers take the same words at the same moment, and each thing happens once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from typer.testing import CliRunner

from api.auth.roles import Role
from api.cli import seal
from tests.api.clips import verdict
from tests.api.house import Served, event, serving

runner = CliRunner()


@contextmanager
def beside(served: Served) -> Iterator[Served]:
    """A second server on the same database and folder."""
    with serving(served.data, served.time) as url:
        other = Served(url, served.data, served.time, _tokens=dict(served._tokens))
        try:
            yield other
        finally:
            other.close()


def all_at_once(*work: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(work)) as pool:
        return [each.result(60) for each in [pool.submit(step) for step in work]]


def test_two_servers_take_each_event_once_and_fork_no_trail(filled: Served, mp4: bytes) -> None:
    """The same events to both at the same moment, half of them the all-clear of the other half."""
    for role in (Role.WORKER, Role.OFFICER, Role.COMMAND_CENTRE):
        filled.token(role)
    with beside(filled) as other:
        bodies = [event(f"both-{n}", change) for n in range(6) for change in ("raised", "cleared")]

        def send(house: Served, order: int) -> list[dict[str, Any]]:
            return [house.post(body) for body in bodies[::order]]

        def look(house: Served) -> list[int]:
            client = house.client(Role.OFFICER)
            return [
                client.post("/clips/i-2-raised/open", json={"reason": "both at once"}).status_code for _ in range(5)
            ]

        first, second, *looks = all_at_once(
            lambda: send(filled, 1), lambda: send(other, -1), lambda: look(filled), lambda: look(other)
        )
        accepted = [name for answer in first + second for name in answer["accepted"]]
        assert sorted(accepted) == sorted(body["event_id"] for body in bodies)
        assert looks == [[200] * 5, [200] * 5]
        mine = [t for t in filled.tickets() if t["hazard_id"].startswith("both-")]
        assert sorted(t["hazard_id"] for t in mine) == sorted({body["incident_id"] for body in bodies})
        assert {t["hazard_state"] for t in mine} == {"cleared"}
        assert [t["number"] for t in other.tickets()] == [t["number"] for t in filled.tickets()]
    assert verdict(filled.data).faults == ()


def test_two_people_accept_a_ticket_at_two_servers_and_one_holds_it(filled: Served) -> None:
    filled.post(event("race", captured_at="2026-11-22T09:30:00.000Z"))
    [ticket] = [t for t in filled.tickets() if t["hazard_id"] == "race"]
    for role in (Role.GRID_WORKER, Role.COMMAND_CENTRE):
        filled.token(role)
    with beside(filled) as other:
        path, tag = f"/tickets/{ticket['id']}/accept", {"If-Match": f'"{ticket["version"]}"'}
        one, two = filled.client(Role.GRID_WORKER), other.client(Role.COMMAND_CENTRE)
        answers = all_at_once(
            lambda: one.post(path, json={}, headers=tag), lambda: two.post(path, json={}, headers=tag)
        )
        assert sorted(answer.status_code // 100 for answer in answers) == [2, 4]


def test_a_poll_is_unchanged_until_any_server_changes_its_place(filled: Served, passwords: dict[str, str]) -> None:
    with beside(filled) as other:
        phone = other.client()
        signed = phone.post("/session", json={"username": "grid1", "password": passwords["grid1"]})
        assert signed.status_code == 200
        tag = phone.get("/tickets?limit=5").headers["etag"]
        for _ in range(3):
            again = phone.get("/tickets?limit=5", headers={"If-None-Match": tag})
            assert (again.status_code, again.headers["etag"]) == (304, tag)
            assert "private" in again.headers["cache-control"]
        filled.post(event("news", captured_at="2026-11-22T11:00:00.000Z"))
        news = phone.get("/tickets?limit=5", headers={"If-None-Match": tag})
        assert (news.status_code, news.json()["items"][0]["hazard_id"]) == (200, "news")
        phone.delete("/session")
        phone.cookies.clear()
        token = signed.cookies["sanxun_session"]
        gone = phone.get("/tickets?limit=5", headers={"If-None-Match": tag, "Authorization": f"Bearer {token}"})
        assert gone.status_code == 401, "who has signed out is told nothing, not even that nothing has changed"


def test_the_keys_change_beside_a_running_server(filled: Served, mp4: bytes) -> None:
    data = ["--data", str(filled.data)]
    assert runner.invoke(seal.app, ["rotate", *data]).exit_code == 0
    shown = runner.invoke(seal.app, ["status", *data]).output
    assert [line.split()[-2] for line in shown.splitlines()[1:]] == ["0", "1"]
    opened = filled.client(Role.OFFICER).post("/clips/i-2-raised/open", json={"reason": "after the change"})
    assert opened.content == mp4
