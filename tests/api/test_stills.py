"""A better picture takes the place of the one that came with the event."""

from __future__ import annotations

import base64

import pytest

from api.auth.roles import Role
from api.evidence.photos import picture_wh
from tests.api.house import Served, event, jpeg

PATH = "/worker/events/i-1-raised/still"


def test_the_better_picture_is_shown_and_the_first_one_is_gone(served: Served) -> None:
    served.post(event())
    [before] = served.tickets()
    better = jpeg(320, 240)
    for _ in range(2):
        assert served.client(Role.WORKER).put(PATH, content=better).status_code == 204
    [ticket] = served.tickets()
    assert ticket["still_url"] != before["still_url"]
    people = served.client(Role.GRID_WORKER)
    assert picture_wh(people.get(ticket["still_url"].removeprefix("/api/v1")).content) == (320, 240)
    assert people.get(before["still_url"].removeprefix("/api/v1")).status_code == 404
    assert len(list((served.data / "evidence").glob("*/*"))) == 1
    assert people.get("/hazards/i-1").json()["still_url"] == ticket["still_url"]


def test_a_picture_for_an_event_that_had_none(served: Served) -> None:
    served.post(event(still_jpeg=None))
    assert served.client(Role.WORKER).put(PATH, content=jpeg()).status_code == 204
    assert served.tickets()[0]["still_url"] is not None


def test_the_first_picture_stays_where_another_hazard_shows_it_too(served: Served) -> None:
    picture = base64.b64encode(jpeg()).decode()
    served.post(event("i-1", still_jpeg=picture), event("i-2", still_jpeg=picture))
    served.client(Role.WORKER).put(PATH, content=jpeg(320, 240))
    other = next(t for t in served.tickets() if t["hazard_id"] == "i-2")
    shown = served.client(Role.GRID_WORKER).get(other["still_url"].removeprefix("/api/v1")).content
    assert picture_wh(shown) == (64, 48)


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"GIF89a", 422), (b"\xff\xd8\xff", 422), (jpeg()[:20], 422), (b"\xff\xd8\xff" + bytes(5 << 20), 413)],
    ids=["nothing", "not JPEG", "only a beginning", "cut short", "too large"],
)
def test_what_is_no_picture_is_refused(shared: Served, content: bytes, status: int) -> None:
    shared.post(event())
    assert shared.client(Role.WORKER).put(PATH, content=content).status_code == status


def test_a_picture_comes_with_its_event_or_after_it(served: Served) -> None:
    assert served.client(Role.WORKER).put(PATH, content=jpeg()).status_code == 404
