"""The README's pictures: the demonstration's pages as people see them.

    make test-peers                                # Chromium, where it is absent
    .venv/bin/python docs/pictures/take.py         # writes wall.webp, wall.zh.webp and phone.webp beside this file

Everything in them is drawn by Sanxun's own renderer: no street, vehicle or person is real.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
SANXUN = Path(sys.executable).with_name("sanxun")
HAZARDS = 2  # of the demonstration's two cameras
PATIENCE_MS = 240_000
QUALITY = 82


@contextmanager
def demonstration(data: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A running `sanxun demo`: its address, and the password of each account."""
    command = [str(SANXUN), "demo", "--data", str(data), "--port", "0"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert running.stdout is not None
    try:
        url, passwords = "", {}
        for line in running.stdout:
            if found := re.search(r"(http://\S+)/\s*$", line):
                url = url or found[1]
            elif found := re.match(r"\s+(admin|centre|pilot|grid1)\s+(\S+)$", line):
                passwords[found[1]] = found[2]
            elif "Ctrl-C" in line:
                break
        yield url, passwords
    finally:
        running.terminate()
        running.wait(timeout=30)


def signed_in(browser: Browser, url: str, user: str, password: str, language: str, size: tuple[int, int]) -> Page:
    phone = size[0] < size[1]
    page = browser.new_context(
        base_url=url,
        locale=language,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2 if phone else 1,
        reduced_motion="reduce",
    ).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/phone" if phone else "/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", password)
    page.click("#signin-submit")
    return page


def keep(page: Page, name: str) -> None:
    shot = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    path = HERE / f"{name}.webp"
    cv2.imwrite(str(path), shot, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    print(f"{path}  {shot.shape[1]}x{shot.shape[0]}  {path.stat().st_size / 1000:.0f} kB")


def wall(browser: Browser, url: str, password: str, language: str, name: str) -> None:
    page = signed_in(browser, url, "centre", password, language, (1600, 900))
    page.wait_for_function(f"() => document.querySelectorAll('[data-hazard]').length >= {HAZARDS}")
    page.reload()  # signed in at once, it has the site's name from before the demonstration gave it one
    page.locator("[data-hazard]").first.click()
    page.wait_for_selector(".ticket-facts")
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    page.wait_for_timeout(3_000)  # the map, and the next live picture
    keep(page, name)


def phone(browser: Browser, url: str, password: str) -> None:
    page = signed_in(browser, url, "grid1", password, "zh-CN", (390, 844))
    page.locator("a.card").first.click()
    page.wait_for_function("() => document.images.length && [...document.images].every(image => image.complete)")
    page.wait_for_timeout(3_000)
    keep(page, "phone")


def main() -> None:
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is absent: make test-peers installs it on Debian")
    with (
        tempfile.TemporaryDirectory() as data,
        demonstration(Path(data)) as (url, passwords),
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        wall(browser, url, passwords["centre"], "en-GB", "wall")
        wall(browser, url, passwords["centre"], "zh-CN", "wall.zh")
        phone(browser, url, passwords["grid1"])
        browser.close()


if __name__ == "__main__":
    main()
