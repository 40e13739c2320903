"""Suggested zones on the wall: looked at, changed, taken or discarded, by those who may."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from shapely.geometry import Polygon

from api.auth.roles import Role
from tests.api.house import Served
from tests.pages.conftest import OpenPage
from tests.pages.test_rules import call
from tests.pages.town import picture

LANE = [[0.1, 0.3], [0.5, 0.3], [0.5, 0.5], [0.1, 0.5]]
KERB = [[0.6, 0.6], [0.9, 0.6], [0.9, 0.9], [0.6, 0.9]]


def suggest(served: Served, camera: str = "cam-2") -> None:
    def zone(name: str, corners: list[list[float]]) -> dict[str, Any]:
        return {"id": name, "hazards": ["illegal_parking"], "polygon": corners, "dwell_s": 60}

    body = {
        "camera": camera,
        "source_wh": [960, 540],
        "watched_s": 7200,
        "looks": 14_400,
        "vehicles": 38,
        "stood": 3,
        "zones": [
            {"zone": zone("lane-1", LANE), "confidence": 0.6, "reason": "free_lane", "figures": {"vehicles": 38}},
            {
                "zone": zone("standing-1", KERB),
                "confidence": 0.4,
                "reason": "standing",
                "figures": {"stood": 3, "longest_s": 900},
            },
        ],
        "small_objects": True,
        "small_share": 0.4,
        "key_interval_s": 8.3,
        "ground": {"height_m": 6, "tilt_deg": 20},
        "ground_boxes": 300,
        "picture_jpeg": base64.b64encode(picture((90, 80, 70), 960, 540)).decode(),
    }
    answer = served.client(Role.WORKER).post(f"/cameras/{camera}/suggestion", json=body)
    assert answer.status_code == 204, answer.text


def camera_of(served: Served, camera: str = "cam-2") -> dict[str, Any]:
    site = served.client(Role.WORKER).get("/worker/site").json()["site"]
    [found] = [c for c in site["camera"] if c["id"] == camera]
    return dict(found)


def open_dialog(page: Page) -> Any:
    page.click("#suggestions")
    dialog = page.locator("dialog.suggest")
    expect(dialog.locator(".suggest-row")).to_have_count(2)
    return dialog


def test_a_zone_is_dragged_renamed_changed_in_kind_and_taken(wall: Page, served: Served) -> None:
    expect(wall.locator("#suggestions")).to_be_hidden()
    suggest(served)
    expect(wall.locator("#suggestions")).to_have_text("区域建议 1")
    dialog = open_dialog(wall)
    expect(dialog.locator("h2")).to_have_text("建议的区域 · 菜市场侧门")
    expect(dialog.locator(".suggest-row p").first).to_have_text("38 辆车从这里驶过，没有一辆停下")
    expect(dialog.locator("img")).to_have_js_property("naturalWidth", 960)

    dialog.locator("[data-zone=standing-1] [type=checkbox]").uncheck()
    row = dialog.locator("li[data-zone=lane-1]")
    row.locator("input").nth(1).fill("消防通道口")
    row.locator("select").select_option("fire_lane")
    row.locator("[type=number]").fill("45")
    corner = dialog.locator("[data-corner='0']")
    box, drawing = corner.bounding_box(), dialog.locator(".suggest-drawing").bounding_box()
    assert box is not None
    assert drawing is not None
    wall.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wall.mouse.down()
    wall.mouse.move(drawing["x"] + 0.2 * drawing["width"], drawing["y"] + 0.2 * drawing["height"], steps=4)
    wall.mouse.up()
    corner.press("ArrowRight")
    expect(dialog.locator("[data-act=accept]")).to_have_text("采用所选 1 个区域")
    dialog.locator("[data-act=accept]").click()

    expect(dialog).to_have_count(0)
    expect(wall.locator("#suggestions")).to_be_hidden()
    camera = camera_of(served)
    [zone] = camera["zone"]
    assert (zone["id"], zone["name"], zone["hazards"], zone["dwell_s"]) == ("lane-1", "消防通道口", ["fire_lane"], 45)
    assert zone["polygon"][0] == pytest.approx([0.205, 0.2], abs=0.004)
    assert zone["polygon"][1:] == LANE[1:]
    assert (camera["small_objects"], camera["ground"]["height_m"]) == (True, 6)


def test_what_is_discarded_takes_two_presses_and_is_gone(wall: Page, served: Served) -> None:
    suggest(served)
    dialog = open_dialog(wall)
    dialog.locator("[data-act=discard]").click()
    expect(dialog.locator("[data-act=discard]")).to_have_text("再按一次，全部丢弃")
    dialog.locator("[data-act=discard]").click()
    expect(dialog).to_have_count(0)
    expect(wall.locator("#suggestions")).to_be_hidden()
    assert camera_of(served)["zone"] == []


def test_edges_that_cross_are_said_and_not_sent(wall: Page, served: Served) -> None:
    suggest(served)
    dialog = open_dialog(wall)
    dialog.locator("li[data-zone=lane-1] select").focus()
    for _ in range(90):
        dialog.locator("[data-corner='0']").press("ArrowRight")
    expect(dialog.locator("[role=alert]")).to_have_text("“lane-1”的边互相交叉，请拖动角点。")
    expect(dialog.locator("[data-act=accept]")).to_be_disabled()


def test_what_another_changed_meanwhile_is_shown_anew(sign_in: OpenPage, served: Served) -> None:
    page = sign_in("admin", expected=("412",))
    suggest(served)
    dialog = open_dialog(page)
    suggest(served)
    dialog.locator("[data-act=accept]").click()
    expect(dialog.locator("[role=alert]")).to_have_text("这份建议或站点设置刚被改过，现在显示的是最新内容。")
    assert camera_of(served)["zone"] == []
    dialog.locator("[data-act=accept]").click()
    expect(dialog).to_have_count(0)
    assert len(camera_of(served)["zone"]) == 2


def test_others_are_offered_none(sign_in: OpenPage, served: Served) -> None:
    suggest(served)
    page = sign_in("pilot")
    expect(page.locator("#connection")).to_have_text("实时")
    expect(page.locator("#suggestions")).to_be_hidden()


def test_polygons_are_judged_as_the_server_does(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    judged: dict[str, tuple[list[list[float]], bool]] = {
        "square": (LANE, True),
        "triangle": (LANE[:3], True),
        "bow": ([[0, 0], [1, 1], [1, 0], [0, 1]], False),
        "line": ([[0, 0], [0.5, 0], [1, 0]], False),
        "touches": ([[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]], False),
        "notched": ([[0, 0], [1, 0], [1, 1], [0.5, 0.2], [0, 1]], True),
    }
    for name, (corners, simple) in judged.items():
        assert call(page, "polygon.js", "isSimple", corners) is simple, name
        assert (Polygon(corners).is_valid and Polygon(corners).area > 0) is simple, name
