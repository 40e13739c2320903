"""Signing in with the town's own identity provider: a real one on loopback, and what it must not get away with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from api.auth.limits import WINDOW_S, VisitLimit
from api.config_file import WrongConfiguration
from api.settings import Settings
from tests.api.house import FakeTime, Served, serving
from tests.api.peers.identity import CLIENT_ID, CLIENT_SECRET, Identity, providing
from tests.api.stored import copied, dump

ROLES = {"chief": "administrator", "centre": "command_centre", "grid": "grid_worker", "bureau": "department"}
ANNA = {
    "sub": "a-1",
    "preferred_username": "anna",
    "name": "Anna 安娜",
    "realm_access": {"roles": ["grid", "x"]},
    "units": ["West"],
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, applied_site: Path) -> Iterator[tuple[Served, Identity]]:
    data, fake = tmp_path_factory.mktemp("elsewhere"), FakeTime()
    copied(applied_site, data)
    with providing(lambda: fake.at.timestamp()) as identity:
        settings: dict[str, Any] = {
            "oidc_issuer": identity.issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": CLIENT_SECRET,
            "oidc_role_claim": "realm_access.roles",
            "oidc_roles": ROLES,
            "oidc_units": {"West": "west"},
        }
        with serving(data, fake, **settings) as url:
            house = Served(url, data, fake)
            try:
                yield house, identity
            finally:
                house.close()


@pytest.fixture
def anna(there: tuple[Served, Identity]) -> Identity:
    identity = there[1]
    identity.claims, identity.faults, identity.forge_with = dict(ANNA), {}, None
    return identity


def go(house: Served, client: httpx.Client) -> str:
    """Begin: the provider's address that the browser is sent to."""
    answer = client.get("/session/elsewhere")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def sign_in(
    house: Served, identity: Identity, client: httpx.Client | None = None
) -> tuple[httpx.Client, httpx.Response]:
    client = client or house.client()
    return client, client.get(identity.authorise(go(house, client)))


def test_a_person_of_the_town_signs_in_with_role_and_units(there: tuple[Served, Identity], anna: Identity) -> None:
    house, _ = there
    offered = house.client().get("/session/ways").json()["elsewhere"]
    assert offered["href"] == "/api/v1/session/elsewhere"
    client, back = sign_in(house, anna)
    assert back.status_code == 200, back.text
    assert "samesite=strict" in back.headers["set-cookie"].lower()
    me = client.get("/session").json()
    assert (me["username"], me["role"], me["grids"]) == ("anna", "grid_worker", ["west"])
    assert {camera["id"] for camera in client.get("/cameras").json()["items"]} == {"cam-1"}
    [session] = client.get("/session/all").json()["items"]
    assert session["method"] == "elsewhere"


def test_a_changed_role_there_is_a_changed_role_here(there: tuple[Served, Identity], anna: Identity) -> None:
    house, _ = there
    sign_in(house, anna)
    anna.claims |= {"realm_access": {"roles": ["centre", "grid"]}, "units": []}
    client, _back = sign_in(house, anna)
    me = client.get("/session").json()
    assert (me["username"], me["role"], me["grids"]) == ("anna", "command_centre", [])


def test_nobody_comes_as_administrator_of_a_part_of_the_town(there: tuple[Served, Identity], anna: Identity) -> None:
    house, _ = there
    anna.claims |= {"sub": "a-9", "preferred_username": "chief", "realm_access": {"roles": ["chief"]}}
    _client, refused = sign_in(house, anna)
    assert (refused.status_code, "whole town" in refused.json()["detail"]) == (403, True)
    anna.claims["units"] = []
    client, _back = sign_in(house, anna)
    assert client.get("/session").json()["role"] == "administrator"


def test_whoever_loses_the_role_there_loses_the_sessions_here(there: tuple[Served, Identity], anna: Identity) -> None:
    house, _ = there
    client, _back = sign_in(house, anna)
    anna.claims["realm_access"] = {"roles": ["cook"]}
    _other, refused = sign_in(house, anna)
    assert refused.status_code == 403
    assert client.get("/session").status_code == 401


def test_whoever_has_a_role_there_that_cannot_be_had_here_loses_the_sessions_here(
    there: tuple[Served, Identity], anna: Identity
) -> None:
    house, _ = there
    client, _back = sign_in(house, anna)
    anna.claims["realm_access"] = {"roles": ["bureau"]}  # and no department
    _other, refused = sign_in(house, anna)
    assert (refused.status_code, "department" in refused.json()["detail"]) == (403, True)
    assert client.get("/session").status_code == 401


def test_a_provider_may_have_keys_of_kinds_that_are_not_known_here(
    there: tuple[Served, Identity], anna: Identity
) -> None:
    house, _ = there
    anna.other_keys = [{"kty": "EC", "crv": "SM2", "kid": "sm2", "use": "sig", "x": "AA", "y": "AA"}, {"kty": "new"}]
    anna.rotate()  # so that its keys are read anew
    client, back = sign_in(house, anna)
    assert back.status_code == 200, back.text
    assert client.get("/session").json()["username"] == "anna"


