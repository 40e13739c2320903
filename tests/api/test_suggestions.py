"""Suggestions: a machine proposes, a person decides, and both are written down."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import httpx
import pytest

from api.audit import repository as audit
from api.auth.roles import Role
from api.evidence.photos import picture_wh
from api.house import offline
from streams.site import site_from
from tests.api.house import SECRET, Served, jpeg

SQUARE = [[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]]


def proposed(camera: str = "cam-1", **changes: Any) -> dict[str, Any]:
    lane = {"id": "lane-1", "hazards": ["illegal_parking"], "polygon": SQUARE, "dwell_s": 60}
    aisle = {"id": "aisle", "hazards": ["illegal_parking"], "polygon": SQUARE}
    return {
        "camera": camera,
        "source_wh": [960, 540],
        "watched_s": 3600.0,
        "looks": 7200,
        "vehicles": 38,
        "zones": [
            {"zone": lane, "confidence": 0.6, "reason": "free_lane", "figures": {"vehicles": 38.0}},
            {"zone": aisle, "confidence": 0.4, "reason": "standing", "figures": {"stood": 3.0, "longest_s": 900.0}},
        ],
        "small_objects": True,
        "ground": {"height_m": 6.0, "tilt_deg": 20.0, "view_deg": 60.0},
        "ground_boxes": 300,
        "picture_jpeg": base64.b64encode(jpeg()).decode(),
    } | changes


def send(served: Served, camera: str = "cam-1", **changes: Any) -> None:
    answer = served.client(Role.WORKER).post(f"/cameras/{camera}/suggestion", json=proposed(camera, **changes))
    assert answer.status_code == 204, answer.text


def site_of(served: Served) -> httpx.Response:
    answer = served.client(Role.WORKER).get("/worker/site")
    assert answer.status_code == 200
    return answer


def zones_of(served: Served, camera: str = "cam-1") -> dict[str, Any]:
    [found] = [c for c in site_of(served).json()["site"]["camera"] if c["id"] == camera]
    return {zone["id"]: zone for zone in found["zone"]}


def test_a_suggestion_changes_nothing_until_somebody_accepts_it(served: Served) -> None:
    before = site_of(served).headers["ETag"]
    send(served)
    assert site_of(served).headers["ETag"] == before
    centre = served.client(Role.COMMAND_CENTRE)
    assert [line["camera"] for line in centre.get("/suggestions").json()["items"]] == ["cam-1"]
    found = centre.get("/cameras/cam-1/suggestion").json()
    assert [zone["reason"] for zone in found["zones"]] == ["free_lane", "standing"]
    picture = centre.get(found["picture_url"].removeprefix("/api/v1"))
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/jpeg")
    assert picture_wh(picture.content) == picture_wh(jpeg())


def test_its_picture_comes_in_by_the_door_of_all_pictures(served: Served) -> None:
    """Decoded and encoded anew: nothing that came with it stays, and what is no picture is refused."""
    owner = b"\xff\xe1\x00\x1aExif\x00\x00owner: somebody\x00\x00\x00"
    send(served, picture_jpeg=base64.b64encode(jpeg()[:2] + owner + jpeg()[2:]).decode())
    picture = served.client(Role.COMMAND_CENTRE).get("/cameras/cam-1/suggestion/picture.jpg").content
    assert picture.startswith(b"\xff\xd8\xff")
    assert b"owner" not in picture
    body = proposed("cam-1", picture_jpeg=base64.b64encode(b"\xff\xd8\xff not a picture").decode())
    assert served.client(Role.WORKER).post("/cameras/cam-1/suggestion", json=body).status_code == 422


def test_what_is_accepted_is_in_force_as_the_person_changed_it(served: Served) -> None:
    send(served)
    centre = served.client(Role.COMMAND_CENTRE)
    tag = centre.get("/cameras/cam-1/suggestion").headers["ETag"]
    mine = {"id": "aisle", "name": "Gate", "hazards": ["fire_lane"], "polygon": SQUARE[:3], "dwell_s": 45}
    body = {"zones": [mine], "small_objects": True}
    answer = centre.post("/cameras/cam-1/suggestion/accept", json=body, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["zones"]) == (200, ["aisle-2"]), answer.text
    zones = zones_of(served)
    assert set(zones) == {"aisle", "aisle-2"}
    assert (zones["aisle-2"]["name"], zones["aisle-2"]["hazards"]) == ("Gate", ["fire_lane"])
    assert zones["aisle-2"]["polygon"] == SQUARE[:3]
    [camera] = [c for c in site_from(site_of(served).json()["site"]).camera if c.id == "cam-1"]
    assert camera.small_objects
    assert camera.ground is None  # it was not taken
    assert SECRET in camera.url  # and the camera's password is what it was
    assert centre.get("/cameras/cam-1/suggestion").status_code == 404
    assert centre.get("/suggestions").json()["items"] == []


def test_the_ground_comes_into_force_where_it_is_taken(served: Served) -> None:
    send(served)
    ground = {"height_m": 6.0, "tilt_deg": 20.0, "view_deg": 60.0}
    centre = served.client(Role.COMMAND_CENTRE)
    assert centre.post("/cameras/cam-1/suggestion/accept", json={"ground": ground}).status_code == 200
    [camera] = [c for c in site_from(site_of(served).json()["site"]).camera if c.id == "cam-1"]
    assert camera.ground is not None
    assert camera.ground.height_m == 6


@pytest.mark.parametrize("changed", ["suggestion", "site"])
def test_what_has_changed_since_it_was_looked_at_is_not_accepted(served: Served, changed: str) -> None:
    send(served)
    send(served, "cam-2")
    centre = served.client(Role.COMMAND_CENTRE)
    tag = centre.get("/cameras/cam-1/suggestion").headers["ETag"]
    if changed == "suggestion":
        send(served)
    else:
        assert centre.post("/cameras/cam-2/suggestion/accept", json={"small_objects": True}).status_code == 200
    before = zones_of(served)
    for answer in (
        centre.post("/cameras/cam-1/suggestion/accept", json={}, headers={"If-Match": tag}),
        centre.delete("/cameras/cam-1/suggestion", headers={"If-Match": tag}),
    ):
        assert answer.status_code == 412, answer.text
    assert zones_of(served) == before


def test_a_discarded_one_is_gone_with_its_picture(served: Served) -> None:
    send(served)
    centre = served.client(Role.ADMINISTRATOR)
    url = centre.get("/cameras/cam-1/suggestion").json()["picture_url"].removeprefix("/api/v1")
    assert centre.delete("/cameras/cam-1/suggestion").status_code == 204
    assert [centre.get(path).status_code for path in ("/cameras/cam-1/suggestion", url)] == [404, 404]
    assert centre.delete("/cameras/cam-1/suggestion").status_code == 404
    assert set(zones_of(served)) == {"aisle"}


def test_who_decided_what_is_in_the_audit_trail(served: Served) -> None:

    send(served)
    centre = served.client(Role.COMMAND_CENTRE)
    lane = proposed()["zones"][0]["zone"]
    assert centre.post("/cameras/cam-1/suggestion/accept", json={"zones": [lane]}).status_code == 200
    send(served)
    assert centre.delete("/cameras/cam-1/suggestion").status_code == 204

    async def trail() -> list[tuple[str, str, str]]:
        async with offline(served.data) as database, database.reading() as session:
            return [(row.action, row.subject, row.reason) for row in await audit.newest(session, 10)]

    assert asyncio.run(trail())[::-1] == [
        ("suggestion.proposed", "cam-1", "2 zones"),
        ("suggestion.accepted", "cam-1", "lane-1"),
        ("suggestion.proposed", "cam-1", "2 zones"),
        ("suggestion.discarded", "cam-1", "2 zones"),
    ]


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.DRONE_OPERATOR, Role.OFFICER, Role.WORKER])
def test_only_the_centre_sees_and_decides(served: Served, role: Role) -> None:
    send(served)
    client = served.client(role)
    answers = [
        client.get("/suggestions"),
        client.get("/cameras/cam-1/suggestion"),
        client.get("/cameras/cam-1/suggestion/picture.jpg"),
        client.post("/cameras/cam-1/suggestion/accept", json={}),
        client.delete("/cameras/cam-1/suggestion"),
    ]
    assert {answer.status_code for answer in answers} == {403}


def test_people_without_the_right_propose_nothing(served: Served) -> None:
    for role in (Role.COMMAND_CENTRE, Role.GRID_WORKER):
        assert served.client(role).post("/cameras/cam-1/suggestion", json=proposed()).status_code == 403


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"camera": "cam-2"}, 422),
        ({"picture_jpeg": "AAAA"}, 422),
        ({"zones": [{"zone": {"id": "x"}, "confidence": 1, "reason": "queue"}]}, 422),
        ({"zones": [proposed()["zones"][0]] * 30}, 422),
        ({"unheard_of": 1}, 422),
    ],
    ids=["another camera", "no JPEG", "no zone", "too many", "unknown key"],
)
def test_a_malformed_suggestion_is_refused(served: Served, changes: dict[str, Any], status: int) -> None:
    answer = served.client(Role.WORKER).post("/cameras/cam-1/suggestion", json=proposed() | changes)
    assert answer.status_code == status, answer.text
    assert served.client(Role.ADMINISTRATOR).get("/suggestions").json()["items"] == []


def test_a_camera_that_the_site_lacks_gets_none(served: Served) -> None:
    assert served.client(Role.WORKER).post("/cameras/none/suggestion", json=proposed("none")).status_code == 404


@pytest.mark.parametrize(
    "zones",
    [
        [{"id": "a", "hazards": ["fire_lane"], "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}],
        [{"id": "a", "hazards": ["fire_lane"], "polygon": SQUARE}] * 2,
        [{"id": "a", "hazards": [], "polygon": SQUARE}],
    ],
    ids=["edges cross", "same id twice", "no hazard"],
)
def test_a_faulty_edit_is_refused_and_the_suggestion_stays(served: Served, zones: list[dict[str, Any]]) -> None:
    send(served)
    centre = served.client(Role.COMMAND_CENTRE)
    assert centre.post("/cameras/cam-1/suggestion/accept", json={"zones": zones}).status_code == 422
    assert centre.get("/cameras/cam-1/suggestion").status_code == 200
    assert set(zones_of(served)) == {"aisle"}
