"""Why a hazard was raised, as both pages say it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.api.house import Served
from tests.pages.conftest import OpenPage, look
from tests.pages.town import raised
from vision.hazards.why import PHRASES
from vision.types import HazardKind

PARKED: dict[str, Any] = {
    "slot": 3,
    "confidence": 0.81,
    "model": "street-v4",
    "precision": "bf16",
    "dwell_s": 62.1,
    "limit_s": 60.0,
    "unknown_s": 2.0,
    "looks": 32.0,
    "boxes": 31.0,
    "threshold": 0.35,
    "of_tomorrow": 7.0,
}


def test_the_pages_say_it_with_the_phrases_of_the_command_line(wall: Page) -> None:
    code = "async () => { const w = await import('/static/js/why.js'); return [w.PHRASES, w.DETAILS]; }"
    phrases, details = wall.evaluate(code)
    everybody = list(HazardKind)
    for theirs, detail in ((phrases, False), (details, True)):
        ours = [
            [f"why.{p.name}", list(p.figures), list(p.kinds), p.where and list(p.where)]
            for p in PHRASES
            if p.detail is detail
        ]
        filled = [[*phrase, None, None][:4] for phrase in theirs]
        assert [[key, figures, kinds or everybody, where] for key, figures, kinds, where in filled] == ours


def test_the_walls_ticket_says_why_in_both_languages(wall: Page, served: Served) -> None:
    served.post(raised(why=PARKED))
    wall.click("[data-hazard='i-1']")
    why = wall.locator("#ticket .why dd")
    chinese = "在 3 号位停了 62 秒；限时 60 秒；看了 32 次，31 次认出；其中 2 秒看不见"
    expect(why.first).to_have_text(chinese)
    expect(why.last).to_have_text("可信度 0.81（须达 0.35） · 识别模型 street-v4，精度 bf16 · of_tomorrow 7")
    wall.click("#wall [data-language=en]")
    expect(why.first).to_have_text("stood 62 s in place #3; limit 60 s; seen in 31 of 32 looks; 2 s unknown")


def test_the_phones_ticket_says_why_and_an_earlier_workers_event_does_too(phone: Page, served: Served) -> None:
    served.post(raised(why={"dwell_s": 70.0, "limit_s": 60.0, "looks": 9.0, "detected": 0.9, "unknown_s": 0.0}))
    look(phone)
    phone.locator(".card").tap()
    expect(phone.locator(".why dd")).to_have_text("已持续 70 秒；限时 60 秒；看了 9 次")


def test_an_event_without_figures_leaves_no_empty_line_on_the_phone(sign_in: OpenPage, served: Served) -> None:
    page = sign_in("grid1", "/phone", width=390, height=844, has_touch=True, is_mobile=True)
    served.post(raised(why={}))
    look(page)
    page.locator(".card").tap()
    expect(page.locator(".facts")).to_be_visible()
    expect(page.locator(".why")).to_have_count(0)


def test_whoever_stands_there_can_say_that_it_was_false(phone: Page, served: Served) -> None:
    served.post(raised())
    look(phone)
    phone.locator(".card").tap()
    phone.locator(".false-alarm summary").tap()
    phone.locator("[data-reason=nothing_there]").tap()
    expect(phone.locator("[aria-current=step]")).to_contain_text("核查")
    expect(phone.locator(".false-alarm")).to_have_count(0)
    [ticket] = served.tickets()
    assert ticket["history"][-1]["note"] == "nothing_there"
    phone.locator(".part-history summary").tap()
    expect(phone.locator(".history q").first).to_have_text("那里什么也没有")
