"""Open311 GeoReport v2 over HTTP, in JSON and in XML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from api.auth.roles import Role
from api.hazards.kinds import Kind
from tests.api.house import PATIENCE_S, Served, event
from tests.api.stored import dump

_FIELDS = {  # of a request, in GeoReport v2's own words
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
}  # fmt: skip


def ask(
    served: Served, path: str, role: Role | None = Role.COMMAND_CENTRE, *grids: str, **query: Any
) -> httpx.Response:
    key = {"api_key": served.token(role, *grids)} if role else {}
    return httpx.get(f"{served.url}/open311/v2/{path}", params={**key, **query}, trust_env=False, timeout=PATIENCE_S)


def make(served: Served, form: str = "json", role: Role | None = Role.COMMAND_CENTRE, **fields: str) -> httpx.Response:
    key = {"api_key": served.token(role)} if role else {}
    url = f"{served.url}/open311/v2/requests.{form}"
    return httpx.post(url, data={**key, **fields}, trust_env=False, timeout=PATIENCE_S)


def test_services_are_our_kinds_for_everybody(shared: Served) -> None:
    found = ask(shared, "services.json", None).json()
    assert [one["service_code"] for one in found] == list(Kind)
    tree = ElementTree.fromstring(ask(shared, "services.xml", None).content)
    assert (tree.tag, {one.tag for one in tree}) == ("services", {"service"})
    assert [one.findtext("service_code") for one in tree] == list(Kind)
    assert ask(shared, "services/rubbish.json", None).json() == {"service_code": "rubbish", "attributes": []}
    assert ask(shared, "services/unicorn.json", None).status_code == 404
    assert ask(shared, "discovery.json", None).json()["endpoints"][0]["url"] == f"{shared.url}/open311/v2"
    tree = ElementTree.fromstring(ask(shared, "discovery.xml", None).content)
    assert [one.text for one in tree.iter("format")] == ["text/xml", "application/json"]


def test_a_request_is_made_and_read_back(shared: Served) -> None:
    person = {"first_name": "Li", "last_name": "Na", "email": "li.na@example.cn", "phone": "13912345678"}
    made = make(
        shared, service_code="rubbish", lat="27.65", long="113.87", description="behind no. 3, 13912345678", **person
    )
    assert made.status_code == 201, made.text
    request_id = made.json()[0]["service_request_id"]
    [request] = ask(shared, f"requests/{request_id}.json").json()
    assert set(request) == _FIELDS
    assert (request["status"], request["service_code"], request["description"]) == (
        "open",
        "rubbish",
        "behind no. 3, •••",
    )
    assert (request["lat"], request["long"], request["media_url"]) == (27.65, 113.87, "")
    assert request["requested_datetime"] == "2026-11-22T08:00:00.000Z"
    kept = dump(shared.data)
    assert "behind no. 3" in kept
    assert "li.na" not in kept
    assert "13912345678" not in kept
    tree = ElementTree.fromstring(ask(shared, f"requests/{request_id}.xml").content)
    assert (tree.tag, tree[0].tag, {one.tag for one in tree[0]}) == ("service_requests", "request", _FIELDS)
    assert tree.findtext("request/long") == "113.87"


def test_a_deadline_is_told_while_it_runs(served: Served) -> None:
    request_id = make(served, service_code="rubbish", lat="27.65", long="113.87").json()[0]["service_request_id"]
    centre = served.client(Role.COMMAND_CENTRE)

    def expected() -> str:
        found: str = ask(served, f"requests/{request_id}.json").json()[0]["expected_datetime"]
        return found

    assert expected() == "", "it has not been taken up"
    served.time.pass_s(3600)
    centre.post(f"/tickets/{request_id}/register").raise_for_status()
    assert expected() == "2026-11-23T09:00:00.000Z"
    body = {"note": "road works", "until": "2026-11-24T08:00:00Z"}
    centre.post(f"/tickets/{request_id}/suspend", json=body).raise_for_status()
    assert expected() == "", "it stands still"


def test_what_cameras_raise_is_read_too_and_filtered(served: Served) -> None:
    served.post(event("i-1"), event("i-2", hazard="fire_lane", xyxy=[310.0, 50.0, 500.0, 200.0]))
    assert {one["service_code"] for one in ask(served, "requests.json").json()} == {"illegal_parking", "fire_lane"}
    assert len(ask(served, "requests.json", service_code="fire_lane").json()) == 1
    assert ask(served, "requests.json", status="closed").json() == []
    assert len(ask(served, "requests.json", status="open,closed").json()) == 2
    span = {"start_date": "2026-11-21T00:00:00Z", "end_date": "2026-11-21T23:00:00+08:00"}
    assert ask(served, "requests.json", **span).json() == []
    ids = ",".join(one["service_request_id"] for one in ask(served, "requests.json").json())
    assert len(ask(served, "requests.json", service_request_id=ids).json()) == 2
    assert ask(served, "requests.json", Role.GRID_WORKER, "east").json() == []
    other = ids.partition(",")[0]
    assert ask(served, f"requests/{other}.json", Role.GRID_WORKER, "east").status_code == 404


def test_what_lies_behind_the_newest_is_read_by_pages(served: Served) -> None:
    where = [{"service_code": "rubbish", "lat": f"{27.61 + n / 100:.2f}", "long": "113.85"} for n in range(5)]
    made = [make(served, **fields).json()[0]["service_request_id"] for fields in where]

    def page(number: int, size: int, form: str = "json", **query: str) -> list[str]:
        answer = ask(served, f"requests.{form}", page=str(number), page_size=str(size), **query)
        assert answer.status_code == 200, answer.text
        if form == "xml":
            return [one.text or "" for one in ElementTree.fromstring(answer.content).iter("service_request_id")]
        return [one["service_request_id"] for one in answer.json()]

    assert [page(number, 2) for number in (1, 2, 3, 4)] == [made[:2:-1], made[2:0:-1], made[:1], []]
    assert page(2, 2, "xml") == page(2, 2)
    assert page(2, 3, status="open", service_code="rubbish") == made[1::-1]
    assert page(2, 1, service_request_id=",".join(made[:2])) == made[:1]
    end = "2026-11-22T08:00:00Z"
    served.time.pass_s(60)
    make(served, service_code="rubbish", lat="27.69", long="113.85")
    assert page(2, 2, end_date=end) == made[2:0:-1], "what came since moves no page of an earlier end"


@pytest.mark.parametrize(
    "query", [{"page": "0"}, {"page": "-1"}, {"page": "two"}, {"page_size": "1001"}, {"page_size": "²"}]
)
def test_a_page_that_cannot_be_is_refused(shared: Served, query: dict[str, str]) -> None:
    answer = ask(shared, "requests.json", **query)
    assert answer.status_code == 400
    assert f"{next(iter(query))} must be a whole number from 1" in answer.json()[0]["description"]


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "yesterday"])
def test_a_date_that_no_request_has_is_refused(shared: Served, end: str) -> None:
    answer = ask(shared, "requests.json", end_date=end)
    assert (answer.status_code, "end_date must be like" in answer.text) == (400, True)


def test_more_ids_than_are_answered_are_refused_and_not_cut_off(shared: Served) -> None:
    answer = ask(shared, "requests.json", service_request_id="x," * 1001)
    assert (answer.status_code, answer.json()[0]["description"]) == (
        400,
        "service_request_id may name 1000 requests at a time, got 1001",
    )


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"service_code": "unicorn", "lat": "27.6", "long": "113.8"}, 400, "service_code"),
        ({"service_code": "rubbish"}, 400, "lat and long"),
        ({"service_code": "rubbish", "lat": "27.6"}, 400, "lat and long"),
        ({"service_code": "rubbish", "lat": "127.6", "long": "113.8"}, 400, "lat must be"),
        ({"service_code": "rubbish", "lat": "x", "long": "nan"}, 400, "lat must be"),
    ],
)
def test_a_wrong_request_says_what_is_wrong(shared: Served, fields: dict[str, str], status: int, words: str) -> None:
    refused = make(shared, **fields)
    assert refused.status_code == status
    assert words in refused.json()[0]["description"]
    tree = ElementTree.fromstring(make(shared, "xml", **fields).content)
    assert (tree.tag, tree.findtext("error/code")) == ("errors", str(status))


def test_without_a_good_key_nothing_is_told(shared: Served) -> None:
    for answer in (
        ask(shared, "requests.json", None),
        ask(shared, "requests.json", None, api_key="sxt_wrong"),
        ask(shared, "requests.json", Role.WORKER),
        make(shared, role=None, service_code="rubbish", lat="27.6", long="113.8"),
        make(shared, role=Role.AUDITOR, service_code="rubbish", lat="27.6", long="113.8"),
    ):
        assert answer.status_code == 403
        assert answer.json()[0]["code"] == 403


def test_odd_queries_and_bodies_are_refused_in_order(shared: Served) -> None:
    assert ask(shared, "requests.json", start_date="yesterday").status_code == 400
    assert ask(shared, "requests.json", start_date="2026-01-01T00:00:00Z").status_code == 400, "more than 90 days"
    assert ask(shared, "requests.json", status="lost").status_code == 400
    url = f"{shared.url}/open311/v2/requests.json"
    for body, kind in ((b"{}", "application/json"), (b"--x\r\nbroken", "multipart/form-data; boundary=x"), (b"", "")):
        assert httpx.post(
            url, content=body, headers={"content-type": kind}, trust_env=False, timeout=PATIENCE_S
        ).status_code in (400, 403)
    assert ask(shared, "requests.pdf").status_code == 422
