"""Accounts and tokens as an administrator handles them, and the part of the town that each account sees."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.auth.roles import Role
from tests.api.house import Served
from tests.api.stored import change


def tokened(house: Served, secret: str) -> httpx.Client:
    client = house.client()
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


def make_token(house: Served, **given: object) -> tuple[int, httpx.Client]:
    answer = house.client(Role.ADMINISTRATOR).post("/tokens", json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]["id"], tokened(house, answer.json()["secret"])


def test_an_account_is_made_changed_and_shut_out_on_record(shared: Served) -> None:
    admin = shared.client(Role.ADMINISTRATOR)
    given = {"username": "li.wei", "role": "grid_worker", "name": "李伟", "grids": ["west"]}
    made = admin.post("/accounts", json=given)
    assert made.status_code == 201
    person = shared.client()
    signing_in = {"username": "li.wei", "password": made.json()["password"]}
    assert person.post("/session", json=signing_in).status_code == 200
    assert {camera["id"] for camera in person.get("/cameras").json()["items"]} == {"cam-1"}
    assert admin.post("/accounts", json=given).status_code == 409
    tag = admin.get("/accounts/li.wei").headers["etag"]
    moved = admin.patch("/accounts/li.wei", json={"grids": ["east"]}, headers={"If-Match": tag})
    assert moved.json()["grids"] == ["east"]
    assert {camera["id"] for camera in person.get("/cameras").json()["items"]} == {"cam-2"}
    out = admin.patch("/accounts/li.wei", json={"disabled": True}, headers={"If-Match": moved.headers["etag"]})
    assert out.json()["disabled_at"] is not None
    assert person.get("/session").status_code == 401
    assert person.post("/session", json=signing_in).status_code == 401


def test_an_account_is_not_changed_unseen(shared: Served) -> None:
    """Two administrators at once: without If-Match 428, with an old one 412."""
    admin = shared.client(Role.ADMINISTRATOR)
    admin.post("/accounts", json={"username": "unseen", "role": "volunteer"})
    tag = admin.get("/accounts/unseen").headers["etag"]
    needed = admin.patch("/accounts/unseen", json={"name": "A"})
    assert (needed.status_code, needed.json()["type"]) == (428, "urn:sanxun:problem:version-needed")
    assert admin.patch("/accounts/unseen", json={"name": "A"}, headers={"If-Match": tag}).status_code == 200
    assert admin.patch("/accounts/unseen", json={"name": "B"}, headers={"If-Match": tag}).status_code == 412


def test_nobody_becomes_an_administrator_of_a_part_of_the_town(shared: Served) -> None:
    admin = shared.client(Role.ADMINISTRATOR)
    admin.post("/accounts", json={"username": "centre-west", "role": "command_centre", "grids": ["west"]})
    admin.post("/accounts", json={"username": "second", "role": "administrator"})
    for name, wanted in (("centre-west", {"role": "administrator"}), ("second", {"grids": ["west"]})):
        tag = {"If-Match": admin.get(f"/accounts/{name}").headers["etag"]}
        answer = admin.patch(f"/accounts/{name}", json=wanted, headers=tag)
        assert (answer.status_code, "whole town" in answer.json()["detail"]) == (422, True)
    both = {"role": "administrator", "grids": []}
    tag = {"If-Match": admin.get("/accounts/centre-west").headers["etag"]}
    assert admin.patch("/accounts/centre-west", json=both, headers=tag).status_code == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"username": "prog", "role": "worker"}, 422),
        ({"username": "dept", "role": "department"}, 422),
        ({"username": "dept", "role": "department", "department": "fire"}, 201),
        ({"username": "no spaces", "role": "officer"}, 422),
        ({"username": "x", "role": "king"}, 422),
        ({"username": "admin-west", "role": "administrator", "grids": ["west"]}, 422),
        ({"username": "misspelt", "role": "grid_worker", "grids": ["west", "wset"]}, 422),
    ],
    ids=str,
)
def test_what_no_account_can_be_is_refused(shared: Served, given: dict[str, Any], status: int) -> None:
    assert shared.client(Role.ADMINISTRATOR).post("/accounts", json=given).status_code == status


def test_a_unit_that_is_not_there_is_named_and_given_to_nobody(shared: Served) -> None:
    admin = shared.client(Role.ADMINISTRATOR)
    token = admin.post("/tokens", json={"name": "x", "role": "auditor", "grids": ["west", "wset"]})
    assert (token.status_code, "no unit wset:" in token.json()["detail"]) == (422, True)
    admin.post("/accounts", json={"username": "mover", "role": "grid_worker", "grids": ["west"]})
    change(shared.data, "UPDATE account SET grids = '[\"gone\"]' WHERE username = 'mover'")
    for grids, status in ((["gone", "wset"], 422), (["gone", "east"], 200)):  # what it has already may stay
        tag = {"If-Match": admin.get("/accounts/mover").headers["etag"]}
        assert admin.patch("/accounts/mover", json={"grids": grids}, headers=tag).status_code == status


def test_accounts_are_paged_without_losing_one(shared: Served) -> None:
    client = shared.client(Role.AUDITOR)
    found, cursor = [], None
    while True:
        page = client.get("/accounts", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        found += [account["username"] for account in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(found) == len(set(found)) >= 4
    assert {"admin", "centre", "pilot", "grid1"} <= set(found)


def test_an_auditor_of_a_part_of_the_town_reads_its_accounts_and_tokens_alone(shared: Served) -> None:
    admin = shared.client(Role.ADMINISTRATOR)
    for name, units in (("of-west", ["west"]), ("of-east", ["east"]), ("of-both", ["east", "west"])):
        admin.post("/accounts", json={"username": name, "role": "grid_worker", "grids": units}).raise_for_status()
        make_token(shared, name=name, role="officer", grids=units)
    auditor = shared.client(Role.AUDITOR, "west")
    seen = {one["username"] for one in auditor.get("/accounts?limit=200").json()["items"]}
    assert (seen & {"of-west", "of-east", "of-both", "admin"}) == {"of-west", "of-both"}
    assert [auditor.get(f"/accounts/of-{which}").status_code for which in ("west", "both", "east")] == [200, 200, 404]
    tokens = {one["name"] for one in auditor.get("/tokens?limit=200").json()["items"]}
    assert (tokens & {"of-west", "of-east", "of-both"}) == {"of-west", "of-both"}
    assert {one["name"] for one in auditor.get("/tokens?limit=1").json()["items"]} < tokens


def test_a_tokens_scopes_narrow_its_role(shared: Served) -> None:
    _id, client = make_token(shared, name="board", role="command_centre", scopes=["tickets:read"])
    assert client.get("/tickets").status_code == 200
    for method, path in (("GET", "/cameras"), ("POST", "/tickets/none/confirm"), ("GET", "/hazards")):
        refused = client.request(method, path)
        assert (refused.status_code, "scope" in refused.json()["detail"]) == (403, True), path
    _id, worker = make_token(shared, name="half", role="worker", scopes=["worker:write"])
    assert worker.get("/worker/site").status_code == 403
    assert worker.post("/events", json={"events": []}).status_code in (200, 422)


def test_a_scoped_token_makes_none_that_may_more(shared: Served) -> None:
    _id, maker = make_token(shared, name="maker", role="administrator", scopes=["tokens:write", "tickets:read"])
    for scopes, status in (([], 403), (["accounts:write"], 403), (["tickets:read"], 201)):
        given = {"name": "made", "role": "administrator", "scopes": scopes}
        assert maker.post("/tokens", json=given).status_code == status, scopes


def test_an_unknown_scope_is_refused_with_the_list(shared: Served) -> None:
    given = {"name": "x", "role": "auditor", "scopes": ["tickts:read"]}
    answer = shared.client(Role.ADMINISTRATOR).post("/tokens", json=given)
    assert answer.status_code == 422
    assert "tickets:read" in answer.json()["detail"]


def test_a_token_expires_and_is_revoked(shared: Served) -> None:
    _id, short = make_token(shared, name="short", role="auditor", days=0.5)
    number, long = make_token(shared, name="long", role="auditor")
    assert short.get("/tickets").status_code == 200
    shared.time.pass_s(0.5 * 86_400 + 1)
    assert (short.get("/tickets").status_code, long.get("/tickets").status_code) == (401, 200)
    assert shared.client(Role.ADMINISTRATOR).delete(f"/tokens/{number}").status_code == 204
    shared.time.pass_s(6)
    assert long.get("/tickets").status_code == 401
    listed = shared.client(Role.AUDITOR).get("/tokens").json()["items"]
    assert [one["revoked_at"] is not None for one in listed if one["id"] == number] == [True]
    assert "sxt_" not in str(listed)


@pytest.mark.parametrize(
    ("role", "path"), [("worker", "/worker/site"), ("administrator", "/accounts"), ("metrics", "/metrics")]
)
def test_a_token_of_older_days_with_units_that_it_would_not_keep_to_is_refused(
    served: Served, role: str, path: str
) -> None:
    number, client = make_token(served, name="old", role=role)
    address = served.url + path if role == "metrics" else path
    assert client.get(address).status_code == 200
    change(served.data, "UPDATE service_token SET grids = '[\"west\"]' WHERE id = :id", id=number)
    served.time.pass_s(6)
    refused = client.get(address)
    assert refused.status_code == 403
    assert "make the token anew without" in refused.json()["detail"], refused.text


def test_an_administrator_of_older_days_with_units_may_sign_out_and_no_more(served: Served) -> None:
    made = served.client(Role.ADMINISTRATOR).post("/accounts", json={"username": "old", "role": "administrator"})
    person = served.client()
    person.post("/session", json={"username": "old", "password": made.json()["password"]}).raise_for_status()
    change(served.data, "UPDATE account SET grids = '[\"west\"]' WHERE username = 'old'")
    refused = person.post("/accounts", json={"username": "mine", "role": "administrator"})
    assert (refused.status_code, "take them away" in refused.json()["detail"]) == (403, True)
    tag = {"If-Match": served.client(Role.ADMINISTRATOR).get("/accounts/old").headers["etag"]}
    mended = served.client(Role.ADMINISTRATOR).patch("/accounts/old", json={"grids": []}, headers=tag)
    assert (mended.status_code, person.get("/accounts").status_code) == (200, 200)
    assert person.delete("/session").status_code == 204


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.PROPERTY_MANAGER])
def test_whoever_has_business_in_units_only_sees_nothing_without_one(shared: Served, role: Role) -> None:
    assert shared.client(role).get("/cameras").json()["items"] == []
    assert [one["id"] for one in shared.client(role, "west").get("/cameras").json()["items"]] == ["cam-1"]


def test_a_command_centre_of_a_part_of_the_town_sees_that_part(shared: Served) -> None:
    assert [one["id"] for one in shared.client(Role.COMMAND_CENTRE, "east").get("/cameras").json()["items"]] == [
        "cam-2"
    ]
    assert len(shared.client(Role.COMMAND_CENTRE).get("/cameras").json()["items"]) == 3


def test_a_token_lasts_long_enough_to_be_used(shared: Served) -> None:
    admin = shared.client(Role.ADMINISTRATOR)
    for days, status in ((5e-324, 422), (0, 422), (3651, 422), (0.001, 201)):
        answer = admin.post("/tokens", json={"name": "short", "role": "worker", "days": days})
        assert answer.status_code == status, answer.text
