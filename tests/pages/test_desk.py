"""Account, whistles, merges, mutes and the town in a browser, on one server for all."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyotp
import pytest
from playwright.sync_api import Page, expect

from api.auth.roles import Role
from tests.api.house import FakeTime, Served, overwrite, serving
from tests.pages.conftest import OpenPage
from tests.pages.town import NOW, ServedApart, raised

WHERE = {"lon": 113.85, "lat": 27.62, "datum": "WGS-84", "accuracy_m": 8}


@pytest.fixture(scope="module")
def served(town: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for this module, where a property manager needs a second factor."""
    clock, data = FakeTime(NOW), tmp_path_factory.mktemp("desk") / "data"
    shutil.copytree(town[0], data)
    with serving(data, clock, second_factor_for=["property_manager"]) as url:
        house = ServedApart(url, data, clock)
        departments = {"items": [{"id": "fire", "name": "消防救援站", "answer_minutes": 30}]}
        overwrite(house.client(Role.ADMINISTRATOR), "/town/departments", json=departments).raise_for_status()
        yield house
        house.close()


def enter(served: Served, page: Page, username: str, role: Role, path: str, **more: Any) -> None:
    """Make an account and sign in with it through the form of a page."""
    made = served.client(Role.ADMINISTRATOR).post("/accounts", json={"username": username, "role": role, **more})
    assert made.status_code == 201, made.text
    page.goto(path)
    page.fill("[name=username]", username)
    page.fill("[name=password]", made.json()["password"])
    page.click("#signin-submit")
    page.wait_for_selector("#desk:visible")
    page.evaluate("word => (window.word = word)", made.json()["password"])


