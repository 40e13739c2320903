"""A worker in trouble is told on the wall, beside the hazards that it may miss."""

from __future__ import annotations

from playwright.sync_api import expect

from api.auth.roles import Role
from tests.api.house import Served
from tests.pages.conftest import OpenPage


def tell(served: Served, **outbox: object) -> None:
    body = {"worker": "w-1", "cameras": [], "outbox": outbox}
    assert served.client(Role.WORKER).post("/worker/status", json=body).status_code == 200


def test_a_full_disk_and_what_it_costs_is_said_and_a_sound_worker_says_nothing(
    sign_in: OpenPage, served: Served
) -> None:
    tell(served)
    tell(served, disk_full=True, clips_dropped=3, stills_dropped=2, quarantined=1)
    page = sign_in("centre")
    notices = page.locator("#workers .notice")
    expect(notices).to_have_count(3)
    expect(notices.nth(0)).to_contain_text("w-1：磁盘已满")
    expect(notices.nth(1)).to_contain_text("录像 3 段、画面 2 张")
    expect(notices.nth(2)).to_contain_text("1 条事件未被接受")
    page.click("#wall [data-language=en]")
    expect(notices.nth(0)).to_contain_text("its disk is full")
    tell(served, clips_dropped=3, stills_dropped=2)
    page.reload()
    expect(notices).to_have_count(1)


def test_lost_events_are_said_first(sign_in: OpenPage, served: Served) -> None:
    tell(served)
    tell(served, events_dropped=5, clips_dropped=9)
    page = sign_in("centre", language="en-GB")
    expect(page.locator("#workers .notice").first).to_contain_text("5 EVENTS WERE LOST")


def test_a_wall_without_trouble_shows_none(sign_in: OpenPage, served: Served) -> None:
    tell(served, pending=4, clips=2)
    page = sign_in("centre")
    expect(page.locator("#workers")).to_be_hidden()
