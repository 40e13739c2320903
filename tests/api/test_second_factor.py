"""Codes of an authenticator app, recovery codes, lock-out, and sessions that one can see and end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

import httpx
import pyotp
import pytest
from argon2 import PasswordHasher
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from api.auth import totp
from api.auth.roles import Role
from tests.api.house import PATIENCE_S, FakeTime, Served, serving
from tests.api.stored import change, copied, dump

# As weak as Argon2 can be: these tests sign in a hundred times.
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_numbers = count(1)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, applied_site: Path) -> Iterator[Served]:
    """A server that locks a name after seven failures."""
    data, fake = tmp_path_factory.mktemp("strict"), FakeTime()
    copied(applied_site, data)
    with serving(data, fake, lock_after_failures=7, second_factor_for=["officer"]) as url:
        house = Served(url, data, fake)
        try:
            yield house
        finally:
            house.close()


@dataclass(frozen=True)
class Someone:
    """A new account of a test's own."""

    house: Served
    username: str
    password: str

    def sign_in(self, code: str | None = None, client: httpx.Client | None = None) -> httpx.Response:
        return sign_in(client or self.house.client(), self.username, self.password, code)

    def signed_in(self) -> httpx.Client:
        client = self.house.client()
        assert self.sign_in(client=client).status_code == 200
        return client


def make(house: Served, role: Role = Role.GRID_WORKER) -> Someone:
    username = f"someone{next(_numbers)}"
    made = house.client(Role.ADMINISTRATOR).post("/accounts", json={"username": username, "role": role})
    assert made.status_code == 201, made.text
    password = made.json()["password"]
    cheap = "UPDATE account SET password_hash = :hash WHERE username = :username"
    change(house.data, cheap, hash=_CHEAP.hash(password), username=username)
    return Someone(house, username, password)


@pytest.fixture
def someone(strict: Served) -> Someone:
    return make(strict)


def sign_in(client: httpx.Client, username: str, password: str, code: str | None = None) -> httpx.Response:
    body = {"username": username, "password": password} | ({"code": code} if code else {})
    return client.post("/session", json=body)


def at(secret: str, now: datetime) -> str:
    return pyotp.TOTP(secret).at(now)


