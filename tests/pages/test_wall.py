"""The wall: who comes in, what is shown, and how it follows what happens."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from api.auth.roles import Role
from tests.api.house import Served
from tests.pages.conftest import OpenPage
from tests.pages.town import NOW, StreamWorker, ago, cleared, raised


def test_a_wrong_password_is_said_and_a_right_one_opens_the_wall(
    open_page: OpenPage, passwords: dict[str, str]
) -> None:
    page = open_page()
    page.goto("/")
    page.fill("[name=username]", "centre")
    page.fill("[name=password]", "not this one")
    page.keyboard.press("Enter")
    expect(page.locator("#signin-error")).to_have_text("用户名或密码不对。请检查后再试。")
    page.fill("[name=password]", passwords["centre"])
    page.keyboard.press("Enter")
    expect(page.locator("#wall")).to_be_visible()
    expect(page.locator("#site")).to_have_text("丹江街道")
    page.reload()
    expect(page.locator("#wall")).to_be_visible()


def test_a_session_that_has_ended_asks_to_sign_in_and_goes_on(sign_in: OpenPage, passwords: dict[str, str]) -> None:
    page = sign_in("centre", expected=("401", "WebSocket"))
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # somebody looks again: the page asks
    expect(page.locator("#signin-error")).to_contain_text("登录已过期")
    page.fill("[name=password]", passwords["centre"])
    page.click("#signin-submit")
    expect(page.locator("#wall")).to_be_visible()
    expect(page.locator("#connection")).to_have_text("实时")


def test_signing_out_shows_the_form_again(wall: Page) -> None:
    wall.click("#signout")
    expect(wall.locator("#signin")).to_be_visible()
    wall.reload()
    expect(wall.locator("#signin")).to_be_visible()


@pytest.mark.parametrize(
    ("username", "asked", "home"),
    [("grid1", "/", "/phone"), ("centre", "/phone", "/"), ("admin", "/phone", "/"), ("pilot", "/", "/")],
)
def test_each_role_comes_to_its_own_page(sign_in: OpenPage, username: str, asked: str, home: str) -> None:
    page = sign_in(username, asked)
    assert page.evaluate("location.pathname") == home


def test_an_empty_wall_says_that_all_is_calm(wall: Page) -> None:
    expect(wall.locator("#feed-empty strong")).to_have_text("目前没有隐患")
    expect(wall.locator("[data-count=open] dd")).to_have_text("0")
    expect(wall.locator("[data-count=closed] dd")).to_have_text("0")


def test_the_clock_runs_in_the_sites_zone(wall: Page) -> None:
    clock = wall.locator("#clock-time")
    expect(clock).to_have_text(NOW.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%H:%M:%S"))
    later = NOW + timedelta(seconds=61)
    wall.evaluate("at_ms => (heldAt_ms = at_ms)", later.timestamp() * 1000)
    expect(clock).to_have_text(later.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%H:%M:%S"))


def test_a_raised_hazard_comes_to_the_feed_without_asking(wall: Page, served: Served) -> None:
    wall.add_init_script("globalThis.setInterval = () => 0")  # no round of its own: what comes was pushed
    wall.reload()
    expect(wall.locator("#connection")).to_have_text("实时")
    expect(wall.locator("#feed-empty")).to_be_visible()
    served.post(raised())
    row = wall.locator("[data-hazard='i-1']")
    expect(row).to_be_visible()
    expect(row.locator(".hazard-kind")).to_have_text("违规停车")
    expect(row.locator(".hazard-place")).to_have_text("解放路口东 · 消防门前")
    expect(row.locator(".chip")).to_have_text("未消除")
    expect(row.locator(".hazard-ticket")).to_have_text("#1 派遣")
    expect(row).to_contain_text("持续 1:11")
    expect(wall.locator("[data-count=open] dd")).to_have_text("1")
    expect(wall.locator("[data-count=dispatched] dd")).to_have_text("1")
    expect(wall.locator("#announce")).to_have_text("新隐患：违规停车，解放路口东 · 消防门前")


def test_newest_comes_first_and_the_filter_tells_open_from_cleared(wall: Page, served: Served) -> None:
    served.post(raised("i-1"), raised("i-2"), cleared("i-1"))
    rows = wall.locator(".hazard")
    expect(rows).to_have_count(2)
    assert rows.evaluate_all("rows => rows.map((row) => row.dataset.hazard)") == ["i-2", "i-1"]
    wall.click("[data-filter=cleared]")
    expect(rows).to_have_count(1)
    expect(rows.first).to_have_attribute("data-hazard", "i-1")
    wall.click("[data-filter=open]")
    expect(rows.first).to_have_attribute("data-hazard", "i-2")


def test_a_chosen_hazard_shows_its_ticket_and_still_with_the_box(wall: Page, served: Served) -> None:
    served.post(raised())
    wall.click("[data-hazard='i-1']")
    panel = wall.locator("#ticket")
    expect(panel.locator("h2")).to_have_text("违规停车 #1")
    expect(panel.locator("[aria-current=step]")).to_contain_text("派遣")
    expect(panel.locator("[data-step=done]")).to_have_count(2)
    expect(panel.locator("[data-clock=respond] strong")).to_contain_text("还剩 5:00")
    expect(panel.locator("[data-clock=rectify] strong")).to_contain_text("还剩 1:00:00")
    expect(panel.locator(".history li")).to_have_count(3)
    expect(panel).to_contain_text("解放路社区第三微网格")
    expect(panel.locator(".still-box")).to_have_attribute("viewBox", "0 0 960 540")
    wall.wait_for_function("() => document.querySelector('.still img')?.naturalWidth > 0")


def test_the_box_stands_where_the_hazard_is(wall: Page, served: Served) -> None:
    served.post(raised(xyxy=[480.0, 270.0, 720.0, 405.0]))
    wall.click("[data-hazard='i-1']")
    wall.wait_for_function("() => document.querySelector('.still img')?.naturalWidth > 0")
    still = wall.locator(".still").bounding_box()
    box = wall.locator(".still-box rect").last.bounding_box()
    assert still
    assert box
    centre = (
        (box["x"] + box["width"] / 2 - still["x"]) / still["width"],
        (box["y"] + box["height"] / 2 - still["y"]) / still["height"],
    )
    assert centre == pytest.approx((0.625, 0.625), abs=0.01)


def test_the_still_can_be_seen_large(wall: Page, served: Served) -> None:
    served.post(raised())
    wall.click("[data-hazard='i-1']")
    wall.click(".still-enlarge")
    large = wall.locator("dialog .still").bounding_box()
    assert large
    assert large["width"] > 1500
    wall.keyboard.press("Escape")
    expect(wall.locator("dialog")).to_have_count(0)
    expect(wall.locator("#ticket")).to_be_visible()  # Escape closes one thing at a time
    expect(wall.locator(".still-enlarge")).to_be_focused()


def test_a_message_leads_the_command_centre_to_its_ticket(sign_in: OpenPage, served: Served) -> None:
    served.post(raised("i-1"), raised("i-2"))
    first, second = sorted(served.tickets(), key=lambda ticket: int(ticket["number"]))
    page = sign_in("centre", path=f"/phone#{first['id']}")
    expect(page.locator("#ticket-heading")).to_contain_text(f"#{first['number']}")
    page.evaluate(f"location.hash = '{second['id']}'")
    expect(page.locator("#ticket-heading")).to_contain_text(f"#{second['number']}")
    assert "#" not in page.url


def test_a_ticket_that_a_message_names_and_that_is_gone_is_said(sign_in: OpenPage) -> None:
    page = sign_in("centre", expected=("404",))
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    with page.expect_response("**/api/v1/tickets/none"):
        page.evaluate("location.hash = 'none'")
    page.wait_for_function("!location.hash")
    expect(page.locator("#ticket")).to_be_hidden()
    assert len(said) == 1


def test_the_panel_closes_by_escape_and_gives_the_focus_back(wall: Page, served: Served) -> None:
    served.post(raised())
    row = wall.locator("[data-hazard='i-1']")
    row.focus()
    wall.keyboard.press("Enter")
    expect(wall.locator("#ticket")).to_be_visible()
    wall.keyboard.press("Escape")
    expect(wall.locator("#ticket")).to_be_hidden()
    expect(row).to_be_focused()


def _verifying(served: Served) -> str:
    served.post(raised())
    worker = served.client(Role.GRID_WORKER)
    ticket = served.tickets()[0]["id"]
    assert worker.post(f"/tickets/{ticket}/accept").status_code == 200
    assert worker.post(f"/tickets/{ticket}/close", json={"note": "moved"}).json()["state"] == "verifying"
    return str(ticket)


def test_the_command_centre_confirms_with_a_note(wall: Page, served: Served) -> None:
    _verifying(served)
    wall.click("[data-hazard='i-1']")
    wall.click("[data-command=confirm]")
    wall.fill("textarea", "看过画面，车已走")
    wall.click(".command-form [type=submit]")
    expect(wall.locator("#ticket [aria-current=step]")).to_contain_text("销号")
    expect(wall.locator("#ticket .history q").first).to_have_text("看过画面，车已走")
    expect(wall.locator(".hazard-ticket")).to_have_text("#1 销号")
    [ticket] = served.tickets()
    assert (ticket["state"], ticket["history"][-1]["note"]) == ("closed", "看过画面，车已走")


def test_a_command_without_its_note_is_not_sent(wall: Page, served: Served) -> None:
    _verifying(served)
    wall.click("[data-hazard='i-1']")
    wall.click("[data-command=return]")
    wall.click(".command-form [type=submit]")
    expect(wall.locator("textarea")).to_be_focused()
    assert served.tickets()[0]["state"] == "verifying"


def test_a_command_that_comes_too_late_is_said_and_the_ticket_shown_as_it_is(sign_in: OpenPage, served: Served) -> None:
    page = sign_in("centre", expected=("409", "412", "ERR_FAILED"))
    ticket = _verifying(served)
    page.click("[data-hazard='i-1']")
    page.click("[data-command=return]")
    page.fill("textarea", "还在")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    # Until it sends its command, the page does not hear that another was faster.
    page.route("**/api/v1/tickets/*", lambda route: route.continue_() if "POST" in sent else route.abort())
    other = served.client(Role.COMMAND_CENTRE)
    assert other.post(f"/tickets/{ticket}/return", json={"note": "first"}).status_code == 200
    page.click(".command-form [type=submit]")
    expect(page.locator("#ticket [role=alert]")).to_have_text("这张工单刚被别人改过，现在显示的是最新状态。")
    expect(page.locator("#ticket [data-aside=returned]")).to_have_text("退回")
    assert [step["note"] for step in served.tickets()[0]["history"]][-1] == "first"


def test_a_note_being_written_is_told_that_another_was_faster(wall: Page, served: Served) -> None:
    ticket = _verifying(served)
    wall.click("[data-hazard='i-1']")
    wall.click("[data-command=return]")
    other = served.client(Role.COMMAND_CENTRE)
    assert other.post(f"/tickets/{ticket}/confirm", json={"note": "seen"}).status_code == 200
    expect(wall.locator("#ticket [role=alert]")).to_have_text("这张工单刚被别人改过，现在显示的是最新状态。")
    expect(wall.locator(".command-form")).to_have_count(0)


def test_the_language_changes_at_once_and_is_remembered(wall: Page, served: Served) -> None:
    served.post(raised())
    expect(wall.locator(".hazard-kind")).to_have_text("违规停车")
    wall.click("#wall [data-language=en]")
    expect(wall.locator(".hazard-kind")).to_have_text("Illegal parking")
    expect(wall.locator("#feed-heading")).to_have_text("Hazards")
    expect(wall.locator("[data-count=dispatched] dt")).to_have_text("Dispatched")
    assert wall.evaluate("document.documentElement.lang") == "en-GB"
    wall.reload()
    expect(wall.locator("#feed-heading")).to_have_text("Hazards")


def test_the_language_follows_the_browser_at_first(sign_in: OpenPage) -> None:
    expect(sign_in("centre", language="en-US").locator("#feed-heading")).to_have_text("Hazards")


def test_a_wall_without_push_still_follows_by_asking(sign_in: OpenPage, served: Served) -> None:
    page = sign_in("centre", expected=("ERR_FAILED",))
    page.route("**/api/v1/stream", lambda route: route.abort())
    page.reload()
    expect(page.locator("#connection")).to_have_text("实时推送中断，每 5 秒刷新")
    served.post(raised())
    expect(page.locator("[data-hazard='i-1']")).to_be_visible(timeout=20_000)


def test_a_server_that_is_away_is_said(sign_in: OpenPage) -> None:
    page = sign_in("centre", expected=("ERR_INTERNET_DISCONNECTED", "WebSocket"))
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_have_text("连接中断，正在重连")
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_text("实时")


def test_nothing_on_the_wall_scrolls_sideways(sign_in: OpenPage, served: Served) -> None:
    served.post(raised())
    StreamWorker(served).report(cam_1="live", cam_2="down")
    page = sign_in("centre", width=1920, height=900)
    page.click("[data-hazard='i-1']")
    for width in (1920, 1280, 800, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)


def test_an_old_hazard_says_how_long_ago(wall: Page, served: Served) -> None:
    served.post(raised(captured_at=ago(3 * 3600), began_at=ago(4 * 3600)))
    expect(wall.locator(".hazard-ago")).to_have_text("3小时前")
    expect(wall.locator(".hazard-facts time")).to_contain_text("持续 4:0")
