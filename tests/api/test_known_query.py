"""A misspelt parameter is told, not passed over: `?stat=open` would otherwise show tickets of every state."""

from __future__ import annotations

import re

import pytest

from api.auth.roles import Role
from tests.api.house import Served
from tests.api.test_roles import operations

# Identity providers add parameters of their own to the address that they send the visitor back to.
OPEN = "/api/v1/session/elsewhere/callback"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/tickets?stat=open", "did you mean state?"),
        ("/tickets?state=dispatched&Limit=3", "'Limit'"),
        ("/town/at?lon=1&lat=2&datum=WGS-84&radius=9", "did you mean radius_m?"),
        ("/accounts?role=officer&grid=west", "(and 1 more)"),
        ("/session?x=", "expected no query at all"),
    ],
)
def test_a_parameter_that_is_not_known_is_named_with_those_that_are(shared: Served, path: str, words: str) -> None:
    answer = shared.client(Role.ADMINISTRATOR).get(path)
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["detail"]
    assert answer.json()["errors"][0]["at"] in path


def test_every_route_of_the_api_looks_at_its_query(shared: Served) -> None:
    client, passed = shared.client(Role.ADMINISTRATOR), []
    for method, path, _ in operations():
        if path.startswith("/api/v1/"):
            answer = client.request(method, re.sub(r"{\w+}", "none", shared.url + path), params={"nonesuch": "1"})
            if answer.status_code != 422 or "'nonesuch'" not in answer.json()["detail"]:
                passed.append(path)
    assert passed == [OPEN]


def test_what_others_define_takes_what_others_send(shared: Served) -> None:
    more = {"state": "s", "code": "c", "scope": "openid", "session_state": "x", "authuser": "0"}
    assert shared.client().get("/session/elsewhere/callback", params=more).status_code == 404, "none is set up here"
    open311 = f"{shared.url}/open311/v2/services.json?jurisdiction_id=town"
    assert shared.client().get(open311).status_code == 200
