"""PostgreSQL takes no NUL in text: what has one is refused, or found nowhere, and is no fault of the server."""

from __future__ import annotations

import pytest

from api.auth.roles import Role
from tests.api.house import Served, event


@pytest.mark.parametrize(
    "path", ["/tickets/%00", "/hazards/%00", "/reports/%00", "/whistles?ticket=%00", "/public/report-points/%00"]
)
def test_no_nul_in_a_path_is_a_server_error(shared: Served, path: str) -> None:
    assert shared.client(Role.COMMAND_CENTRE).get(path).status_code in (200, 404, 422)


def test_no_nul_in_a_note_is_a_server_error(served: Served) -> None:
    served.post(event())
    [ticket] = served.tickets()
    centre = served.client(Role.COMMAND_CENTRE)
    for command, body in (
        ("void", {"note": "a\0b"}),
        ("dispatch", {"unit": "we\0st"}),
        ("whistle", {"department": "\0", "note": "x"}),
    ):
        assert centre.post(f"/tickets/{ticket['id']}/{command}", json=body).status_code in (200, 422)
    mute = {"camera": "cam-1", "reason": "a\0b", "ends_at": "2026-11-22T10:00:00Z"}
    assert centre.post("/mutes", json=mute).status_code in (201, 422)
    point = {"name": "Hall", "lon": 113.86, "lat": 27.63, "datum": "WGS-84"}
    assert centre.post("/report-points", json=point).status_code == 201
    assert centre.post("/hazards/i-1/merge", json={"into": "\0", "reason": "\0"}).status_code in (404, 422)
    assert centre.post("/hazards/i-1/split", json={"reason": "\0"}).status_code in (409, 422)
