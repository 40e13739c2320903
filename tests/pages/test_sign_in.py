"""The sign-in form with a second factor, on a real browser."""

from __future__ import annotations

import httpx
import pyotp
from playwright.sync_api import expect

from tests.api.house import Served
from tests.pages.conftest import OpenPage
from tests.pages.town import NOW


def test_the_code_is_asked_for_after_the_password(
    open_page: OpenPage, served: Served, passwords: dict[str, str]
) -> None:
    with httpx.Client(base_url=f"{served.url}/api/v1", trust_env=False, timeout=60) as client:
        given = {"username": "grid1", "password": passwords["grid1"]}
        client.post("/session", json=given).raise_for_status()
        begun = client.post("/session/second-factor", json={"password": passwords["grid1"]}).json()
        code = pyotp.TOTP(begun["secret"]).at(NOW)
        codes = client.post("/session/second-factor/confirm", json={"code": code}).json()["codes"]
    page = open_page(390, 844, language="en-GB", expected=("401",))
    page.goto("/phone")
    expect(page.locator("#signin-elsewhere")).to_be_hidden()
    page.fill("[name=username]", "grid1")
    page.fill("[name=password]", passwords["grid1"])
    expect(page.locator("#signin-code")).to_be_hidden()
    page.click("#signin-submit")
    page.fill("[name=code]", "000000")
    page.click("#signin-submit")
    expect(page.locator("#signin-error")).to_contain_text("wrong or was used before")
    page.fill("[name=code]", codes[0])
    page.click("#signin-submit")
    page.wait_for_selector("#phone:visible")


def test_whoever_is_signed_in_need_not_do_so_again_because_the_server_was_away(sign_in: OpenPage) -> None:
    page = sign_in("centre", expected=("503",))
    page.route("**/api/v1/session", lambda route: route.fulfill(status=503, json={}))
    page.reload()
    expect(page.locator("#signin-error")).to_contain_text("服务器出错（503）")
    page.unroute("**/api/v1/session")
    expect(page.locator("#wall")).to_be_visible()
    expect(page.locator("#signin")).to_be_hidden()
