"""The grid worker's page, 390 px wide: accept, go, close; and nothing lost in a dead spot."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from api.auth.roles import Role
from api.tickets.states import OPEN
from tests.api.house import Served
from tests.pages.conftest import PATIENCE_MS, OpenPage, look
from tests.pages.town import cleared, picture, raised

PHONE: dict[str, Any] = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def only_ticket(served: Served) -> dict[str, Any]:
    [ticket] = served.tickets()
    return ticket


def test_from_a_hazard_to_a_closed_ticket_on_both_pages(phone: Page, sign_in: OpenPage, served: Served) -> None:
    expect(phone.locator(".list .empty strong")).to_have_text("现在没有您的工单")
    wall = sign_in("centre")
    served.post(raised())

    card = phone.locator("[data-section=dispatched] .card")
    expect(card).to_contain_text("违规停车")
    expect(phone.locator("#announce")).to_have_text("有新工单：违规停车，解放路口东 · 消防门前")
    wall.click("[data-hazard='i-1']")
    card.tap()
    expect(phone.locator("#heading")).to_have_text("工单 #1")
    expect(phone.locator(".still-box rect").first).to_be_attached()
    expect(phone.locator(".map")).to_have_attribute("href", "geo:27.620000,113.850000")

    phone.locator("#action").tap()
    expect(phone.locator("[aria-current=step]")).to_contain_text("处置")
    expect(wall.locator("#ticket [aria-current=step]")).to_contain_text("处置")

    phone.fill("[name=note]", "车主已移车")
    phone.locator("#action").tap()
    expect(phone.locator("#dock")).to_contain_text("摄像机会再看一次")
    expect(wall.locator("#ticket [aria-current=step]")).to_contain_text("核查")
    expect(wall.locator("#ticket .history q")).to_have_text("车主已移车")

    served.post(cleared())
    expect(wall.locator("#ticket [aria-current=step]")).to_contain_text("销号")
    expect(wall.locator("[data-hazard='i-1'] .chip")).to_have_text("已消除")
    expect(wall.locator("[data-count=closed] dd")).to_have_text("1")
    expect(phone.locator("#dock")).to_contain_text("已销号")
    phone.locator("#back").tap()
    expect(phone.locator(".list .empty strong")).to_have_text("现在没有您的工单")
    phone.locator(".list > .fold summary").tap()  # what has ended is read when somebody wants to see it
    expect(phone.locator(".list > .fold summary")).to_have_text("已销号 1")
    expect(phone.locator(".list > .fold .card.closed")).to_contain_text("违规停车")
    assert only_ticket(served)["state"] == "closed"


def test_cleared_before_done_closes_at_once(phone: Page, served: Served) -> None:
    served.post(raised(), cleared())
    look(phone)
    phone.locator(".card").tap()
    phone.locator("#action").tap()
    expect(phone.locator("#dock")).to_contain_text("摄像机已看不到这个隐患了")
    phone.locator("#action").tap()
    expect(phone.locator("#dock")).to_contain_text("这张工单已办结")


def test_what_went_by_itself_stands_after_what_is_still_there(phone: Page, served: Served) -> None:
    served.post(raised("went"), cleared("went"))
    served.time.pass_s(60)
    served.post(raised("there", camera="cam-2", zone="gate"))
    look(phone)
    expect(phone.locator(".card-place")).to_have_text(["菜市场侧门 · gate", "解放路口东 · 消防门前"])


def test_nothing_scrolls_sideways_and_targets_are_large(phone: Page, served: Served) -> None:
    served.post(raised(), raised("i-2", hazard="wiring"))

    def sideways() -> int:
        found: int = phone.evaluate("document.documentElement.scrollWidth - innerWidth")
        return found

    def small_targets() -> list[str]:
        found: list[str] = phone.evaluate(
            """() => [...document.querySelectorAll("button, a, summary, .photo .button")].filter((target) => {
              const box = target.getBoundingClientRect();
              return box.width > 0 && (box.height < 40 || box.width < 40);
            }).map((target) => target.outerHTML.slice(0, 80))"""
        )
        return found

    look(phone)
    expect(phone.locator(".card")).to_have_count(2)
    assert (sideways(), small_targets()) == (0, [])
    for language in ("en", "zh"):
        phone.locator(f"#phone [data-language={language}]").tap()
        phone.locator(".card").first.tap()
        expect(phone.locator("#action")).to_be_in_viewport()
        assert (sideways(), small_targets()) == (0, [])
        phone.locator("#back").tap()


def test_wiring_asks_for_a_photo_and_others_do_not(phone: Page, served: Served, tmp_path: Path) -> None:
    served.post(raised(hazard="wiring"))
    look(phone)
    phone.locator(".card").tap()
    phone.locator("#action").tap()
    expect(phone.locator("#action")).to_be_disabled()
    expect(phone.locator("#dock")).to_contain_text("拍好照片后就可以点")
    shot = tmp_path / "shot.jpg"
    shot.write_bytes(picture((60, 90, 200), 2400, 1800))
    phone.set_input_files("[name=photo]", shot)
    expect(phone.locator(".photo img")).to_have_attribute("width", "1600")  # made small before it is sent
    phone.locator("#action").tap()
    expect(phone.locator("[aria-current=step]")).to_contain_text("核查")
    url = only_ticket(served)["closing_photo_url"]
    answer = served.client(Role.COMMAND_CENTRE).get(served.url + url)
    assert answer.content.startswith(b"\xff\xd8\xff")


def test_a_file_that_is_no_picture_is_refused_in_words(phone: Page, served: Served, tmp_path: Path) -> None:
    served.post(raised(hazard="wiring"))
    look(phone)
    phone.locator(".card").tap()
    phone.locator("#action").tap()
    text = tmp_path / "shot.jpg"
    text.write_text("this is no picture")
    phone.set_input_files("[name=photo]", text)
    expect(phone.locator(".photo [role=alert]")).to_have_text("这个文件不是能用的照片。请重新拍一张。")
    expect(phone.locator("#action")).to_be_disabled()


@pytest.mark.parametrize("reloaded", [False, True], ids=["page kept", "page closed meanwhile"])
def test_what_was_decided_in_a_dead_spot_is_sent_later(sign_in: OpenPage, served: Served, reloaded: bool) -> None:
    page = sign_in("grid1", "/phone", expected=("ERR_INTERNET_DISCONNECTED", "ERR_FAILED"), **PHONE)
    served.post(raised())
    look(page)
    page.locator(".card").tap()
    expect(page.locator("#action")).to_be_visible()
    page.context.set_offline(True)
    page.locator("#action").tap()
    expect(page.locator("#waiting")).to_contain_text("有 1 项没发出去，已存在手机里")
    expect(page.locator("#action")).to_be_disabled()
    expect(page.locator("#offline")).to_contain_text("没有网络")
    assert only_ticket(served)["state"] == "dispatched"
    if reloaded:
        context = page.context
        page.close()
        context.set_offline(False)
        page = context.new_page()
        page.goto("/phone")
    else:
        page.context.set_offline(False)
    expect(page.locator(".card.working, [data-state=working][data-step=current]").first).to_be_visible()
    expect(page.locator("#waiting")).to_be_hidden()
    expect(page.locator("#offline")).to_be_hidden()
    assert (only_ticket(served)["state"], only_ticket(served)["assignee"]) == ("working", "grid1")


def test_what_was_decided_before_the_phones_storage_had_opened_is_kept(sign_in: OpenPage, served: Served) -> None:
    page = sign_in("grid1", "/phone", expected=("ERR_INTERNET_DISCONNECTED", "ERR_FAILED"), **PHONE)
    served.post(raised())
    page.add_init_script(
        """const { open } = IDBFactory.prototype;
        const opened = new Promise((done) => (globalThis.letOpen = done));
        IDBFactory.prototype.open = function (...given) {
          const request = open.apply(this, given);
          const set = (then) => request.addEventListener("success", () => opened.then(then));
          return Object.defineProperty(request, "onsuccess", { set });
        };"""
    )
    page.reload()
    page.locator(".card").tap()
    page.context.set_offline(True)
    page.locator("#action").tap()
    expect(page.locator("#waiting")).to_contain_text("有 1 项没发出去")
    page.evaluate("letOpen()")
    page.evaluate("new Promise((done) => setTimeout(done, 500))")
    expect(page.locator("#waiting")).to_contain_text("有 1 项没发出去")
    context = page.context
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto("/phone")
    expect(page.locator(".card.working")).to_be_visible()
    assert only_ticket(served)["state"] == "working"


def test_what_the_server_fails_at_keeps_no_other_ticket_waiting(sign_in: OpenPage, served: Served) -> None:
    page = sign_in("grid1", "/phone", expected=("503",), **PHONE)
    served.post(raised(), raised("i-2"))
    first, second = sorted(served.tickets(), key=lambda ticket: int(ticket["number"]))
    page.route(f"**/tickets/{first['id']}/accept", lambda route: route.fulfill(status=503, json={"title": "no"}))
    for ticket in (first, second):
        page.evaluate(f"location.hash = '#{ticket['id']}'")
        expect(page.locator("#heading")).to_have_text(f"工单 #{ticket['number']}")
        page.locator("#action").tap()
    expect(page.locator("#waiting")).to_contain_text("有 1 项没发出去")
    expect(page.locator("[data-state=working][data-step=current]")).to_be_visible()
    assert {ticket["number"]: ticket["state"] for ticket in served.tickets()} == {
        first["number"]: "dispatched",
        second["number"]: "working",
    }
    page.unroute(f"**/tickets/{first['id']}/accept")
    expect(page.locator("#waiting")).to_be_hidden()
    assert {ticket["state"] for ticket in served.tickets()} == {"working"}


def test_an_answer_lost_on_the_way_is_asked_for_again_without_harm(sign_in: OpenPage, served: Served) -> None:
    page = sign_in("grid1", "/phone", expected=("ERR_FAILED",), **PHONE)
    served.post(raised())
    look(page)
    page.locator(".card").tap()
    lost = {"times": 0}

    def lose_once(route: Any) -> None:
        if lost["times"]:
            route.continue_()
            return
        lost["times"] += 1
        route.fetch(timeout=PATIENCE_MS)  # the server hears it
        route.abort()  # the phone does not hear the server

    page.route("**/accept", lose_once)
    page.locator("#action").tap()
    expect(page.locator("[aria-current=step]")).to_contain_text("处置")
    expect(page.locator("#waiting")).to_be_hidden()
    expect(page.locator("#refused")).to_be_hidden()
    assert [step["command"] for step in only_ticket(served)["history"]].count("accept") == 1


def test_handing_up_goes_up_once_though_the_answer_is_lost_or_it_is_tapped_twice(
    sign_in: OpenPage, served: Served
) -> None:
    page = sign_in("grid1", "/phone", expected=("ERR_FAILED",), **PHONE)
    served.post(raised())
    look(page)
    page.locator(".card").tap()
    page.locator(".side-commands summary").tap()
    page.locator("[data-side=escalate]").tap()
    page.fill("[name=side-note]", "要吊车")
    keys: list[str] = []

    def lose_the_first(route: Any) -> None:
        keys.append(route.request.headers.get("idempotency-key", "none"))
        if len(keys) > 1:
            route.continue_()
            return
        route.fetch(timeout=PATIENCE_MS)  # the server hears it
        route.abort()  # the phone does not hear the server

    page.route("**/escalate", lose_the_first)
    send = "document.querySelector('.side-commands form')?.requestSubmit()"
    page.evaluate(f"{send}; {send}")
    expect(page.locator("#waiting")).to_be_visible()
    expect(page.locator("#waiting")).to_be_hidden()
    expect(page.locator("#refused")).to_be_hidden()
    assert len(keys) > 1
    assert len(set(keys)) == 1
    assert [step["command"] for step in only_ticket(served)["history"]].count("escalate") == 1


@pytest.mark.parametrize("ahead_h", [3, -3])
def test_a_phone_whose_clock_is_wrong_suspends_until_the_right_time(
    sign_in: OpenPage, served: Served, ahead_h: int
) -> None:
    page = sign_in("grid1", "/phone", **PHONE)
    served.post(raised())

    def dated(route: Any) -> None:
        answer = route.fetch(timeout=PATIENCE_MS)
        route.fulfill(response=answer, headers={**answer.headers, "date": format_datetime(served.time.at, usegmt=True)})

    page.evaluate(f"heldAt_ms += {ahead_h * 3_600_000}")
    page.route("**/tickets?*", dated, times=1)
    look(page)
    page.locator(".card").tap()
    page.locator(".side-commands summary").tap()
    page.locator("[data-side=suspend]").tap()
    page.select_option("[name=until]", "1")
    page.fill("[name=side-note]", "等拖车")
    page.locator(".side-commands [type=submit]").tap()
    expect(page.locator("[data-aside=suspended]")).to_be_visible()
    until = datetime.fromisoformat(only_ticket(served)["suspended_until"])
    assert abs(until - served.time.at - timedelta(hours=1)) < timedelta(seconds=2)


def test_a_photo_and_a_note_outlast_the_session(
    sign_in: OpenPage, served: Served, passwords: dict[str, str], tmp_path: Path
) -> None:
    page = sign_in("grid1", "/phone", expected=("401",), **PHONE)
    served.post(raised(hazard="wiring"))
    look(page)
    page.locator(".card").tap()
    page.locator("#action").tap()
    shot = tmp_path / "shot.jpg"
    shot.write_bytes(picture((60, 90, 200)))
    page.set_input_files("[name=photo]", shot)
    page.fill("[name=note]", "线已剪掉")
    expect(page.locator(".photo img")).to_be_visible()
    served.client(Role.ADMINISTRATOR).delete("/accounts/grid1/sessions").raise_for_status()
    look(page)
    expect(page.locator("#signin-error")).to_contain_text("未发送的内容都还在")
    page.fill("[name=password]", passwords["grid1"])
    page.click("#signin-submit")
    expect(page.locator(".photo img")).to_be_visible()
    page.locator("#action").tap()
    expect(page.locator("[aria-current=step]")).to_contain_text("核查")
    ticket = only_ticket(served)
    assert (ticket["closing_photo_url"] is None, ticket["history"][-1]["note"]) == (False, "线已剪掉")


def test_who_could_not_be_signed_out_is_told(sign_in: OpenPage) -> None:
    page = sign_in("grid1", "/phone", expected=("503",), **PHONE)
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    down = {"method": "DELETE"}

    def refuse(route: Any) -> None:
        route.fulfill(status=503, json={}) if route.request.method == down["method"] else route.continue_()

    page.route("**/api/v1/session", refuse)
    with page.expect_navigation():
        page.locator("#signout").tap()
    assert said == ["没有退出成功，您仍在登录中。服务器出错（503）。请稍后再试；若一直如此，请联系管理员。"]


def test_a_photo_gets_through_on_a_slow_line(sign_in: OpenPage, served: Served, tmp_path: Path) -> None:
    page = sign_in("grid1", "/phone", expected=("ERR_FAILED",), **PHONE)
    served.post(raised(hazard="wiring"))
    look(page)
    page.locator(".card").tap()
    page.locator("#action").tap()
    shot = tmp_path / "shot.jpg"
    noise = np.random.default_rng(3).integers(0, 255, (900, 1200, 3), np.uint8)
    shot.write_bytes(cv2.imencode(".jpg", noise)[1].tobytes())
    page.set_input_files("[name=photo]", shot)
    # Every limit of the page runs ten times as fast; the photo takes half a minute, as 300 kB do over an old network.
    page.evaluate(
        """AbortSignal.timeout = (ms) => {
          const controller = new AbortController();
          setTimeout(() => controller.abort(), ms / 10);
          return controller.signal;
        }"""
    )
    tries: list[int] = []

    def slowly(route: Any) -> None:
        tries.append(len(route.request.post_data or ""))
        page.wait_for_timeout(3000)
        route.continue_()

    page.route("**/close", slowly)
    page.locator("#action").tap()
    expect(page.locator("[aria-current=step]")).to_contain_text("核查")
    assert len(tries) == 1
    assert only_ticket(served)["closing_photo_url"]


def test_what_the_server_refuses_is_said_and_stays_until_read(sign_in: OpenPage, served: Served) -> None:
    page = sign_in("grid1", "/phone", expected=("ERR_INTERNET_DISCONNECTED", "409"), **PHONE)
    served.post(raised())
    look(page)
    page.locator(".card").tap()
    expect(page.locator("#action")).to_be_visible()
    page.context.set_offline(True)
    page.locator("#action").tap()
    expect(page.locator("#waiting")).to_be_visible()
    other = served.client(Role.GRID_WORKER)
    assert other.post(f"/tickets/{only_ticket(served)['id']}/accept").status_code == 200
    page.context.set_offline(False)
    expect(page.locator("#refused")).to_contain_text("“接单”没有成功（工单 #1）")
    page.locator("#refused button").tap()
    expect(page.locator("#refused")).to_be_hidden()


def test_a_returned_ticket_says_why(phone: Page, served: Served) -> None:
    served.post(raised())
    look(phone)
    phone.locator(".card").tap()
    phone.locator("#action").tap()
    expect(phone.locator("[aria-current=step]")).to_contain_text("处置")
    phone.locator("#action").tap()
    expect(phone.locator("#dock")).to_contain_text("摄像机会再看一次")
    centre = served.client(Role.COMMAND_CENTRE)
    assert centre.post(f"/tickets/{only_ticket(served)['id']}/return", json={"note": "车还在"}).status_code == 200
    look(phone)
    expect(phone.locator(".part-news")).to_have_text("已退回，请再处理：车还在")
    expect(phone.locator("[data-aside=returned]")).to_have_text("退回")
    expect(phone.locator("#action")).to_have_attribute("data-command", "accept")


def test_a_note_being_written_survives_the_polls(phone: Page, served: Served) -> None:
    served.post(raised())
    phone.locator(".card").tap()
    phone.locator("#action").tap()
    phone.fill("[name=note]", "写到一半")
    served.post(raised("i-2"))
    expect(phone).to_have_title("(1) 三巡 · 我的工单")  # the poll has brought the second ticket
    expect(phone.locator("[name=note]")).to_have_value("写到一半")
    expect(phone.locator("[name=note]")).to_be_focused()


def test_a_poll_asks_for_open_tickets_alone_and_an_unchanged_list_costs_no_body(
    sign_in: OpenPage, served: Served
) -> None:
    page = sign_in("grid1", "/phone", expected=("503",), **PHONE)
    served.post(raised())
    expect(page.locator(".card")).to_be_visible()
    with page.expect_response(lambda answer: "/tickets?" in answer.url) as again:
        pass
    assert again.value.status == 304
    asked = parse_qs(urlsplit(again.value.url).query)
    assert (asked["limit"], set(asked["state"])) == (["50"], {state.value for state in OPEN})
    assert again.value.request.headers["if-none-match"]
    expect(page.locator(".card")).to_be_visible()
    page.route("**/tickets?*", lambda route: route.fulfill(status=503, json={"title": "no"}))
    expect(page.locator("#offline")).to_contain_text("服务器暂时不可用")
    expect(page.locator(".card")).to_contain_text("违规停车")


def test_the_ticket_of_an_old_link_that_is_gone_says_so(sign_in: OpenPage) -> None:
    phone = sign_in("grid1", "/phone", expected=("404",), **PHONE)
    phone.evaluate("location.hash = '#none-such'")  # as messages name it
    expect(phone.locator("#gone")).to_have_text("找不到这张工单。它可能已被转给别人。")
    phone.locator("#back").tap()
    expect(phone.locator(".list .empty")).to_be_visible()