def enrolled(someone: Someone) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes of an account that has just enrolled."""
    client = someone.signed_in()
    begun = client.post("/session/second-factor", json={"password": someone.password}).json()
    uri = f"otpauth://totp/Sanxun%20Danjiang:{someone.username}?secret={begun['secret']}"
    assert begun["uri"].startswith(uri)
    answer = client.post("/session/second-factor/confirm", json={"code": at(begun["secret"], someone.house.time.at)})
    assert answer.status_code == 200, answer.text
    return begun["secret"], answer.json()["codes"]


def test_the_password_alone_is_no_longer_enough(someone: Someone) -> None:
    secret, _codes = enrolled(someone)
    asked = someone.sign_in()
    assert (asked.status_code, asked.json()["type"]) == (401, "urn:sanxun:problem:second-factor")
    assert asked.json()["code_was_wrong"] is False
    someone.house.time.pass_s(30)
    client = someone.house.client()
    assert someone.sign_in(at(secret, someone.house.time.at), client).status_code == 200
    assert {one["method"] for one in client.get("/session/all").json()["items"]} == {"totp", "password"}


def test_a_code_works_once(someone: Someone) -> None:
    secret, _codes = enrolled(someone)
    confirming = someone.sign_in(at(secret, someone.house.time.at))
    assert confirming.json()["code_was_wrong"] is True, "the code that confirmed the enrolment is spent"
    someone.house.time.pass_s(30)
    code = at(secret, someone.house.time.at)
    assert [someone.sign_in(code).status_code for _ in range(2)] == [200, 401]


def test_clocks_may_differ_by_one_step_and_no_more(someone: Someone) -> None:
    secret, _codes = enrolled(someone)
    someone.house.time.pass_s(300)
    for steps, status in ((-2, 401), (2, 401), (-1, 200), (1, 200)):
        code = pyotp.TOTP(secret).generate_otp(int(someone.house.time.at.timestamp()) // 30 + steps)
        assert someone.sign_in(code).status_code == status, steps


def test_a_recovery_code_works_once_and_new_ones_replace_the_rest(someone: Someone) -> None:
    secret, codes = enrolled(someone)
    assert len(set(codes)) == totp.RECOVERY_CODES
    client = someone.house.client()
    assert someone.sign_in(codes[0].upper() + " ", client).status_code == 200
    assert someone.sign_in(codes[0]).status_code == 401
    assert client.get("/session/second-factor").json()["recovery_codes_left"] == 9
    renewed = client.post("/session/second-factor/recovery-codes", json={"code": codes[1]}).json()["codes"]
    assert someone.sign_in(codes[2]).status_code == 401
    assert someone.sign_in(renewed[0]).status_code == 200
    someone.house.time.pass_s(60)
    assert client.post("/session/second-factor/remove", json={"code": "000000"}).status_code == 403
    removed = client.post("/session/second-factor/remove", json={"code": at(secret, someone.house.time.at)})
    assert removed.status_code == 204
    assert someone.sign_in().status_code == 200


def test_knowing_the_password_does_not_give_endless_tries_at_the_code(someone: Someone) -> None:
    enrolled(someone)
    statuses = []
    for number in range(6):
        someone.sign_in()  # right, without a code: must not wipe out the count
        statuses.append(someone.sign_in(f"00000{number}").status_code)
    assert statuses == [401] * 5 + [429]


def test_enrolling_takes_the_password_and_happens_once(someone: Someone) -> None:
    client = someone.signed_in()
    assert client.post("/session/second-factor", json={"password": "wrong-password"}).status_code == 403
    assert client.post("/session/second-factor/confirm", json={"code": "123456"}).status_code == 409
    begun = client.post("/session/second-factor", json={"password": someone.password}).json()
    assert client.post("/session/second-factor/confirm", json={"code": "abc"}).status_code == 403
    assert someone.sign_in().status_code == 200, "not in force before it is confirmed"
    code = at(begun["secret"], someone.house.time.at)
    assert client.post("/session/second-factor/confirm", json={"code": code}).status_code == 200
    assert client.post("/session/second-factor", json={"password": someone.password}).status_code == 409


def test_neither_secret_nor_recovery_codes_lie_open_in_the_database(someone: Someone) -> None:
    secret, codes = enrolled(someone)
    kept = dump(someone.house.data)
    assert not [text for text in (secret, *codes) if text in kept]
    assert (someone.house.data / "sign-in.key").stat().st_mode & 0o077 == 0


def test_an_administrator_takes_a_lost_second_factor_away(someone: Someone) -> None:
    enrolled(someone)
    admin = someone.house.client(Role.ADMINISTRATOR)
    assert admin.delete(f"/accounts/{someone.username}/second-factor").status_code == 204
    assert someone.sign_in().status_code == 200


def test_where_a_role_needs_a_second_factor_nothing_else_goes_before_it(strict: Served) -> None:
    officer = make(strict, Role.OFFICER)
    client = officer.signed_in()
    assert client.get("/session").json()["enrol"] is True
    refused = client.get("/tickets")
    assert (refused.status_code, refused.json()["enrol"]) == (403, True)
    assert [wall_status(strict, client), open311_status(strict, client)] == [403, 403]
    enrolled(officer)
    assert client.get("/tickets").status_code == 200
    assert [wall_status(strict, client), open311_status(strict, client)] == [101, 200]


def wall_status(house: Served, client: httpx.Client) -> int:
    url = house.url.replace("http", "ws") + "/api/v1/wall"
    cookie = {"Cookie": f"sanxun_session={client.cookies['sanxun_session']}"}
    try:
        with connect(url, additional_headers=cookie, origin=house.url, proxy=None, open_timeout=90) as socket:  # type: ignore[arg-type]
            assert socket.response is not None
            return socket.response.status_code
    except InvalidStatus as refused:
        return refused.response.status_code


def open311_status(house: Served, client: httpx.Client) -> int:
    key = {"api_key": client.cookies["sanxun_session"]}
    return httpx.get(
        f"{house.url}/open311/v2/requests.json", params=key, trust_env=False, timeout=PATIENCE_S
    ).status_code


@pytest.mark.parametrize("exists", [True, False], ids=["account", "nobody"])
def test_a_name_locks_whether_or_not_it_exists(strict: Served, exists: bool) -> None:
    """A slow guesser with many addresses: failures in a row lock the name, here after seven."""
    someone = make(strict) if exists else Someone(strict, f"nobody{next(_numbers)}", "no password")
    for number in range(7):
        if number % 4 == 0:
            strict.time.pass_s(301)  # the address is forgiven, the name is not
        assert sign_in(strict.client(), someone.username, "wrong password").status_code == 401
    strict.time.pass_s(301)
    locked = someone.sign_in()
    assert locked.status_code == 429
    assert "for this name" in locked.json()["detail"]
    if exists:
        admin = strict.client(Role.ADMINISTRATOR)
        assert admin.post(f"/accounts/{someone.username}/unlock").status_code == 204
        assert someone.sign_in().status_code == 200


def test_a_lock_ends_by_itself(someone: Someone) -> None:
    for number in range(7):
        if number % 4 == 0:
            someone.house.time.pass_s(301)
        sign_in(someone.house.client(), someone.username, "wrong password")
    someone.house.time.pass_s(15 * 60 - 1)
    assert someone.sign_in().status_code == 429
    someone.house.time.pass_s(2)
    assert someone.sign_in().status_code == 200


def test_sessions_are_listed_and_ended_one_by_one(someone: Someone) -> None:
    phone, desk, other = someone.house.client(), someone.signed_in(), make(someone.house).signed_in()
    phone.headers["User-Agent"] = "A phone"
    someone.sign_in(client=phone)
    listed = desk.get("/session/all").json()["items"]
    shown = sorted((one["agent"].split("/")[0], one["this"]) for one in listed)
    assert shown == [("A phone", False), ("python-httpx", True)]
    [there] = [one["id"] for one in listed if not one["this"]]
    assert other.delete(f"/session/all/{there}").status_code == 404, "another person's session"
    assert desk.delete(f"/session/all/{there}").status_code == 204
    assert phone.get("/session").status_code == 401
    assert desk.get("/session").status_code == 200
    someone.sign_in(client=phone)
    assert desk.delete("/session/others").status_code == 204
    assert phone.get("/session").status_code == 401


def test_a_new_password_ends_the_other_sessions(someone: Someone) -> None:
    here, there = someone.signed_in(), someone.signed_in()
    wrong = {"current_password": "wrong password", "new_password": "a much better one"}
    assert here.post("/session/password", json=wrong).status_code == 403
    right = wrong | {"current_password": someone.password}
    assert here.post("/session/password", json=right).status_code == 204
    assert (here.get("/session").status_code, there.get("/session").status_code) == (200, 401)
    assert sign_in(there, someone.username, "a much better one").status_code == 200
