"""A camera's trouble begins once and ends once, in whatever order it is told, and people see what holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.auth.roles import Role
from api.site.offline import read_site, write_site
from streams.delivery.camera_events import Found, Trouble, Troubles
from streams.site import CameraSpec, parse_site
from tests.api.house import SECRET, SITE, Served, event


def change(which: str = "began", of: str = "t-1", **values: Any) -> dict[str, Any]:
    body = {
        "type": "camera_health",
        "event_id": f"{of}-{which}",
        "trouble_id": of,
        "camera": "cam-1",
        "trouble": "covered",
        "change": which,
        "at": "2026-11-22T08:00:20.000Z" if which == "began" else "2026-11-22T08:10:00.000Z",
        "since": "2026-11-22T08:00:05.000Z",
        "why": {"seen": 0.03},
        "detail": "",
        "still_jpeg": None,
    }
    return body | values


def listed(client: httpx.Client, **query: Any) -> list[str]:
    answer = client.get("/camera-troubles", params=query)
    assert answer.status_code == 200, answer.text
    return [trouble["id"] for trouble in answer.json()["items"]]


def camera(client: httpx.Client, camera_id: str = "cam-1") -> dict[str, Any]:
    [found] = [c for c in client.get("/cameras").json()["items"] if c["id"] == camera_id]
    return dict(found)


def test_what_the_worker_writes_is_taken(served: Served) -> None:
    at = served.time.at
    troubles = Troubles("cam-1")
    found = Found(Trouble.COVERED, at - timedelta(seconds=15), {"seen": 0.03}, "a cloth?")
    [began] = troubles.tell(found, at)
    assert served.post(began.to_json())["accepted"] == [began.event_id]
    centre = served.client(Role.COMMAND_CENTRE)
    [shown] = camera(centre)["troubles"]
    assert shown == {
        "id": began.trouble_id,
        "camera": "cam-1",
        "trouble": "covered",
        "since": "2026-11-22T07:59:45.000Z",
        "ended_at": None,
        "why": {"seen": 0.03},
        "detail": "a cloth?",
    }
    [ended] = troubles.tell(None, at + timedelta(minutes=5))
    assert served.post(ended.to_json())["accepted"] == [ended.event_id]
    assert camera(centre)["troubles"] == []
    [kept] = centre.get("/camera-troubles").json()["items"]
    assert kept["ended_at"] == "2026-11-22T08:05:00.000Z"


def test_told_twice_is_told_once(served: Served) -> None:
    assert served.post(change(), change())["duplicates"] == ["t-1-began"]
    assert served.post(change(), change("ended"))["accepted"] == ["t-1-ended"]
    assert served.post(change(), change("ended"))["duplicates"] == ["t-1-began", "t-1-ended"]
    assert listed(served.client(Role.COMMAND_CENTRE)) == ["t-1"]


def test_an_end_may_overtake_its_beginning(served: Served) -> None:
    served.post(change("ended", since="2026-11-22T08:00:05.000Z"))
    served.post(change())
    centre = served.client(Role.COMMAND_CENTRE)
    assert listed(centre, open=True) == []
    assert listed(centre, open=False) == ["t-1"]


def test_hazards_and_troubles_share_a_delivery(served: Served) -> None:
    taken = served.post(event(), change(), event("i-2"))
    assert taken["accepted"] == ["i-1-raised", "t-1-began", "i-2-raised"]
    assert len(served.tickets()) == 2


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "camera_mood"},
        {"trouble": "bored"},
        {"why": {"seen": "much"}},
        {"at": 5},
        {"detail": "x" * 1001},
        {"extra": 1},
        {"still_jpeg": "AAAA"},
    ],
    ids=lambda broken: "-".join(broken),
)
def test_a_malformed_change_is_refused_with_everything_beside_it(served: Served, broken: dict[str, Any]) -> None:
    answer = served.client(Role.WORKER).post("/events", json={"events": [event(), change(**broken)]})
    assert answer.status_code == 422
    assert served.tickets() == []
    assert listed(served.client(Role.COMMAND_CENTRE)) == []


def test_the_list_is_filtered_paged_and_scoped(served: Served) -> None:
    served.post(*(change(of=f"t-{n}", camera=f"cam-{n % 2 + 1}") for n in range(6)), change("ended", "t-4"))
    centre = served.client(Role.COMMAND_CENTRE)
    assert listed(centre, camera="cam-2") == ["t-5", "t-3", "t-1"]
    assert listed(centre, open=True) == ["t-5", "t-3", "t-2", "t-1", "t-0"]
    page = centre.get("/camera-troubles", params={"limit": 4}).json()
    assert [t["id"] for t in page["items"]] == ["t-5", "t-4", "t-3", "t-2"]
    assert listed(centre, limit=4, cursor=page["next"]) == ["t-1", "t-0"]
    assert listed(served.client(Role.GRID_WORKER, "east")) == ["t-5", "t-3", "t-1"]


def test_a_trouble_of_a_camera_that_is_gone_is_not_shown(served: Served) -> None:
    served.post(change(camera="cam-9"))
    assert listed(served.client(Role.COMMAND_CENTRE)) == []


def test_no_detail_tells_a_password(served: Served) -> None:
    served.post(change(detail=f"401 for rtsp://viewer:{SECRET}@192.0.2.7/stream1"))
    assert SECRET not in served.client(Role.COMMAND_CENTRE).get("/cameras").text


def test_a_camera_says_its_fault_and_its_unknown_seconds(served: Served) -> None:
    status = {
        "camera": "cam-1",
        "state": "live",
        "since": "2026-11-22T08:00:00Z",
        "unknown_s": 31.5,
        "unknown_by": {"covered": 30.0, "not connected": 1.5},
        "fault": "covered",
        "fault_since": "2026-11-22T07:59:00Z",
    }
    worker = served.client(Role.WORKER)
    assert worker.post("/worker/status", json={"worker": "w", "cameras": [status]}).status_code == 200
    health = camera(served.client(Role.DRONE_OPERATOR))["health"]
    assert (health["fault"], health["fault_since"]) == ("covered", "2026-11-22T07:59:00.000Z")
    assert health["unknown_by"] == {"covered": 30.0, "not connected": 1.5}


def workers_view(served: Served) -> tuple[int, str]:
    answer = served.client(Role.WORKER).get("/worker/site")
    [spec] = [CameraSpec.model_validate(c) for c in answer.json()["site"]["camera"] if c["id"] == "cam-1"]
    return spec.view, answer.headers["etag"]


def test_accepting_a_view_reaches_the_worker(served: Served) -> None:
    before, tag = workers_view(served)
    answer = served.client(Role.COMMAND_CENTRE).post("/cameras/cam-1/accept-view")
    assert answer.json() == {"camera": "cam-1", "view": 1}
    after, new_tag = workers_view(served)
    assert (before, after) == (0, 1)
    assert new_tag != tag
    assert camera(served.client(Role.COMMAND_CENTRE))["view"] == 1
    assert served.client(Role.COMMAND_CENTRE).post("/cameras/cam-9/accept-view").status_code == 404


def test_a_site_file_from_before_takes_no_accepted_view_back(served: Served) -> None:
    served.client(Role.COMMAND_CENTRE).post("/cameras/cam-1/accept-view")
    write_site(served.data, parse_site(SITE.replace("East gate", "North gate")))
    [spec] = [c for c in read_site(served.data).camera if c.id == "cam-1"]
    assert (spec.name, spec.view) == ("North gate", 1)
