"""The four-colour map on the wall: what each unit is, why, and one level down, by mouse and by keyboard."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from api.auth.roles import Role
from tests.api.house import Served, overwrite
from tests.ledger.tickets import ticket, write
from tests.pages.conftest import OpenPage
from tests.pages.town import apart
from tests.town.test_importing import feature, square

TOWN = (
    feature("s", "street", None, square(20, 0, 2)),
    feature("g1", "grid", "s", square(20, 0)),
    feature("g2", "grid", "s", square(21, 0)),
    feature("m1", "micro_grid", "g1", square(20, 0, 0.5)),
    feature("m2", "micro_grid", "g1", square(20.5, 0, 0.5)),
)


def test_a_unit_says_why_it_has_its_colour_and_opens(served: Served, sign_in: OpenPage) -> None:
    answer = overwrite(
        served.client(Role.ADMINISTRATOR),
        "/town/units?datum=WGS-84",
        content=json.dumps({"type": "FeatureCollection", "features": TOWN}),
    )
    assert answer.status_code == 200, answer.text
    rows = [ticket(f"t{n}", "m1", "01 09:00", rectify_overdue=True) for n in range(2)]
    apart(write, served.data, rows)
    page: Page = sign_in("centre")
    shapes = page.locator("#colours-map [data-unit]")
    # The site's own micro-grids beside them: all four fit one map, so the lowest level is shown.
    expect(page.locator('#colours-map [data-unit="m1"]')).to_have_class("unit four-red")
    expect(page.locator('#colours-map [data-unit="m2"]')).to_have_class("unit four-blue")
    expect(page.locator("#colours-legend .four-red")).to_contain_text("1")
    assert shapes.count() >= 2
    page.locator('#colours-map [data-unit="m1"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#colours-why")).to_contain_text("M1")
    expect(page.locator("#colours-why")).to_contain_text("≥2")
    assert page.evaluate("document.activeElement.dataset.unit") == "m1", "the keyboard stays where it was"
