"""Every list that can grow is read page by page: each thing once, in one order, by the cursors that it gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.auth.roles import Role
from tests.api.house import FakeTime, Served, event, serving
from tests.api.test_suggestions import send

POINT = {"radius_m": 30, "lon": 113.85, "lat": 27.62, "datum": "WGS-84"}
REASON = {"reason": "the owner disputes where the car stood"}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, mp4: bytes) -> Iterator[Served]:
    """At least three of each: cameras, suggestions, tokens, places, views of a picture, openings of a clip."""
    from api.site.offline import write_site
    from streams.site import parse_site
    from tests.api.house import SITE

    data, clock = tmp_path_factory.mktemp("paging") / "data", FakeTime()
    write_site(data, parse_site(SITE))
    with serving(data, clock) as url:
        house = Served(url, data, clock)
        for camera in ("cam-3", "cam-1", "cam-2"):
            send(house, camera)
        house.post(event())
        for number in range(3):
            house.client(Role.COMMAND_CENTRE).post("/report-points", json={"name": f"{number}", **POINT})
            house.client(Role.OFFICER).get(house.tickets()[0]["still_url"].removeprefix("/api/v1"))
        house.client(Role.WORKER).put("/worker/events/i-1-raised/clip", content=mp4)
        for _ in range(3):
            house.client(Role.OFFICER).post("/clips/i-1-raised/open", json=REASON)
        yield house
        house.close()


def paths(house: Served) -> dict[str, str]:
    views = house.tickets()[0]["still_url"].removeprefix("/api/v1").replace(".jpg", "/views")
    found = {name: f"/{name}" for name in ("cameras", "suggestions", "tokens", "report-points")}
    return found | {"views": views, "openings": "/clips/i-1-raised/openings"}


def pages(client: httpx.Client, path: str, limit: int) -> list[list[dict[str, Any]]]:
    found, cursor = [], None
    while True:
        asked = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, params=asked).raise_for_status().json()
        found.append(page["items"])
        assert len(found) < 20, "it never ends"
        if (cursor := page["next"]) is None:
            return found


@pytest.mark.parametrize("name", ["cameras", "suggestions", "tokens", "report-points", "views", "openings"])
def test_pages_put_together_are_the_whole(full: Served, name: str) -> None:
    admin = full.client(Role.ADMINISTRATOR)
    path = paths(full)[name]
    [whole] = pages(admin, path, 200)
    assert len(whole) >= 3
    for limit in (1, 2, len(whole)):
        found = pages(admin, path, limit)
        assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
        assert [one for page in found for one in page] == whole
        assert found[-1], "the last page is not an empty one"


@pytest.mark.parametrize("name", ["cameras", "suggestions", "tokens", "report-points", "views", "openings"])
def test_a_cursor_that_was_never_given_is_refused(full: Served, name: str) -> None:
    answer = full.client(Role.ADMINISTRATOR).get(paths(full)[name], params={"cursor": "nonsense"})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:sanxun:problem:bad-request")


def test_pages_are_of_what_the_caller_may_see(full: Served) -> None:
    of_east = full.client(Role.COMMAND_CENTRE, "east")
    assert [[one["id"] for one in page] for page in pages(of_east, "/cameras", 1)] == [["cam-2"]]
    assert [[one["camera"] for one in page] for page in pages(of_east, "/suggestions", 1)] == [["cam-2"]]


def test_the_count_of_openings_is_not_cut_off_by_a_page(full: Served) -> None:
    [clip] = full.client(Role.OFFICER).get("/hazards/i-1/clips").json()["items"]
    assert clip["openings"] == 3


def test_the_command_line_reads_every_page(full: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.cli import top_source

    monkeypatch.setattr(top_source, "_PAGE", 1)
    with top_source.ApiSource(full.url, full.token(Role.ADMINISTRATOR)) as source:
        assert len(source.ask().cameras) == 3
