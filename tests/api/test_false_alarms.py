"""A false alarm: reported on the spot, judged by the command centre, handed out as pictures to train on."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from api.audit import repository
from api.auth.roles import Role
from api.cli.models import false_alarms as command
from api.cli.models.false_alarms import NoFalseAlarms, _unpack, fetch_false_alarms
from api.house import offline
from models.train.folders import background_of
from tests.api.house import Served, event, jpeg


def report(client: httpx.Client, ticket: dict[str, Any], reason: str = "nothing_there", **more: Any) -> httpx.Response:
    return client.post(f"/tickets/{ticket['id']}/false-alarm", json={"reason": reason, **more})


def raise_with_still(served: Served, incident: str, **changes: Any) -> dict[str, Any]:
    still = base64.b64encode(jpeg(640, 360)).decode()
    served.post(event(incident, still_jpeg=still, source_wh=[1280, 720], xyxy=[100, 100, 500, 300], **changes))
    return next(one for one in served.tickets() if one["hazard_id"] == incident)


def exported(served: Served, role: Role = Role.COMMAND_CENTRE, **query: Any) -> zipfile.ZipFile:
    answer = served.client(role).get("/false-alarms/export", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    return zipfile.ZipFile(io.BytesIO(answer.content))


def lines(archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read("false_alarms.jsonl").decode().splitlines()]


def test_a_report_waits_for_the_command_centre(served: Served) -> None:
    served.post(event())
    [ticket] = served.tickets(Role.GRID_WORKER)
    assert ticket["false_alarm_reasons"] == ["nothing_there", "other_thing", "allowed", "gone"]
    worker = served.client(Role.GRID_WORKER)
    told = report(worker, ticket, note="the shadow of a tree").json()
    assert (told["state"], told["assignee"], told["false_alarm_reasons"]) == ("verifying", "token:grid_worker", [])
    assert told["history"][-1]["note"] == "nothing_there: the shadow of a tree"
    assert report(worker, ticket).json() == told
    centre = served.client(Role.COMMAND_CENTRE)
    closed = centre.post(f"/tickets/{ticket['id']}/confirm", json={"note": "seen on the picture"}).json()
    assert closed["state"] == "closed"
    assert report(worker, ticket).json()["version"] == closed["version"]


def test_the_cameras_all_clear_does_not_judge_a_report(served: Served) -> None:
    served.post(event())
    [ticket] = served.tickets(Role.GRID_WORKER)
    report(served.client(Role.GRID_WORKER), ticket)
    served.post(event(change="cleared"))
    [after] = served.tickets(Role.GRID_WORKER)
    assert (after["state"], after["history"][-1]["note"]) == ("verifying", "the camera sees the place free")


def test_what_was_closed_otherwise_cannot_be_reported(served: Served) -> None:
    served.post(event())
    [ticket] = served.tickets()
    worker = served.client(Role.GRID_WORKER)
    worker.post(f"/tickets/{ticket['id']}/accept")
    worker.post(f"/tickets/{ticket['id']}/close")
    assert report(worker, ticket).status_code == 409


def test_a_report_needs_one_of_the_reasons(served: Served) -> None:
    served.post(event())
    [ticket] = served.tickets()
    worker = served.client(Role.GRID_WORKER)
    assert report(worker, ticket, reason="boring").status_code == 422
    assert worker.post(f"/tickets/{ticket['id']}/false-alarm").status_code == 422


def test_reports_are_handed_out_as_a_set_to_train_on(served: Served) -> None:
    worker = served.client(Role.GRID_WORKER)
    shadow, permitted = raise_with_still(served, "i-1"), raise_with_still(served, "i-2")
    report(worker, shadow, note="Mr Li says it is a shadow")
    report(worker, permitted, reason="allowed")
    archive = exported(served)
    first, second = f"ticket-{shadow['number']}", f"ticket-{permitted['number']}"
    assert set(archive.namelist()) == {
        "README.txt",
        "classes.txt",
        "false_alarms.jsonl",
        f"pictures/{first}.jpg",
        f"pictures/{second}.jpg",
        f"images/{first}.jpg",
        f"labels/{first}.txt",
    }
    assert archive.read(f"labels/{first}.txt") == b""
    crop = cv2.imdecode(np.frombuffer(archive.read(f"images/{first}.jpg"), np.uint8), cv2.IMREAD_COLOR)
    assert crop.shape[:2] == (
        120,
        240,
    )  # 400 × 200 px of 1280 × 720, a tenth more on each side, in a still of 640 × 360
    told = {one["ticket"]: one for one in lines(archive)}
    assert told[shadow["number"]]["background"]
    assert not told[permitted["number"]]["background"]
    assert told[shadow["number"]]["xyxy"] == pytest.approx([100 / 1280, 100 / 720, 500 / 1280, 300 / 720])
    assert "Mr Li" not in archive.read("false_alarms.jsonl").decode()


def test_what_the_centre_sent_back_is_no_false_alarm(served: Served) -> None:
    ticket = raise_with_still(served, "i-1")
    report(served.client(Role.GRID_WORKER), ticket)
    centre = served.client(Role.COMMAND_CENTRE)
    assert [one["number"] for one in centre.get("/false-alarms").json()["items"]] == [ticket["number"]]
    centre.post(f"/tickets/{ticket['id']}/return", json={"note": "a car, look again"})
    assert centre.get("/false-alarms").json()["items"] == []
    assert lines(exported(served)) == []
    report(served.client(Role.GRID_WORKER), ticket, reason="gone")
    assert [one["reason"] for one in centre.get("/false-alarms").json()["items"]] == ["gone"]


def test_the_list_comes_in_pages_and_from_a_time_on(served: Served) -> None:
    worker, centre = served.client(Role.GRID_WORKER), served.client(Role.COMMAND_CENTRE)
    for incident in ("i-1", "i-2", "i-3"):
        ticket = raise_with_still(served, incident)
        served.time.pass_s(60)
        report(worker, ticket)
    page = centre.get("/false-alarms", params={"limit": 2}).json()
    rest = centre.get("/false-alarms", params={"limit": 2, "cursor": page["next"]}).json()
    assert [one["number"] for one in (*page["items"], *rest["items"])] == [3, 2, 1]
    assert rest["next"] is None
    late = centre.get("/false-alarms", params={"since": "2026-11-22T08:02:30Z"}).json()["items"]
    assert [one["number"] for one in late] == [3]
    assert len(lines(exported(served, since="2026-11-22T08:02:30Z"))) == 1


def test_taking_them_out_is_on_record(served: Served) -> None:
    report(served.client(Role.GRID_WORKER), raise_with_still(served, "i-1"))
    exported(served, Role.OFFICER)

    async def newest() -> tuple[str, str, str]:
        async with offline(served.data) as database, database.reading() as session:
            [row] = await repository.newest(session, 1)
            return row.action, row.role, row.reason

    assert asyncio.run(newest()) == ("false_alarms.exported", "officer", "1 pictures since the beginning")


def test_the_command_writes_a_folder_that_training_reads(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(served.client(Role.GRID_WORKER), raise_with_still(served, "i-1"))
    out = tmp_path / "false"
    fetch_false_alarms(served.url, out, served.token(Role.COMMAND_CENTRE), None, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"out": str(out), "images": 1, "labels": 1, "pictures": 1}
    [background] = background_of(out)
    assert len(background.class_id) == 0
    with pytest.raises(NoFalseAlarms, match="answers 403"):
        fetch_false_alarms(served.url, out, served.token(Role.GRID_WORKER), None, as_json=True)


def test_all_of_them_are_taken_out_zip_by_zip(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for incident in ("i-1", "i-2", "i-3"):
        report(served.client(Role.GRID_WORKER), raise_with_still(served, incident))
    centre = served.client(Role.COMMAND_CENTRE)
    found, cursor, zips = [], "", 0
    while cursor is not None:
        asked: dict[str, str | int] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = centre.get("/false-alarms/export", params=asked).raise_for_status()
        found += [one["ticket"] for one in lines(zipfile.ZipFile(io.BytesIO(answer.content)))]
        cursor, zips = answer.headers.get("X-Next"), zips + 1
    assert (found, zips) == ([3, 2, 1], 2)
    monkeypatch.setattr(command, "_AT_ONCE", 2)
    fetch_false_alarms(served.url, tmp_path, served.token(Role.COMMAND_CENTRE), None, as_json=True)
    assert json.loads(capsys.readouterr().out)["pictures"] == 3
    assert len((tmp_path / "false_alarms.jsonl").read_text().splitlines()) == 3


def test_a_path_of_the_servers_own_making_is_not_written(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("images/../../escaped.txt", b"no")
    with pytest.raises(NoFalseAlarms, match="nothing written"):
        _unpack(file, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_was_returned_as_real_waits_for_the_camera_again(served: Served) -> None:
    served.post(event())
    [ticket] = served.tickets()
    worker, centre = served.client(Role.GRID_WORKER), served.client(Role.COMMAND_CENTRE)
    report(worker, ticket)
    centre.post(f"/tickets/{ticket['id']}/return", json={"note": "it stands there"})
    for step in ("accept", "close"):
        worker.post(f"/tickets/{ticket['id']}/{step}", json={})
    served.post(event(change="cleared"))
    assert [one["state"] for one in served.tickets()] == ["closed"]
