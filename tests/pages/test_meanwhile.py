"""An answer that comes late, or does not come, is shown where it belongs and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from api.auth.roles import Role
from tests.api.house import Served, overwrite
from tests.pages.conftest import OpenPage, look
from tests.pages.test_desk import enter, square, unit
from tests.pages.test_phone import PHONE
from tests.pages.test_report import picture, point
from tests.pages.town import cleared, raised


def hold(page: Page, address: str) -> Callable[[], Route]:
    """Requests to an address wait. Answers a function that waits for the first of them, to be answered or let go."""
    kept: list[Route] = []
    page.route(address, lambda route: kept.append(route))

    def first() -> Route:
        while not kept:
            page.wait_for_timeout(20)
        return kept[0]

    return first


def test_an_error_is_told_of_its_own_ticket_and_not_under_another(sign_in: OpenPage, served: Served) -> None:
    page = sign_in("centre", expected=("503",))
    served.post(raised("i-1"), raised("i-2"))
    number = next(one["number"] for one in served.tickets() if one["hazard_id"] == "i-1")
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    waiting = hold(page, "**/tickets/*/accept")
    page.click("[data-hazard='i-1']")
    page.click("[data-command=accept]")
    page.click("[data-hazard='i-2']")
    expect(page.locator("#ticket [data-command=accept]")).to_be_visible()
    waiting().fulfill(status=503, json={"title": "no"})
    expect(page.locator("#ticket [data-command=accept]")).to_be_enabled()
    expect(page.locator("#ticket [role=alert]")).to_have_count(0)
    assert said == [f"#{number}: 服务器出错（503）。请稍后再试；若一直如此，请联系管理员。"]


def test_a_chosen_hazard_that_clears_is_shown_as_cleared_where_only_open_ones_are_listed(
    wall: Page, served: Served
) -> None:
    served.post(raised("i-1"))
    wall.click("[data-filter=open]")
    wall.click("[data-hazard='i-1']")
    expect(wall.locator("#ticket .hazard-line .chip").first).to_have_text("未消除")
    served.post(cleared("i-1"))
    expect(wall.locator(".hazard")).to_have_count(0)
    expect(wall.locator("#ticket .hazard-line .chip").first).to_have_text("已消除")


def test_the_lines_of_a_unit_stand_under_its_own_name(served: Served, open_page: OpenPage) -> None:
    served.post(raised("one"))
    grid = served.tickets()[0]["grid"]
    page = open_page(1920, 1080)
    enter(served, page, "reader", Role.COMMAND_CENTRE, "/ledger")
    lines = page.locator("#ledger-lines")
    expect(lines.locator("li")).to_have_count(1)
    waiting = hold(page, f"**/ledger/lines?*under={grid}*")
    page.click(f"[data-unit='{grid}'] button")
    page.click("#week-before")
    expect(lines.locator("li")).to_have_count(0)
    with page.expect_response(f"**/ledger/lines?*under={grid}*"):
        waiting().continue_()
    page.click("#desk [data-language=en]")  # everything is shown anew
    expect(lines.locator("h2")).to_have_text("Hazards of the week")
    expect(lines.locator("li")).to_have_count(0)


def town_file(folder: Path, name: str) -> Path:
    path = folder / f"{name}.geojson"
    units = [unit(name, "street", None, square(114.5, 27.5, 0.4, 0.4))]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": units}), encoding="utf-8")
    return path


def test_what_was_checked_is_what_can_be_written(served: Served, sign_in: OpenPage, tmp_path: Path) -> None:
    page = sign_in("admin", width=1600, height=900)
    page.goto("/town")
    page.set_input_files("[name=units]", town_file(tmp_path, "checked"))
    page.select_option("[name=datum]", "WGS-84")
    waiting = hold(page, "**/town/units?*dry_run=true")
    page.click("#town-import [type=submit]")
    expect(page.locator("#town-import [type=submit]")).to_be_disabled()
    page.set_input_files("[name=units]", town_file(tmp_path, "another"))
    with page.expect_response("**/town/units?*dry_run=true"):
        waiting().continue_()
    expect(page.locator("#town-import [type=submit]")).to_be_enabled()
    expect(page.locator("#town-write")).to_have_count(0)


def test_a_trouble_of_the_town_goes_when_its_units_are_read(served: Served, sign_in: OpenPage) -> None:
    body = {"type": "FeatureCollection", "features": [unit("st-1", "street", None, square(114.5, 27.5, 0.4, 0.4))]}
    admin = served.client(Role.ADMINISTRATOR)
    overwrite(admin, "/town/units?datum=WGS-84", content=json.dumps(body)).raise_for_status()
    page = sign_in("admin", width=1600, height=900, expected=("503",))
    page.route("**/town/units?*", lambda route: route.fulfill(status=503, json={"title": "no"}))
    page.goto("/town")
    expect(page.locator("#town-units .notice")).to_contain_text("服务器出错（503）")
    expect(page.locator("#town-shifts")).to_contain_text("–")
    page.unroute("**/town/units?*")
    page.click("#town-units .crumbs button")
    expect(page.locator("[data-unit=st-1]")).to_be_visible()
    expect(page.locator("#town-units .notice")).to_have_count(0)


def test_departments_that_cannot_be_read_are_said_and_asked_for_again(sign_in: OpenPage, served: Served) -> None:
    departments = {"items": [{"id": "fire", "name": "消防救援站", "answer_minutes": 30}]}
    overwrite(served.client(Role.ADMINISTRATOR), "/town/departments", json=departments).raise_for_status()
    page = sign_in("grid1", "/phone", expected=("ERR_FAILED",), **PHONE)
    served.post(raised())
    look(page)
    page.locator(".card").tap()
    waiting = hold(page, "**/town/departments")
    page.locator(".side-commands summary").tap()
    page.locator("[data-side=whistle]").tap()
    served.post(raised("i-2"))
    expect(page).to_have_title("(2) 三巡 · 我的工单")  # a poll shows all anew meanwhile
    waiting().abort()
    expect(page.locator(".side-commands [role=alert]")).to_contain_text("网络")
    page.unroute("**/town/departments")
    page.locator("[data-side=whistle]").tap()
    expect(page.locator("[name=department] option")).to_have_text(["消防救援站"])


def test_a_resident_hears_that_the_answer_did_not_arrive(served: Served, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(390, 844, expected=("ERR_INTERNET_DISCONNECTED",))
    page.goto(f"/report?p={point(served)['id']}")
    page.set_input_files("input[type=file]", picture(tmp_path))
    page.select_option("select[name=kind]", "cluttered_stairs")
    page.click("button[type=submit]")
    expect(page.locator("main > .notice")).to_contain_text("已收到")
    ticket: dict[str, Any] = served.tickets()[0]
    centre, worker = served.client(Role.COMMAND_CENTRE), served.client(Role.GRID_WORKER)
    assert centre.post(f"/tickets/{ticket['id']}/register", json={}).status_code == 200
    worker.post(f"/tickets/{ticket['id']}/accept")
    worker.post(f"/tickets/{ticket['id']}/close", json={})
    page.reload()
    expect(page.locator("text=没有了")).to_be_visible()
    page.context.set_offline(True)
    page.click("text=没有了")
    expect(page.locator("main [role=alert]")).to_contain_text("网络")
    page.context.set_offline(False)
    page.click("text=没有了")
    expect(page.locator("main > .notice").first).to_contain_text("已办结")
