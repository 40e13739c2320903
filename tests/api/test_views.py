"""Who was given which picture is on record, by whichever door it left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.auth.roles import Role
from tests.api.house import Served, event, jpeg
from tests.api.test_false_alarms import exported, raise_with_still, report
from tests.api.test_suggestions import send
from tests.api.wall_socket import put, take, until_open, wall

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
AT = "2026-11-22T08:00:00.000Z"


def views(served: Served, path: str, role: Role = Role.AUDITOR) -> list[dict[str, Any]]:
    answer = served.client(role).get(f"{path}/views")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def live(by: str) -> dict[str, str]:
    return {"at": AT, "by": by, "role": by.removeprefix("token:"), "way": "live"}


def test_an_opened_tile_is_one_entry_however_many_pictures_it_shows(served: Served) -> None:
    with wall(served) as socket:
        socket.send(json.dumps({"open": ["cam-1", "made-up"]}))
        until_open(served, ["cam-1"])
        for n in range(3):
            put(served, jpeg(64 + 2 * n, 48))
            take(socket)
            socket.send(json.dumps({"ack": 0}))
        socket.send(json.dumps({"open": ["cam-2", "cam-1"]}))
        until_open(served, ["cam-1", "cam-2"])
        take(socket)  # the newest again, for the new layout
        assert views(served, "/cameras/cam-1") == [live("token:command_centre")], "it stayed open"
        assert views(served, "/cameras/cam-2") == [live("token:command_centre")]
        socket.send(json.dumps({"open": []}))
        socket.send(json.dumps({"open": ["cam-1"]}))
        take(socket)
    assert len(views(served, "/cameras/cam-1")) == 2, "closed and opened again"
    with wall(served, Role.OFFICER) as socket:
        socket.send(json.dumps({"open": ["cam-1"]}))
        put(served, jpeg(90, 60))
        take(socket)
    assert views(served, "/cameras/cam-1")[0]["by"] == "token:officer", "the newest first"
    assert views(served, "/cameras/cam-3") == []


def test_the_entry_is_there_before_the_picture(served: Served) -> None:
    put(served, jpeg())
    with wall(served) as socket:
        socket.send(json.dumps({"open": ["cam-1"]}))
        take(socket)
        assert views(served, "/cameras/cam-1") == [live("token:command_centre")]


def test_a_suggestions_picture_is_on_record_each_time_it_is_given(served: Served) -> None:
    send(served)
    path = "/cameras/cam-1/suggestion/picture.jpg"
    centre = served.client(Role.COMMAND_CENTRE)
    assert served.client(Role.COMMAND_CENTRE, "east").get(path).status_code == 404
    assert views(served, "/cameras/cam-1") == []
    for count in (1, 2):
        assert centre.get(path).status_code == 200
        found = views(served, "/cameras/cam-1")
        assert [(one["by"], one["way"]) for one in found] == [("token:command_centre", "suggestion")] * count


def test_each_picture_of_an_export_is_on_record(served: Served) -> None:
    tickets = [raise_with_still(served, f"i-{n}") for n in range(2)]
    served.post(event("kept"))
    [other] = [one for one in served.tickets() if one["hazard_id"] == "kept"]
    for ticket in tickets:
        report(served.client(Role.GRID_WORKER), ticket)
    exported(served, Role.OFFICER)
    for ticket in tickets:
        still = ticket["still_url"].removeprefix("/api/v1").removesuffix(".jpg")
        assert views(served, still) == [{"at": AT, "by": "token:officer", "role": "officer", "way": "export"}]
    assert views(served, other["still_url"].removeprefix("/api/v1").removesuffix(".jpg")) == []


@pytest.mark.parametrize(("role", "grids", "status"), [
    (Role.COMMAND_CENTRE, ("west",), 200),
    (Role.COMMAND_CENTRE, ("east",), 404),
    (Role.GRID_WORKER, ("west",), 403),
])  # fmt: skip
def test_who_looked_at_a_camera_is_told_to_few(shared: Served, role: Role, grids: tuple[str, ...], status: int) -> None:
    assert shared.client(role, *grids).get("/cameras/cam-1/views").status_code == status
    assert shared.client(Role.AUDITOR).get("/cameras/none/views").status_code == 404


def test_there_is_no_other_door_for_pictures() -> None:
    """A new one has to say here, and above, who was given what."""
    kinds = ("image/jpeg", "image/png", "video/mp4", "application/zip")
    doors = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        for answer in operation["responses"].values()
        if any(kind in answer.get("content", {}) for kind in kinds)
    }
    assert doors == {"evidence", "suggestion_picture", "export_false_alarms", "open_clip"}
