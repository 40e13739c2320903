"""The sealed clip on the ticket: officers open it with a reason, the others are told who may."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.auth.bootstrap import FIRST_USERS
from api.auth.roles import Role
from streams.decoding.encode import write_mp4
from tests.api.house import Served
from tests.pages.conftest import OpenPage
from tests.pages.town import raised
from tests.streams.builders import pictures
from tests.streams.test_clip import encode_with

REASON = "车主对停放位置有异议"


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("mp4") / "clip.mp4"
    write_mp4(path, pictures(100, (640, 360)), fps=25, gop=25)
    return path.read_bytes()


def sealed(served: Served, mp4: bytes) -> None:
    served.post(raised())
    assert served.client(Role.WORKER).put("/worker/events/i-1-raised/clip", content=mp4).status_code == 204


def open_ticket(page: Page) -> Page:
    page.locator("[data-hazard='i-1']").click()
    expect(page.locator(".sealed header")).to_contain_text("封存录像")
    return page


def test_an_administrator_opens_it_with_a_reason_and_sees_it(sign_in: OpenPage, served: Served, mp4: bytes) -> None:
    sealed(served, mp4)
    page = open_ticket(sign_in("admin"))
    expect(page.locator(".sealed header")).to_contain_text("4 秒")
    expect(page.locator(".sealed")).to_contain_text("还没有人开封看过。")
    page.click("text=开封查看")
    expect(page.locator(".sealed .notice")).to_contain_text("记入审计记录")
    expect(page.locator(".sealed textarea")).to_be_focused()
    page.fill(".sealed textarea", REASON)
    page.click(".sealed button[type=submit]")
    video = page.locator(".sealed video")
    expect(video).to_be_visible()
    page.wait_for_function("() => document.querySelector('.sealed video')?.readyState >= 2")
    assert video.evaluate("v => [v.videoWidth, v.videoHeight, Math.round(v.duration)]") == [640, 360, 4]
    page.click("text=查看记录（1 次）")
    expect(page.locator(".sealed .history")).to_contain_text("admin · 管理员")
    expect(page.locator(".sealed q")).to_have_text(REASON)
    page.click("text=收起录像")
    expect(video).to_have_count(0)
    expect(page.locator(".sealed").get_by_role("button", name="开封查看")).to_be_visible()


def test_what_the_browser_cannot_play_can_be_saved(
    sign_in: OpenPage, served: Served, mp4: bytes, tmp_path: Path
) -> None:
    """Many cameras send H.265 unless they are told otherwise, and few browsers play it."""
    clip = encode_with(tmp_path / "h265.mp4", "libx265", {"preset": "ultrafast", "x265-params": "log-level=none"})
    sealed(served, clip.read_bytes())
    page = open_ticket(sign_in("admin"))
    page.click("text=开封查看")
    page.fill(".sealed textarea", REASON)
    page.click(".sealed button[type=submit]")
    expect(page.locator(".sealed-open [role=alert]")).to_contain_text("H.265")
    expect(page.locator(".sealed video")).to_have_count(0)
    with page.expect_download() as saved:
        page.click(".sealed-open a")
    assert saved.value.suggested_filename == "i-1-raised.mp4"
    assert Path(saved.value.path()).read_bytes() == clip.read_bytes()


def test_a_reason_that_says_nothing_is_not_sent(sign_in: OpenPage, served: Served, mp4: bytes) -> None:
    sealed(served, mp4)
    page = open_ticket(sign_in("admin"))
    page.click("text=开封查看")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/open") else None)
    for reason in ("", "看", "   看    看  "):
        page.fill(".sealed textarea", reason)
        page.click(".sealed button[type=submit]")
    expect(page.locator(".sealed textarea")).to_be_focused()
    assert asked == []
    page.click(".sealed >> text=取消")
    expect(page.locator(".sealed textarea")).to_have_count(0)


def test_who_may_not_open_it_is_told_who_may(sign_in: OpenPage, served: Served, mp4: bytes) -> None:
    sealed(served, mp4)
    centre = open_ticket(sign_in("centre"))
    expect(centre.locator(".sealed")).to_contain_text("只有执法人员或管理员可以")
    expect(centre.locator(".sealed button")).to_have_count(0)
    expect(centre.locator(".sealed")).to_contain_text("还没有人开封看过。")
    assert FIRST_USERS["pilot"][0] is Role.DRONE_OPERATOR
    pilot = open_ticket(sign_in("pilot"))
    expect(pilot.locator(".sealed")).to_contain_text("只有执法人员或管理员可以")
    expect(pilot.locator(".sealed")).not_to_contain_text("开封看过")


def test_a_clip_that_comes_while_the_ticket_is_open_appears_and_a_refresh_leaves_the_reason_alone(
    sign_in: OpenPage, served: Served, mp4: bytes
) -> None:
    served.post(raised())
    page = sign_in("admin")
    page.locator("[data-hazard='i-1']").click()
    expect(page.locator(".ticket-facts")).to_be_visible()
    expect(page.locator(".sealed")).to_have_count(0)
    served.client(Role.WORKER).put("/worker/events/i-1-raised/clip", content=mp4)
    expect(page.locator(".sealed")).to_be_visible(timeout=20_000)
    page.click("text=开封查看")
    page.fill(".sealed textarea", REASON)
    served.post(raised("i-2"))
    expect(page.locator("[data-hazard='i-2']")).to_be_visible()
    expect(page.locator(".sealed textarea")).to_have_value(REASON)


def test_a_clip_that_cannot_be_opened_any_more_is_said(sign_in: OpenPage, served: Served, mp4: bytes) -> None:
    sealed(served, mp4)
    page = open_ticket(sign_in("admin", expected=("404",)))
    for path in Path(served.data / "sealed").glob("*/*"):
        path.unlink()
    page.click("text=开封查看")
    page.fill(".sealed textarea", REASON)
    page.click(".sealed button[type=submit]")
    expect(page.locator(".sealed [role=alert]")).to_contain_text("retention")
    expect(page.locator(".sealed textarea")).to_have_value(REASON)


def test_it_speaks_english_too(sign_in: OpenPage, served: Served, mp4: bytes) -> None:
    sealed(served, mp4)
    page = sign_in("admin", language="en-GB")
    page.locator("[data-hazard='i-1']").click()
    expect(page.locator(".sealed header")).to_contain_text("Sealed clip")
    page.click("text=Open the sealed clip")
    expect(page.locator(".sealed .notice")).to_contain_text("audit trail")
