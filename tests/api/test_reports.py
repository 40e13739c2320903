"""Reports of people over HTTP: on foot with an account, and from a QR code without one."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from api.auth.roles import Role
from api.hazards.kinds import MANUAL_KINDS, Kind
from api.reports.limits import PER_ADDRESS
from api.reports.words import without_persons
from tests.api.house import Served, event, jpeg
from tests.api.stored import dump

_corners = itertools.count()


def photo(picture: bytes | None = None) -> str:
    return base64.b64encode(picture or jpeg(320, 240)).decode()


def with_exif(picture: bytes) -> bytes:
    """The same JPEG with a camera's name and a place in its EXIF."""
    body = b"Exif\x00\x00II*\x00" + b"SECRET-CAMERA-27.62N-113.85E" * 3
    return picture[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + picture[2:]


@pytest.fixture
def where() -> dict[str, Any]:
    """A place of one test's own, 300 m from the next."""
    lat = round(27.6005 + 0.003 * next(_corners), 6)
    return {"lon": 113.86, "lat": lat, "datum": "WGS-84", "accuracy_m": 8.0}


@pytest.fixture
def point(served: Served) -> dict[str, Any]:
    body = {"name": "3 号楼大厅", "lon": 113.86, "lat": 27.63, "datum": "WGS-84"}
    made = served.client(Role.COMMAND_CENTRE).post("/report-points", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def on_foot(served: Served, **body: Any) -> dict[str, Any]:
    made = served.client(Role.GRID_WORKER).post("/reports", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def test_the_detectors_propose_and_nothing_is_kept(shared: Served, where: dict[str, Any]) -> None:
    worker = shared.client(Role.GRID_WORKER)
    before = len(list((shared.data / "evidence").rglob("*.jpg")))
    found = worker.post("/reports/proposal", json={"photo_jpeg": photo(), "where": where}).json()
    assert (found["kind"], found["because"], found["unit"]) == ("illegal_parking", "a vehicle", "west")
    assert found["confidence"] == 0.9
    assert found["xyxy"] == pytest.approx([0, 0, 160, 240], abs=4)
    assert found["source_wh"] == [320, 240]
    assert len(list((shared.data / "evidence").rglob("*.jpg"))) == before
    grey = cv2.imencode(".jpg", np.full((240, 320, 3), 90, np.uint8))[1].tobytes()
    nothing = worker.post("/reports/proposal", json={"photo_jpeg": photo(grey)}).json()
    assert (nothing["kind"], nothing["kinds"]) == (None, list(Kind))


def test_a_photo_on_foot_becomes_a_ticket(shared: Served, where: dict[str, Any]) -> None:
    report = on_foot(shared, where=where, photo_jpeg=photo(), words="挡住了出口")
    assert (report["kind"], report["ticket_state"], report["way"]) == ("illegal_parking", "dispatched", "phone")
    assert report["proposed"]["kind"] == "illegal_parking"
    ticket = shared.client(Role.GRID_WORKER).get(f"/tickets/{report['ticket_id']}").json()
    assert (ticket["source"], ticket["grid"], ticket["camera"]) == ("manual", "west", "")
    hazard = shared.client(Role.GRID_WORKER).get(f"/hazards/{report['hazard_id']}").json()
    assert (hazard["words"], hazard["uncertainty_m"], hazard["confidence"]) == ("挡住了出口", 8.0, 0.9)
    picture = shared.client(Role.GRID_WORKER).get(report["photo_url"].removeprefix("/api/v1")).content
    shown = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert tuple(shown[4, 4]) == pytest.approx((0, 0, 255), abs=12), "it went through the door for photos"


@pytest.mark.parametrize("kind", MANUAL_KINDS)
def test_what_no_detector_knows_is_reported_by_hand(shared: Served, where: dict[str, Any], kind: Kind) -> None:
    report = on_foot(shared, where=where, kind=kind.value, words="三楼")
    assert (report["kind"], report["ticket_state"]) == (kind.value, "dispatched")


def test_what_people_alone_saw_is_over_when_the_centre_says_so(shared: Served, where: dict[str, Any]) -> None:
    """Else it would be on the wall for ever, and crowd out what is there when the next one is compared."""
    worker, centre = shared.client(Role.GRID_WORKER), shared.client(Role.COMMAND_CENTRE)
    done, drill = (on_foot(shared, where=where, kind=kind) for kind in ("rubbish", "e_bike"))
    for command in ("accept", "close"):
        assert worker.post(f"/tickets/{done['ticket_id']}/{command}", json={}).status_code == 200
    for report, command in ((done, "confirm"), (drill, "void")):
        assert centre.get(f"/hazards/{report['hazard_id']}").json()["state"] == "open"
        centre.post(f"/tickets/{report['ticket_id']}/{command}", json={"note": "a look by the centre"})
        hazard = centre.get(f"/hazards/{report['hazard_id']}").json()
        assert (hazard["state"], hazard["cleared_at"] is None) == ("cleared", False)


def test_a_photo_loses_its_exif_whichever_way_it_comes(served: Served, point: dict[str, Any]) -> None:
    """FixMyStreet 2134 and 5841: where and on what it was taken is stripped, on the import path too."""
    secret = with_exif(jpeg(320, 240))
    on_foot(served, where={"lon": 113.86, "lat": 27.61, "datum": "WGS-84"}, photo_jpeg=photo(secret))
    resident = {"point": point["id"], "kind": "rubbish", "photo_jpeg": photo(secret)}
    assert served.client().post("/public/reports", json=resident).status_code == 201
    key = served.token(Role.GRID_WORKER)
    form = {"api_key": key, "service_code": "rubbish", "lat": "27.65", "long": "113.86"}
    url, files = f"{served.url}/open311/v2/requests.json", {"media": ("a.jpg", secret)}
    made = httpx.post(url, data=form, files=files, trust_env=False, timeout=90)
    assert made.status_code == 201, made.text
    kept = list((served.data / "evidence").rglob("*.jpg"))
    assert kept
    assert not [path for path in kept if b"SECRET" in path.read_bytes() or b"Exif" in path.read_bytes()]


def test_a_report_near_what_a_drone_saw_is_a_sighting_of_it(shared: Served, where: dict[str, Any]) -> None:
    place = {"lon": where["lon"], "lat": where["lat"], "semi_major_m": 6.0, "semi_minor_m": 4.0, "bearing_deg": 0.0}
    shared.post(event("d-1", camera="drone-1", source="drone", place=place, hazard="illegal_parking"))
    proposal = {"photo_jpeg": photo(), "where": where}
    near = shared.client(Role.GRID_WORKER).post("/reports/proposal", json=proposal).json()["nearby"]
    assert [(one["hazard_id"], one["source"]) for one in near] == [("d-1", "drone")]
    called_to_none = shared.client(Role.DEPARTMENT).post("/reports/proposal", json=proposal).json()
    assert called_to_none["nearby"] == [], "a department sees what it was called to"
    report = on_foot(shared, where=where, kind="illegal_parking", words="")
    assert report["merged_into"] == "d-1"
    [ticket] = [one for one in shared.tickets() if one["hazard_id"] == "d-1"]
    assert (report["ticket_id"], report["ticket_number"]) == (ticket["id"], ticket["number"])


def test_who_sees_a_report_in_the_list_can_read_it(shared: Served, where: dict[str, Any]) -> None:
    """Merged with what lies in the neighbour's grid, it is the neighbour's report too."""
    there = event("neighbours", camera="cam-2", zone="gate", hazard="gathering")
    shared.post(there)
    report = on_foot(shared, where=where, kind="gathering")
    neighbour = shared.client(Role.GRID_WORKER, "east")
    assert neighbour.get(f"/reports/{report['id']}").status_code == 404
    body = {"into": "neighbours", "reason": "one crowd"}
    merged = shared.client(Role.COMMAND_CENTRE).post(f"/hazards/{report['hazard_id']}/merge", json=body)
    assert merged.status_code == 200, merged.text
    assert [one["id"] for one in neighbour.get("/reports").json()["items"]] == [report["id"]]
    assert neighbour.get(f"/reports/{report['id']}").status_code == 200


def test_a_wrong_datum_or_none_is_refused(shared: Served, where: dict[str, Any]) -> None:
    worker = shared.client(Role.GRID_WORKER)
    without = {name: value for name, value in where.items() if name != "datum"}
    assert worker.post("/reports", json={"where": without}).status_code == 422
    chinese = on_foot(shared, where={**where, "datum": "GCJ-02"}, kind="other")
    assert abs(chinese["lon"] - where["lon"]) > 0.001


def test_a_resident_reports_without_a_name_and_follows_it(served: Served, point: dict[str, Any]) -> None:
    resident = served.client()
    shown = resident.get(f"/public/report-points/{point['id']}").json()
    assert (shown["name"], shown["site"]) == ("3 号楼大厅", "Danjiang")
    body = {
        "point": point["id"],
        "kind": "cluttered_stairs",
        "words": "我叫 13912345678 三楼堆满了",
        "photo_jpeg": photo(),
    }
    answer = resident.post("/public/reports", json=body)
    receipt = answer.json()["receipt"]
    assert not answer.headers.get_list("set-cookie")
    assert resident.get(f"/public/reports/{receipt}").json()["progress"] == "received"
    [report] = served.client(Role.COMMAND_CENTRE).get("/reports").json()["items"]
    assert (report["words"], report["address"]) == ("我叫 ••• 三楼堆满了", "3 号楼大厅")
    assert receipt not in dump(served.data), "only its hash is kept"
    ticket = served.tickets()[0]
    assert (ticket["state"], ticket["source"]) == ("received", "report")
    centre = served.client(Role.COMMAND_CENTRE)
    assert centre.post(f"/tickets/{ticket['id']}/register", json={}).status_code == 200
    worker = served.client(Role.GRID_WORKER)
    worker.post(f"/tickets/{ticket['id']}/accept")
    assert resident.get(f"/public/reports/{receipt}").json()["progress"] == "working"
    assert resident.post(f"/public/reports/{receipt}/answer", json={"gone": True}).status_code == 409
    worker.post(f"/tickets/{ticket['id']}/close", json={})
    assert resident.get(f"/public/reports/{receipt}").json()["asked"] is True
    back = resident.post(f"/public/reports/{receipt}/answer", json={"gone": False}).json()
    assert (back["progress"], back["answered"]) == ("working", "there")
    worker.post(f"/tickets/{ticket['id']}/accept")
    worker.post(f"/tickets/{ticket['id']}/close", json={})
    assert resident.post(f"/public/reports/{receipt}/answer", json={"gone": True}).json()["progress"] == "settled"
    [hazard] = centre.get("/hazards").json()["items"]
    assert hazard["state"] == "cleared"
    assert resident.get("/public/reports/a-guess").status_code == 404


def test_a_code_is_printed_and_can_be_taken_down(served: Served, point: dict[str, Any]) -> None:
    centre, resident = served.client(Role.COMMAND_CENTRE), served.client()
    svg = centre.get(point["code_url"].removeprefix("/api/v1"))
    assert svg.headers["content-type"].startswith("image/svg+xml")
    size = int(svg.text.partition('viewBox="0 0 ')[2].partition(" ")[0])
    modules = np.full((size, size), 255, np.uint8)
    for step in svg.text.partition('path d="')[2].partition('"')[0].split("M")[1:]:
        x, y = step.partition("h")[0].split()
        modules[int(y), int(x)] = 0
    big = np.kron(modules, np.ones((6, 6), np.uint8))
    assert cv2.QRCodeDetector().detectAndDecode(big)[0] == point["url"]
    assert centre.delete(f"/report-points/{point['id']}").json()["retired_at"] is not None
    assert resident.get(f"/public/report-points/{point['id']}").status_code == 404
    assert resident.post("/public/reports", json={"point": point["id"], "kind": "other"}).status_code == 404


def test_reports_without_an_account_are_limited(served: Served, point: dict[str, Any]) -> None:
    resident, body = served.client(), {"point": point["id"], "kind": "rubbish"}
    for _ in range(PER_ADDRESS):
        assert resident.post("/public/reports", json=body).status_code == 201
    refused = resident.post("/public/reports", json=body)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
    served.time.pass_s(3601)
    assert resident.post("/public/reports", json=body).status_code == 201
    assert len(served.tickets()) == 1, "the same thing at the same place, again and again"


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("电话 139-1234-5678 请回", "电话 ••• 请回"),
        ("身份证 11010519491231002X", "身份证 •••"),
        ("mail me: li.na@example.cn.", "mail me: •••."),
        ("3 号楼 2 单元 501", "3 号楼 2 单元 501"),
        ("\x00a\nb", "a\nb"),
    ],
)
def test_words_lose_what_names_a_person(words: str, kept: str) -> None:
    assert without_persons(words) == kept
