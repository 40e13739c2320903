"""A picture that cannot be believed stays in view and says so; who may, accepts a view that was aimed anew."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from api.auth.roles import Role
from tests.api.house import Served
from tests.pages.conftest import PATIENCE_MS, OpenPage
from tests.pages.test_tiles import BLUE, drawn
from tests.pages.town import StreamWorker, ago, picture


def report(served: Served, **values: Any) -> list[str]:
    status = {"camera": "cam-1", "state": "live", "since": ago(900), "last_frame_at": ago(0), "unknown_s": 185.0}
    body = {"worker": "w-1", "cameras": [status | values]}
    answer = served.client(Role.WORKER).post("/worker/status", json=body)
    assert answer.status_code == 200, answer.text
    looked_at: list[str] = answer.json()["looked_at"]
    return looked_at


def troubled(page: Page) -> Locator:
    return page.locator("[data-camera=cam-1] .trouble")


def show(page: Page, served: Served) -> None:
    """A live picture of cam-1."""
    page.wait_for_function("() => document.querySelector('[data-camera=cam-1]')")
    ends_s = time.monotonic() + PATIENCE_MS / 1000
    while "cam-1" not in report(served, fault="turned", fault_since=ago(180)):
        assert time.monotonic() < ends_s, "nobody looks at cam-1"
        page.wait_for_timeout(50)
    StreamWorker(served).tile("cam-1", picture(BLUE))
    drawn(page, "cam-1", 1)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", ("镜头已偏转", "已 3:", "期间不作判断", "累计未知 3:05")),
        ("en-GB", ("Turned away", "for 3:", "Unknown for 3:05", "raised or cleared")),
    ],
)
def test_a_fault_is_said_over_the_picture(
    sign_in: OpenPage, served: Served, language: str, words: tuple[str, ...]
) -> None:
    report(served, fault="turned", fault_since=ago(180))
    page = sign_in("centre", language=language)
    show(page, served)
    tile = page.locator("[data-camera=cam-1]")
    expect(tile).to_have_attribute("data-state", "live")
    for word in words:
        expect(troubled(page)).to_contain_text(word)
    expect(tile.locator(".tile-state")).to_have_text(words[0])
    expect(tile.locator(".veil")).to_be_hidden()
    report(served)
    expect(troubled(page)).to_be_hidden()


def test_the_centre_accepts_a_view_and_is_asked_whether_it_is_sure(sign_in: OpenPage, served: Served) -> None:
    report(served, fault="turned", fault_since=ago(180))
    page = sign_in("centre")
    show(page, served)
    asked: list[str] = []

    def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)

    def view() -> int:
        cameras = served.client(Role.COMMAND_CENTRE).get("/cameras").json()["items"]
        return int(cameras[0]["view"])

    troubled(page).get_by_role("button").click()
    assert "解放路口东" in asked[0]
    assert view() == 0
    with page.expect_response("**/accept-view"):
        troubled(page).get_by_role("button").click()
    assert view() == 1


def test_who_may_not_accept_a_view_is_offered_none(sign_in: OpenPage, served: Served) -> None:
    report(served, fault="turned", fault_since=ago(180))
    page = sign_in("pilot")
    show(page, served)
    expect(troubled(page)).to_be_visible()
    expect(troubled(page).get_by_role("button")).to_have_count(0)