def whistled(served: Served, incident: str) -> dict[str, Any]:
    """A ticket for which the fire station is called."""
    served.post(raised(incident))
    ticket = next(one for one in served.tickets() if one["hazard_id"] == incident)
    call = {"department": "fire", "note": "消防通道被占"}
    found: dict[str, Any] = (
        served.client(Role.COMMAND_CENTRE).post(f"/tickets/{ticket['id']}/whistle", json=call).json()
    )
    return found


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_whoever_needs_a_second_factor_is_led_to_enrol_it(served: Served, open_page: OpenPage) -> None:
    page = open_page(390, 844, expected=("403",))
    enter(served, page, "estate", Role.PROPERTY_MANAGER, "/phone", grids=["g-3"])
    expect(page).to_have_url(re.compile("/account$"))
    expect(page.locator("#factor .notice.warn")).to_contain_text("必须先启用两步验证")
    page.fill("[name=own-password]", page.evaluate("window.word"))
    page.click("#factor [type=submit]")
    secret = page.inner_text("#factor-secret").replace(" ", "")
    shown = cv2.imdecode(np.frombuffer(page.locator(".qr").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    # OpenCV misses one code in some hundreds at one size, and reads it at another.
    sizes = (cv2.resize(shown, None, fx=size, fy=size) for size in (3, 2, 4, 5))
    inside = next(filter(None, (cv2.QRCodeDetector().detectAndDecode(one)[0] for one in sizes)), "")
    assert pyotp.parse_uri(inside).secret == secret
    assert sideways(page) == 0
    page.fill("[name=factor-code]", "000000")
    page.click("#factor [type=submit]")
    expect(page.locator("#factor .notice.bad")).to_contain_text("验证码不对")
    page.fill("[name=factor-code]", pyotp.TOTP(secret).at(NOW))
    page.click("#factor [type=submit]")
    expect(page.locator(".codes li")).to_have_count(10)
    page.click("#factor-kept")
    page.wait_for_selector("#phone:visible")
    account = served.client(Role.ADMINISTRATOR).get("/accounts/estate").json()
    assert account["second_factor"] is True


def test_a_department_comes_or_says_why_not(served: Served, open_page: OpenPage) -> None:
    comes, refuses = whistled(served, "w-1"), whistled(served, "w-2")
    page = open_page(390, 844)
    enter(served, page, "fire1", Role.DEPARTMENT, "/", department="fire")
    expect(page).to_have_url(re.compile("/calls$"))
    waiting = page.locator("[data-group=called] .call")
    expect(waiting).to_have_count(2)
    assert sideways(page) == 0
    card = page.locator(f"[data-whistle='{refuses['id']}']")
    card.locator("[data-answer=refuse]").click()
    card.locator("[type=submit]").click()  # without a reason nothing is sent
    expect(card.locator("textarea")).to_be_focused()
    card.locator("textarea").fill("不归本站管")
    card.locator("[type=submit]").click()
    expect(waiting).to_have_count(1)
    page.locator(f"[data-whistle='{comes['id']}'] [data-answer=report]").click()
    page.locator(f"[data-whistle='{comes['id']}'] [type=submit]").click()
    expect(page.locator("[data-group=reported] .call")).to_have_count(1)
    found = {one["id"]: one for one in served.client(Role.COMMAND_CENTRE).get("/whistles").json()["items"]}
    assert (found[comes["id"]]["state"], found[refuses["id"]]["state"]) == ("reported", "refused")
    assert found[refuses["id"]]["answer"] == "不归本站管"
    page.click("text=去处置工单")
    expect(page.locator("#heading")).to_have_text(f"工单 #{comes['ticket_number']}")


def test_a_merge_explains_itself_and_is_undone_and_a_place_is_muted(served: Served, sign_in: OpenPage) -> None:
    served.post(raised("m-1", hazard="wiring"))
    report = {"kind": "ageing_facility", "words": "飞线", "where": WHERE}
    made = served.client(Role.GRID_WORKER).post("/reports", json=report).json()
    assert made["merged_into"] is None
    page = sign_in("centre", width=1600, height=900)
    page.click(f"[data-hazard='{made['hazard_id']}']")
    page.click(".merges summary")
    page.click("[data-nearby=m-1] [data-act=merge]")
    expect(page.locator("[data-nearby=m-1] .notice.warn")).to_contain_text("两处类型不同")
    page.fill("[name=merge-reason]", "同一处电线")
    page.click(".merges [type=submit]")
    told = page.locator(f"[data-merge='{made['hazard_id']}']")
    expect(told).to_contain_text("centre")
    expect(told).to_contain_text("由人判断 · 相距 0 米 · “同一处电线”")
    page.click(f"[data-sighting='{made['hazard_id']}'] [data-act=split]")
    page.fill("[name=merge-reason]", "不是同一处")
    page.click(".merges [type=submit]")
    expect(told.locator(".undone")).to_contain_text("拆开：不是同一处")
    hazard = served.client(Role.COMMAND_CENTRE).get(f"/hazards/{made['hazard_id']}").json()
    assert hazard["merged_into"] is None

    page.click("[data-hazard=m-1]")
    page.click("[data-act=mute]")
    page.fill("[name=mute-reason]", "电力检修")
    page.click(".mute-form [type=submit]")
    expect(page.locator(".quiet-here .notice")).to_contain_text("已静默")
    page.goto("/mutes")
    row = page.locator("[data-mute]").filter(has_text="电力检修")
    expect(row).to_contain_text("解放路口东 · 消防门前")
    expect(row).to_contain_text("centre · ")
    row.locator("[data-end]").click()
    row.locator("[data-end]").click()  # asked whether it is meant
    expect(row).to_have_count(0)
    page.click("text=也看过去的")
    expect(row).to_contain_text("已提前结束")


def square(x: float, y: float, wide: float, high: float) -> list[list[float]]:
    return [[x, y], [x + wide, y], [x + wide, y + high], [x, y + high], [x, y]]


def unit(name: str, level: str, parent: str | None, ring: list[list[float]]) -> dict[str, Any]:
    about = {"id": name, "level": level, "parent": parent, "name": f"单位 {name}"}
    return {"type": "Feature", "properties": about, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_a_town_file_is_checked_before_it_is_written(served: Served, sign_in: OpenPage, tmp_path: Path) -> None:
    units = [
        unit("st-1", "street", None, square(114.5, 27.5, 0.4, 0.4)),
        unit("co-1", "community", "st-1", square(114.5, 27.5, 0.2, 0.4)),
    ]
    path = tmp_path / "town.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": units}), encoding="utf-8")
    page = sign_in("admin", width=1600, height=900, expected=("422", "412"))
    page.goto("/town")
    expect(page.locator("#town-departments")).to_contain_text("消防救援站")
    expect(page.locator("#town-faults .notice")).to_have_text("没有缝隙，没有重叠。")
    page.set_input_files("[name=units]", path)
    page.select_option("[name=datum]", "WGS-84")
    page.click("#town-import [type=submit]")
    expect(page.locator("#town-import .faults")).to_contain_text("缝隙")
    assert served.client(Role.COMMAND_CENTRE).get("/town/units/st-1").status_code == 404
    page.locator("#town-import .tick input").first.check()
    page.click("#town-import [type=submit]")
    expect(page.locator("#town-import .notice")).to_contain_text("将新增 2 个")
    with_another = {
        "type": "FeatureCollection",
        "features": [unit("st-2", "street", None, square(114.5, 27.5, 0.4, 0.4))],
    }
    admin = served.client(Role.ADMINISTRATOR)
    overwrite(admin, "/town/units?datum=WGS-84", content=json.dumps(with_another)).raise_for_status()
    page.click("#town-write")
    expect(page.locator("#town-import .notice")).to_have_text("单位刚被别人改过，没有写入。请重新检查文件。")
    page.click("#town-import [type=submit]")
    expect(page.locator("#town-import .notice")).to_contain_text("移除 1 个")
    page.click("#town-write")
    expect(page.locator("#town-faults .faults")).to_contain_text("st-1")
    page.click("[data-unit=st-1] button")
    expect(page.locator("[data-unit=co-1]")).to_contain_text("单位 co-1")
    expect(page.locator("#on-duty")).to_be_visible()


