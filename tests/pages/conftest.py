"""A real Chromium before a real server. Every console error and every uncaught error of a page fails its test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from api.auth.bootstrap import bootstrap_users
from api.site.offline import write_site
from streams.site import parse_site
from tests.api.house import FakeTime, Served, serving
from tests.conftest import missing
from tests.pages.town import HOLD_THE_PAGE, NOW, SITE, ServedApart, apart

# The shell is Chromium without its own windows: it takes a fifth of the processor time for each test's new profile.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Asking who is signed in, before anybody is, is answered 401; Chromium writes every 4xx to the console.
NOBODY_YET = "/api/v1/session"

OpenPage = Callable[..., Page]


def look(page: Page) -> None:
    """Somebody takes the page to hand: it asks at once, and no test waits for its next round."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


# CI's machine may give a tenth of its time and less: what comes, comes; what fails, fails later.
PATIENCE_MS = 240_000 if os.environ.get("SANXUN_STRICT") == "1" else 60_000
expect.set_options(timeout=PATIENCE_MS)


# For this package alone: Playwright keeps an event loop running in the main thread, where others must run their own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        missing("Chromium is absent (Debian: apt install chromium-headless-shell)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A data folder with the site of `town` and the four first accounts, made once and copied; and the passwords."""
    data = tmp_path_factory.mktemp("town")
    apart(write_site, data, parse_site(SITE))
    return data, apart(bootstrap_users, data)


@pytest.fixture
def served(town: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Served]:
    """A running server on held time, on its own copy of the town."""
    clock, data = FakeTime(NOW), tmp_path / "data"
    shutil.copytree(town[0], data)
    with serving(data, clock) as url:
        house = ServedApart(url, data, clock)
        try:
            yield house
        finally:
            house.close()


@pytest.fixture
def passwords(town: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return town[1]


@pytest.fixture
def open_page(chromium: Browser, served: Served) -> Iterator[OpenPage]:
    """`open_page(width, height, language="zh-CN", expected=())`: a page in a profile of its own.

    `expected` are parts of console messages that this test causes on purpose.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def make(
        width: int = 1920, height: int = 1080, language: str = "zh-CN", expected: tuple[str, ...] = (), **more: Any
    ) -> Page:
        context = chromium.new_context(
            base_url=served.url,
            viewport={"width": width, "height": height},
            locale=language,
            reduced_motion="reduce",  # a dot that breathes is a picture of the whole page sixty times a second
            **more,
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(HOLD_THE_PAGE)
        contexts.append(context)
        context.on("weberror", lambda found: faults.append(f"uncaught: {found.error}"))

        def listen(message: Any) -> None:
            where = message.location.get("url", "")
            known = where.endswith(NOBODY_YET) and "401" in message.text
            if message.type == "error" and not known and not any(part in message.text for part in expected):
                faults.append(f"console: {message.text} ({where})")

        context.on("console", listen)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def sign_in(open_page: OpenPage, passwords: dict[str, str]) -> OpenPage:
    """`sign_in("centre", path="/", ...)`: a page on which that account has just signed in through the form."""

    def make(username: str, path: str = "/", **more: Any) -> Page:
        page = open_page(**more)
        page.goto(path)
        page.fill("[name=username]", username)
        page.fill("[name=password]", passwords[username])
        page.click("#signin-submit")
        page.wait_for_selector("#phone:visible" if username == "grid1" else "#wall:visible")
        return page

    return make


@pytest.fixture
def wall(sign_in: OpenPage) -> Page:
    return sign_in("centre")


@pytest.fixture
def phone(sign_in: OpenPage) -> Page:
    """The grid worker's page at 390 by 844, by touch."""
    return sign_in("grid1", "/phone", width=390, height=844, has_touch=True, is_mobile=True, device_scale_factor=2)
