"""The typed client against a real server: lists to their end, problems as errors, repeats done once."""

from __future__ import annotations

import socket

import pytest

from api.auth.roles import Role
from api.client import Client, Problem, Unreachable
from tests.api.house import Served, event, jpeg


def test_a_program_works_through_its_tickets(served: Served) -> None:
    served.post(*(event(f"i-{number}") for number in range(5)))
    with Client(served.url, token=served.token(Role.GRID_WORKER)) as sanxun:
        found = list(sanxun.every(sanxun.list_tickets, limit=2))
        assert len({ticket["id"] for ticket in found}) == len(found) == len(served.tickets())
        ticket = sanxun.accept_ticket(ticket_id=found[0]["id"], body={"note": "on my way"})
        assert ticket["state"] == "working"
        assert sanxun.who_am_i()["role"] == "grid_worker"
        still = sanxun.read_hazard(hazard_id=ticket["hazard_id"])
        assert still["id"] == ticket["hazard_id"]


def test_a_refusal_is_an_error_that_tells(shared: Served) -> None:
    with Client(shared.url, token=shared.token(Role.GRID_WORKER)) as sanxun, pytest.raises(Problem) as caught:
        sanxun.read_ticket(ticket_id="none")
    assert (caught.value.status, caught.value.type) == (404, "urn:sanxun:problem:not-found")
    with Client(shared.url) as nobody, pytest.raises(Problem, match="Sign in first"):
        nobody.list_cameras()


def test_bytes_go_in_and_come_out(shared: Served) -> None:
    with Client(shared.url, token=shared.token(Role.WORKER)) as worker:
        worker.put_tile(camera="cam-1", content=jpeg(), x_captured_at="2026-11-22T08:00:00Z")


def test_nobody_there_is_told_after_the_tries() -> None:
    waits: list[float] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Client(url, tries=3, wait=waits.append) as sanxun, pytest.raises(Unreachable):
            sanxun.health()
    assert waits == [0.5, 1.0]
