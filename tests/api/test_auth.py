"""Signing in, staying signed in, and being kept out."""

from __future__ import annotations

import pytest

from api.auth.bootstrap import bootstrap_users
from api.auth.passwords import generate_password, hash_password, password_fits
from api.auth.roles import Role, parse_role
from api.auth.tokens import make_token, make_worker_token
from tests.api.house import STRONG, Served, sign_in
from tests.api.stored import dump


def test_a_session_begins_with_the_password_and_ends_on_request(served: Served, passwords: dict[str, str]) -> None:
    client = served.client()
    answer = sign_in(client, "grid1", passwords["grid1"])
    assert answer.json()["user"]["role"] == "grid_worker"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert client.get("/session").json() == answer.json()["user"]
    kept = client.cookies["sanxun_session"]
    assert client.delete("/session").status_code == 204
    # The server has forgotten it, not only the browser.
    assert served.client().get("/session", headers={"Cookie": f"sanxun_session={kept}"}).status_code == 401


def test_a_session_expires(served: Served, passwords: dict[str, str]) -> None:
    client = served.client()
    sign_in(client, "admin", passwords["admin"])
    served.time.pass_s(12 * 3600 - 1)
    assert client.get("/session").status_code == 200
    served.time.pass_s(2)
    assert client.get("/session").status_code == 401


@pytest.mark.parametrize("username", ["grid1", "nobody-of-that-name"])
def test_guessing_is_slowed_down(served: Served, passwords: dict[str, str], username: str) -> None:
    client = served.client()
    for _ in range(5):
        assert sign_in(client, username, "wrong password").status_code == 401
    refused = sign_in(client, username, passwords["grid1"])
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 300
    assert sign_in(client, "centre", passwords["centre"]).status_code == 200
    served.time.pass_s(301)
    assert sign_in(client, "grid1", passwords["grid1"]).status_code == 200


def test_another_sites_page_cannot_use_the_cookie(served: Served, passwords: dict[str, str]) -> None:
    client = served.client()
    sign_in(client, "grid1", passwords["grid1"])
    foreign = {"Origin": "https://evil.example"}
    assert client.post("/tickets/none/accept", headers=foreign).status_code == 403
    assert client.delete("/session", headers=foreign).status_code == 403
    assert client.post("/tickets/none/accept", headers={"Origin": served.url}).status_code == 404
    body = {"username": "grid1", "password": passwords["grid1"]}
    assert client.post("/session", json=body, headers=foreign).status_code == 403


def test_passwords_and_secrets_are_nowhere_in_the_database(served: Served, passwords: dict[str, str]) -> None:
    client = served.client()
    sign_in(client, "admin", passwords["admin"])
    secrets = [*passwords.values(), client.cookies["sanxun_session"], served.token(Role.WORKER)]
    kept = dump(served.data)
    assert "$argon2id$" in kept
    assert not [secret for secret in secrets if secret in kept]


def test_a_wrong_body_does_not_repeat_the_password(served: Served) -> None:
    answer = served.client().post("/session", json={"username": "a", "password": ["hunter2-hunter2"]})
    assert answer.status_code == 422
    assert "hunter2" not in answer.text
    answer = served.client().post("/session", content=b'{"password": "hunter2-hunter2"')
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


def test_first_users_get_passwords_once_and_anew_on_demand(served: Served, passwords: dict[str, str]) -> None:
    assert set(passwords) == {"admin", "centre", "pilot", "grid1"}
    assert len(set(passwords.values())) == 4
    assert bootstrap_users(served.data) == {}
    client = served.client()
    sign_in(client, "grid1", passwords["grid1"])
    renewed = bootstrap_users(served.data, reset=True)
    assert set(renewed) == set(passwords)
    assert client.get("/session").status_code == 401, "a reset ends the sessions of the old password"
    assert sign_in(client, "grid1", passwords["grid1"]).status_code == 401
    assert sign_in(client, "grid1", renewed["grid1"]).status_code == 200


def test_a_workers_new_token_replaces_the_one_before(served: Served) -> None:
    old, other = make_worker_token(served.data, "w1"), make_token(served.data, Role.WORKER, name="w2")
    new = make_worker_token(served.data, "w1")

    def status(token: str) -> int:
        return served.client().get("/worker/site", headers={"Authorization": f"Bearer {token}"}).status_code

    assert [status(token) for token in (old, new, other)] == [401, 200, 200]


def test_a_revoked_token_is_remembered_for_seconds_only(served: Served) -> None:
    old = make_worker_token(served.data, "w1")
    client = served.client()
    headers = {"Authorization": f"Bearer {old}"}
    assert client.get("/worker/site", headers=headers).status_code == 200
    make_worker_token(served.data, "w1")
    served.time.pass_s(5.1)
    assert client.get("/worker/site", headers=headers).status_code == 401


def test_passwords_are_checked_by_hash() -> None:
    stored = hash_password("correct horse")
    assert stored != hash_password("correct horse")
    assert password_fits("correct horse", stored)
    assert not password_fits("correct horsf", stored)
    assert not password_fits("correct horse", None)
    assert not password_fits("correct horse", "not a hash")
    with pytest.raises(ValueError, match="at least"):
        hash_password("short")
    assert len({generate_password() for _ in range(100)}) == 100
    assert (STRONG.type.name, STRONG.time_cost, STRONG.memory_cost) == ("ID", 3, 65536), "what a server hashes with"


@pytest.mark.parametrize("text", ["command-centre", "command_centre", " Command-Centre "])
def test_roles_are_read_with_hyphens_or_underscores(text: str) -> None:
    assert parse_role(text) is Role.COMMAND_CENTRE


def test_an_unknown_role_is_refused_with_the_list() -> None:
    with pytest.raises(ValueError, match="grid_worker"):
        parse_role("king")
