"""The ledger's page in a browser: a week's sums, the hazards beneath them, their files, and the loop."""

from __future__ import annotations

import io
from datetime import date, timedelta

from openpyxl import load_workbook
from playwright.sync_api import expect

from api.auth.roles import Role
from tests.api.house import Served
from tests.pages.conftest import OpenPage
from tests.pages.test_desk import enter, sideways
from tests.pages.town import raised


def test_the_centre_reads_a_week_and_takes_it_away_as_a_workbook(served: Served, open_page: OpenPage) -> None:
    served.post(raised("one"), raised("two", camera="cam-2", zone="gate"))
    served.time.pass_s(60)  # the loop is of what was dispatched before now
    page = open_page(1920, 1080)
    enter(served, page, "reader", Role.COMMAND_CENTRE, "/ledger")
    sums = page.locator("#ledger-sums")
    expect(sums.locator("tfoot td.number").first).to_have_text("2")
    week = sums.locator("h2").inner_text().split()[-1]
    expect(page.locator("#ledger-lines li")).to_have_count(2)
    expect(page.locator("#ledger-loop tfoot td").first).to_have_text("2")
    page.click("#ledger-loop [data-by=kind]")
    expect(page.locator("#ledger-loop tbody th").first).to_have_text("违规停车")
    with page.expect_download() as taken:
        page.click("#ledger-sums a[href*=xlsx]")
    book = load_workbook(io.BytesIO(taken.value.path().read_bytes()))
    assert (taken.value.suggested_filename, book["明细"].max_row) == (f"sanxun-ledger-{week}.xlsx", 3)

    page.click("#week-before")
    expect(sums.locator("tfoot td.number").first).to_have_text("0")
    expect(page.locator("#ledger-lines li")).to_have_count(0)
    page.click("#week-after")
    expect(sums.locator("tfoot td.number").first).to_have_text("2")
    expect(page.locator("#week-after")).to_be_disabled()
    page.click("#desk [data-language=en]")
    expect(sums.locator("h2")).to_have_text(f"Weekly ledger of hazards {week}")


def test_a_grid_worker_reads_the_ledger_of_their_own_grid_on_the_phone(served: Served, open_page: OpenPage) -> None:
    served.post(raised("one"))
    grid = served.tickets()[0]["grid"]
    page = open_page(390, 844)
    enter(served, page, "walker", Role.GRID_WORKER, "/ledger", grids=[grid])
    expect(page.locator("#ledger-sums tbody tr")).to_have_count(1)
    page.click(f"[data-unit='{grid}'] button")
    expect(page.locator("#ledger-lines li")).to_have_count(1)
    assert sideways(page) == 0


def test_weeks_are_named_as_the_server_names_them(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/ledger")
    mondays = [date(2014, 12, 29) + timedelta(days=7 * n) for n in range(0, 1000, 3)]
    named = "(days) => import('/static/js/ledger.js').then(({ weekOf }) => days.map((d) => weekOf(d)))"
    found = page.evaluate(named, [day.isoformat() for day in mondays])
    assert found == [f"{year}-W{week:02}" for year, week, _ in map(date.isocalendar, mondays)]