def test_every_fault_of_a_town_is_shown(served: Served, sign_in: OpenPage) -> None:
    """201 gaps: a page of 200, and the last."""
    grid = unit("many", "grid", None, square(100, 10, 4.03, 0.1))
    strips = [unit(f"m-{n}", "micro_grid", "many", square(100 + n / 100, 10, 0.01, 0.1)) for n in range(0, 403, 2)]
    body = json.dumps({"type": "FeatureCollection", "features": [grid, *strips]})
    admin = served.client(Role.ADMINISTRATOR)
    overwrite(admin, "/town/units?datum=WGS-84&accept=gap", content=body).raise_for_status()
    page = sign_in("admin", width=1600, height=900)
    page.goto("/town")
    faults = page.locator("#town-faults")
    expect(faults.locator(".how-many")).to_have_text("201")
    expect(faults.locator("tbody tr")).to_have_count(200)
    expect(faults).to_contain_text("还有 1 条，未列出。")
    faults.get_by_role("button").click()
    expect(faults.locator("tbody tr")).to_have_count(201)
    expect(faults.get_by_role("button")).to_have_count(0)


def test_in_a_large_town_every_unit_has_its_name_and_can_be_muted(served: Served, sign_in: OpenPage) -> None:
    """1,001 units before the one in question: so many names do not come at sign-in."""
    strips = [unit(f"far-{n:04}", "micro_grid", None, square(60 + n / 1000, 40, 0.001, 0.001)) for n in range(1001)]
    here = unit("here", "micro_grid", None, square(114.5, 27.5, 0.01, 0.01))
    body = json.dumps({"type": "FeatureCollection", "features": [*strips, here]})
    admin = served.client(Role.ADMINISTRATOR)
    overwrite(admin, "/town/units?datum=WGS-84", content=body).raise_for_status()
    assert admin.get("/site").json()["more_grids"]
    where = {"lon": 114.505, "lat": 27.505, "datum": "WGS-84"}
    made = served.client(Role.GRID_WORKER).post("/reports", json={"kind": "rubbish", "words": "", "where": where})
    page = sign_in("centre", width=1600, height=900)
    page.click(f"[data-hazard='{made.json()['hazard_id']}']")
    expect(page.locator(".facts").first).to_contain_text("单位 here")
    page.goto("/mutes")
    page.select_option("[name=where]", "number")
    page.fill("[name=mute-unit]", "here")
    page.fill("[name=mute-reason]", "修路")
    page.click(".mute-form [type=submit]")
    expect(page.locator("[data-mute]").filter(has_text="修路")).to_be_visible()
    [mute] = [one for one in admin.get("/mutes").json()["items"] if one["unit"]]
    assert (mute["unit"], mute["reason"]) == ("here", "修路")
