"""An answer that comes late, or does not come, is shown where it belongs and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.api.house import Served
from tests.pages.conftest import OpenPage
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
