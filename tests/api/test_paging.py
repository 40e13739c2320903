"""Every list that can grow is read page by page: each thing once, in one order, by the cursors that it gave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.auth.roles import Role
from tests.api.house import FakeTime, Served, event, overwrite, serving
from tests.api.test_patrols import area_plan
from tests.api.test_suggestions import send
from tests.town.test_importing import feature, square

POINT = {"radius_m": 30, "lon": 113.85, "lat": 27.62, "datum": "WGS-84"}
PLAIN = ("cameras", "suggestions", "tokens", "report-points", "patrols/schedules", "patrols/calendar", "town/faults")
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
        schedule_three(house)
        import_with_three_gaps(house)
        yield house
        house.close()


def schedule_three(house: Served) -> None:
    """At one time, by one operator, on every Monday: each stands in the way of the others."""
    account = {"username": "pilot", "role": "drone_operator"}
    house.client(Role.ADMINISTRATOR).post("/accounts", json=account).raise_for_status()
    (plan,) = area_plan(house)
    when = {"operator": "pilot", "weekdays": [0], "minute": 540, "first": "2026-11-23"}
    for vehicle in (1, 2, 3):
        body = {"plan_id": plan["id"], "vehicle": vehicle, **when}
        house.client(Role.DRONE_OPERATOR).post("/patrols/schedules", json=body).raise_for_status()


def import_with_three_gaps(house: Served) -> None:
    """Far from the site's own grids."""
    units = [feature("g", "grid", None, square(70, 0, 7, 1))]
    units += [feature(f"m{n}", "micro_grid", "g", square(70 + n, 0, 1, 1)) for n in (0, 2, 4, 6)]
    body = json.dumps({"type": "FeatureCollection", "features": units})
    url = "/town/units?datum=WGS-84&accept=gap"
    overwrite(house.client(Role.ADMINISTRATOR), url, content=body).raise_for_status()


def paths(house: Served) -> dict[str, str]:
    views = house.tickets()[0]["still_url"].removeprefix("/api/v1").replace(".jpg", "/views")
    found = {name: f"/{name}" for name in PLAIN}
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


@pytest.mark.parametrize("name", [*PLAIN, "views", "openings"])
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


@pytest.mark.parametrize("name", [*PLAIN, "views", "openings"])
def test_a_cursor_that_was_never_given_is_refused(full: Served, name: str) -> None:
    answer = full.client(Role.ADMINISTRATOR).get(paths(full)[name], params={"cursor": "nonsense"})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:sanxun:problem:bad-request")


def test_what_cannot_be_flown_together_is_told_on_each_page(full: Served) -> None:
    found = [one for page in pages(full.client(Role.ADMINISTRATOR), "/patrols/calendar", 1) for one in page]
    assert [one["starts_at"][:10] for one in found] == ["2026-11-23"] * 3 + ["2026-11-30"] * 3
    assert [len(one["conflicts"]) for one in found] == [2] * 6
    assert {why for one in found for clash in one["conflicts"] for why in clash["why"]} == {"operator", "airspace"}


def test_the_faults_of_a_town_are_counted_and_have_the_tag_of_its_units(full: Served) -> None:
    admin = full.client(Role.ADMINISTRATOR)
    page = admin.get("/town/faults", params={"limit": 1})
    assert (page.json()["count"], [one["kind"] for one in page.json()["items"]]) == (3, ["gap"])
    assert page.headers["etag"] == admin.get("/town/units").headers["etag"]
    assert admin.get("/town/faults", headers={"If-None-Match": page.headers["etag"]}).status_code == 304


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