def test_a_name_that_has_a_password_here_is_not_taken_over(there: tuple[Served, Identity], anna: Identity) -> None:
    house, _ = there
    anna.claims |= {"sub": "a-2", "preferred_username": "admin"}
    client, _back = sign_in(house, anna)
    me = client.get("/session").json()
    assert (me["username"], me["role"]) == ("admin-2", "grid_worker")


def test_the_account_made_there_has_no_password_here(there: tuple[Served, Identity], anna: Identity) -> None:
    house, _ = there
    sign_in(house, anna)
    for password in ("", "x", "anna"):
        answer = house.client().post("/session", json={"username": "anna", "password": password or " "})
        assert answer.status_code == 401


def test_new_keys_of_the_provider_are_fetched_when_they_are_met(there: tuple[Served, Identity], anna: Identity) -> None:
    house, _ = there
    sign_in(house, anna)
    before = anna.asked.count("/keys")
    anna.rotate()
    _client, back = sign_in(house, anna)
    assert back.status_code == 200
    assert anna.asked.count("/keys") == before + 1


@pytest.mark.parametrize(
    "faults",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"aud": [CLIENT_ID, "another"]},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"nbf": 4_000_000_000},
    ],
    ids=json.dumps,
)
def test_a_token_with_a_fault_is_refused(
    there: tuple[Served, Identity], anna: Identity, faults: dict[str, Any]
) -> None:
    house, _ = there
    anna.faults = faults
    client, back = sign_in(house, anna)
    assert (back.status_code, back.headers["content-type"]) == (401, "application/problem+json")
    assert client.get("/session").status_code == 401


@pytest.mark.parametrize("kind", ["another key", "the public key as a shared one"])
def test_a_forged_signature_is_refused(there: tuple[Served, Identity], anna: Identity, kind: str) -> None:
    house, _ = there
    public = anna.key.as_pem(private=False)
    anna.forge_with = RSAKey.generate_key(2048) if kind == "another key" else OctKey.import_key(public.hex())
    assert sign_in(house, anna)[1].status_code == 401


def test_the_way_back_works_once_in_time_and_in_the_same_browser(
    there: tuple[Served, Identity], anna: Identity
) -> None:
    house, _ = there
    client = house.client()
    back = anna.authorise(go(house, client))
    assert house.client().get(back).status_code == 401, "another browser: a sign-in forced on somebody"
    assert client.get(back).status_code == 401, "used up by the attempt"
    back = anna.authorise(go(house, client))
    assert client.get(back).status_code == 200
    assert client.get(back).status_code == 401, "a second time"
    late = anna.authorise(go(house, client))
    house.time.pass_s(601)
    assert client.get(late).status_code == 401
    assert client.get("/session/elsewhere/callback", params={"state": "made-up", "code": "x"}).status_code == 401
    mixed = anna.authorise(go(house, client)).split("&iss=")[0] + "&iss=https%3A%2F%2Fevil.example"
    assert client.get(mixed).status_code == 401, "another provider's answer (RFC 9207)"


def test_a_code_is_bound_to_its_verifier(there: tuple[Served, Identity], anna: Identity) -> None:
    """A stolen code put into the thief's own flow: the provider sees another PKCE verifier."""
    house, _ = there
    victims = anna.authorise(go(house, house.client()))
    code = victims.split("code=")[1].split("&")[0]
    thief = house.client()
    own = anna.authorise(go(house, thief))
    own_code = own.split("code=")[1].split("&")[0]
    assert thief.get(own.replace(own_code, code)).status_code == 401


def test_a_person_sees_the_page_not_the_problem(there: tuple[Served, Identity], anna: Identity) -> None:
    house, _ = there
    client = house.client()
    anna.claims["realm_access"] = {}
    answer = client.get(anna.authorise(go(house, client)), headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?signin=not-allowed")


def test_nothing_of_the_provider_lies_open_in_the_database(there: tuple[Served, Identity], anna: Identity) -> None:
    house, _ = there
    client = house.client()
    address = go(house, client)
    state = address.split("&state=")[1].split("&")[0]
    kept = dump(house.data)
    assert state not in kept
    assert CLIENT_SECRET not in kept


def test_whoever_knocks_again_and_again_must_wait(
    there: tuple[Served, Identity], anna: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each visit writes a row and asks the provider: nobody may have that done without end."""
    house, _ = there
    house.time.pass_s(WINDOW_S + 1)
    monkeypatch.setattr(VisitLimit, "MOST", 5)
    visitor = house.client()
    statuses = [visitor.get("/session/elsewhere").status_code for _ in range(VisitLimit.MOST + 1)]
    assert statuses == [303] * 5 + [429]
    assert visitor.get("/session/elsewhere/callback", params={"state": "s", "code": "c"}).status_code == 429
    house.time.pass_s(WINDOW_S + 1)
    assert sign_in(house, anna, visitor)[1].status_code == 200


@pytest.mark.parametrize("role", ["worker", "metrics"])
def test_a_person_never_becomes_a_program(role: str, tmp_path: Path) -> None:
    with pytest.raises(WrongConfiguration, match=r"oidc_roles.*a program's role"):
        Settings(data=tmp_path, oidc_roles={"staff": role})


def test_without_a_provider_there_is_none_to_go_to(shared: Served) -> None:
    assert shared.client().get("/session/ways").json() == {"password": True, "elsewhere": None}
    assert shared.client().get("/session/elsewhere").status_code == 404
