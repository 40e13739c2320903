"""The report page: a resident's from a QR code, and a grid worker's on patrol."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from api.auth.roles import Role
from tests.api.house import Served, jpeg
from tests.pages.conftest import PATIENCE_MS, OpenPage


def picture(folder: Path) -> Path:
    path = folder / "photo.jpg"
    path.write_bytes(jpeg(640, 480))
    return path


def point(served: Served) -> dict[str, Any]:
    body = {"name": "3 号楼大厅", "lon": 113.85, "lat": 27.62, "datum": "WGS-84"}
    found: dict[str, Any] = served.client(Role.COMMAND_CENTRE).post("/report-points", json=body).json()
    return found


def test_a_resident_reports_and_follows_without_an_account(served: Served, open_page: OpenPage, tmp_path: Path) -> None:
    page: Page = open_page(390, 844)
    page.goto(f"/report?p={point(served)['id']}")
    expect(page.locator(".lead")).to_have_text("3 号楼大厅")
    page.set_input_files("input[type=file]", picture(tmp_path))
    expect(page.locator(".preview img")).to_be_visible()
    page.select_option("select[name=kind]", "cluttered_stairs")
    page.fill("textarea", "三楼堆满纸箱")
    page.screenshot(path=tmp_path / "resident.png", full_page=True)
    page.click("button[type=submit]")
    expect(page.locator("main > .notice")).to_contain_text("已收到")
    ticket = served.tickets()[0]
    assert (ticket["state"], ticket["kind"]) == ("received", "cluttered_stairs")
    centre, worker = served.client(Role.COMMAND_CENTRE), served.client(Role.GRID_WORKER)
    assert centre.post(f"/tickets/{ticket['id']}/register", json={}).status_code == 200
    worker.post(f"/tickets/{ticket['id']}/accept")
    worker.post(f"/tickets/{ticket['id']}/close", json={})
    page.reload()
    page.click("text=没有了")
    expect(page.locator("main > .notice")).to_contain_text("已办结")
    assert page.context.cookies() == []


def test_a_worker_reports_what_the_detectors_propose(served: Served, sign_in: OpenPage, tmp_path: Path) -> None:
    where = {"geolocation": {"longitude": 113.85, "latitude": 27.62, "accuracy": 8}, "permissions": ["geolocation"]}
    page = sign_in("grid1", path="/phone", width=390, height=844, language="en-GB", **where)
    page.click("#to-report")
    page.click("text=It is where I stand")
    expect(page.locator("[role=status].muted")).to_have_text("Found you, to 8 m")
    page.set_input_files("input[type=file]", picture(tmp_path))
    expect(page.locator(".notice[role=status]")).to_contain_text("Looks like: Illegal parking (90 %)")
    expect(page.locator("select[name=kind]")).to_have_value("illegal_parking")
    assert page.locator(".preview rect").bounding_box() is not None
    page.screenshot(path=tmp_path / "worker.png", full_page=True)
    page.click("button[type=submit]")
    expect(page.locator(".notice.good")).to_contain_text("Reported, ticket #1")
    page.goto("/phone")
    expect(page.locator(".card-place").first).to_have_text("Reported on the spot")


def test_what_is_being_sent_when_the_page_is_closed_is_not_offered_again(
    served: Served, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(390, 844, expected=("409",))  # what was held may be let go with its page, and is underway then
    address = f"/report?p={point(served)['id']}"
    page.goto(address)
    page.set_input_files("input[type=file]", picture(tmp_path))
    page.select_option("select[name=kind]", "rubbish")
    page.fill("textarea", "楼下垃圾")
    expect(page.locator(".preview img")).to_be_visible()
    page.route("**/public/reports", lambda route: None)  # a slow line: it is on its way for ever
    with page.expect_request("**/public/reports"):
        page.click("button[type=submit]")
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#arrived")).to_contain_text("已提交")
    expect(page.locator("select[name=kind]")).to_have_value("")
    expect(page.locator("textarea")).to_have_value("")
    assert len(served.tickets()) == 1


def test_a_code_that_is_taken_down_says_so(open_page: OpenPage) -> None:
    page = open_page(390, 844, expected=("404",))
    page.goto("/report?p=gone")
    expect(page.locator(".notice")).to_contain_text("已停用")


def test_a_report_written_without_a_network_arrives_once(served: Served, open_page: OpenPage, tmp_path: Path) -> None:
    """Kept through a closed page, and sent again after an answer that was lost."""
    # 409: where the reload cuts off the first answer at the server, the second try is told that it was done.
    page = open_page(390, 844, expected=("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "409"))
    page.goto(f"/report?p={point(served)['id']}")
    expect(page.locator("form")).to_be_visible()
    page.context.set_offline(True)
    page.set_input_files("input[type=file]", with_exif(tmp_path))
    expect(page.locator(".preview img")).to_be_visible()
    page.select_option("select[name=kind]", "rubbish")
    page.fill("textarea", "东门外")
    page.click("button[type=submit]")
    expect(page.locator("main > .notice")).to_contain_text("已存在这部手机里")
    page.click("text=再报一件")
    page.fill("textarea", "写到一半")
    [kept] = kept_beside(page, "写到一半")
    assert b"SECRET-PLACE" not in base64.b64decode(kept["body"]["photo_jpeg"])
    keys: list[str] = []

    def lose_once(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            route.continue_()
            return
        route.fetch(timeout=PATIENCE_MS)  # the server hears it
        route.abort()  # the phone does not hear the server

    page.context.route("**/public/reports", lose_once)
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#arrived")).to_contain_text("已提交")
    expect(page.locator("#waiting")).to_be_hidden()
    expect(page.locator("textarea")).to_have_value("写到一半")
    assert len(keys) >= 2  # a third where the server was still at the first one
    assert len(set(keys)) == 1
    assert [ticket["kind"] for ticket in served.tickets()] == ["rubbish"]
    assert len(served.client(Role.COMMAND_CENTRE).get("/reports").json()["items"]) == 1


KEPT = """() => new Promise((done) => {
  const open = indexedDB.open("sanxun-reports", 1);
  open.onsuccess = () => {
    const all = open.result.transaction("reports").objectStore("reports").getAll();
    all.onsuccess = () => { open.result.close(); done(all.result); };
  };
})"""


def kept_beside(page: Page, words: str) -> list[dict[str, Any]]:
    """The reports that wait on the phone, once what is being written there has these words."""
    ends_s = time.monotonic() + PATIENCE_MS / 1000
    while True:
        found: list[dict[str, Any]] = page.evaluate(KEPT)
        if any(one.get("writing") and one["body"]["words"] == words for one in found):
            break
        assert time.monotonic() < ends_s, f"what is being written was not kept: {found}"
        page.wait_for_timeout(50)
    return [one for one in found if not one.get("writing")]


def with_exif(folder: Path) -> Path:
    """A photo that says where it was taken, in an APP1 segment."""
    plain = jpeg(640, 480)
    said = b"Exif\0\0SECRET-PLACE"
    path = folder / "exif.jpg"
    path.write_bytes(plain[:2] + b"\xff\xe1" + (len(said) + 2).to_bytes(2, "big") + said + plain[2:])
    return path
