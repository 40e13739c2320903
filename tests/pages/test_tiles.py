"""Live tiles: drawn, acknowledged, and never older than they look."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from api.site.offline import write_site
from streams.site import parse_site
from tests.api.house import Served
from tests.pages.conftest import PATIENCE_MS, OpenPage
from tests.pages.town import SITE, StreamWorker, ago, apart, picture, raised

BLUE, RED = (220, 60, 30), (30, 40, 210)  # BGR


@pytest.fixture
def worker(served: Served) -> StreamWorker:
    return StreamWorker(served)


def middle(page: Page, camera: str) -> list[int]:
    """[red, green, blue] in the middle of the camera's canvas."""
    found: list[int] = page.evaluate(
        """(camera) => {
          const canvas = document.querySelector(`[data-camera="${camera}"] .frame`);
          return [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data].slice(0, 3);
        }""",
        camera,
    )
    return found


def wait_looked_at(worker: StreamWorker, *cameras: str, **states: str) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while set(cameras) - set(worker.report(**states)):
        assert time.monotonic() < deadline, "the wall opened no socket for its cameras"
        time.sleep(0.05)


def drawn(page: Page, camera: str, frames: int) -> None:
    page.wait_for_function(
        "([camera, n]) => Number(document.querySelector(`[data-camera='${camera}']`)?.dataset.frames ?? 0) >= n",
        arg=[camera, frames],
    )


def test_a_tile_is_drawn_and_each_frame_acknowledged(sign_in: OpenPage, worker: StreamWorker) -> None:
    worker.report(cam_1="live", cam_2="live")
    page = sign_in("centre")
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda payload: sent.append(str(payload))))
    page.reload()
    wait_looked_at(worker, "cam-1", "cam-2", cam_1="live", cam_2="live")
    for n in range(1, 6):  # more than the two that may be on their way: only acknowledged frames let the rest through
        worker.tile("cam-1", picture(BLUE if n % 2 else RED), [[0.1, 0.1, 0.5, 0.5, "car", 0.9]])
        drawn(page, "cam-1", n)
    red, _, blue = middle(page, "cam-1")
    assert blue > 180 > 90 > red
    assert sum('"ack":0' in text for text in sent) == 5
    tile = page.locator("[data-camera=cam-1]")
    expect(tile).to_have_attribute("data-state", "live")
    expect(tile.locator(".tile-name")).to_have_text("解放路口东")
    expect(tile.locator(".tile-age")).to_contain_text("秒前")


def test_a_picture_stays_under_its_own_name(sign_in: OpenPage, worker: StreamWorker) -> None:
    worker.report(cam_1="live", cam_2="live")
    page = sign_in("centre")
    wait_looked_at(worker, "cam-1", "cam-2", cam_1="live", cam_2="live")
    worker.tile("cam-1", picture(BLUE))
    worker.tile("cam-2", picture(RED))
    drawn(page, "cam-1", 1)
    drawn(page, "cam-2", 1)
    assert middle(page, "cam-1")[2] > 180 > 90 > middle(page, "cam-1")[0]
    assert middle(page, "cam-2")[0] > 180 > 90 > middle(page, "cam-2")[2]


def marked(page: Page) -> int:
    """How many px of the overlay of cam-1 are drawn on."""
    found: int = page.evaluate(
        """() => {
          const canvas = document.querySelector("[data-camera='cam-1'] .marks");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let n = 0;
          for (let i = 3; i < data.length; i += 4) n += data[i] > 0;
          return n;
        }"""
    )
    return found


def test_boxes_can_be_switched_off_and_stay_off(sign_in: OpenPage, served: Served, worker: StreamWorker) -> None:
    served.post(raised())
    page = sign_in("centre")
    wait_looked_at(worker, "cam-1", cam_1="live", cam_2="live")
    worker.tile("cam-1", picture(BLUE), [[0.6, 0.6, 0.8, 0.8, "car", 0.9], [0.1, 0.6, 0.2, 0.9, "person", 0.7]])
    drawn(page, "cam-1", 1)
    assert marked(page) > 500
    page.click("#boxes")
    expect(page.locator("#boxes")).to_have_attribute("aria-pressed", "false")
    assert marked(page) == 0
    page.reload()
    expect(page.locator("#boxes")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("state", "words", "help_words"),
    [
        ("down", "离线", "起离线，系统正在重连"),
        ("stalled", "画面停滞", "画面已停，不是实时"),
        ("connecting", "连接中", "正在连接摄像机"),
    ],
)
def test_a_camera_that_is_not_well_says_so(
    sign_in: OpenPage, worker: StreamWorker, state: str, words: str, help_words: str
) -> None:
    worker.report(cam_1="live", cam_2=state)
    tile = sign_in("centre").locator("[data-camera=cam-2]")
    expect(tile).to_have_attribute("data-state", state)
    expect(tile.locator(".tile-state")).to_have_text(words)
    expect(tile.locator(".veil strong")).to_have_text(words)
    expect(tile.locator(".veil")).to_contain_text(help_words)


def test_a_camera_that_goes_down_covers_its_last_picture(sign_in: OpenPage, worker: StreamWorker) -> None:
    page = sign_in("centre")
    wait_looked_at(worker, "cam-1", cam_1="live", cam_2="live")
    worker.tile("cam-1", picture(BLUE))
    drawn(page, "cam-1", 1)
    expect(page.locator("[data-camera=cam-1] .veil")).to_be_hidden()
    worker.report(cam_1="down", cam_2="live")
    tile = page.locator("[data-camera=cam-1]")
    expect(tile).to_have_attribute("data-state", "down")
    expect(tile.locator(".veil")).to_be_visible()


def test_a_camera_of_which_no_worker_speaks_is_unknown(wall: Page) -> None:
    tile = wall.locator("[data-camera=cam-1]")
    expect(tile).to_have_attribute("data-state", "unknown")
    expect(tile.locator(".veil")).to_contain_text("识别服务没有报告这台摄像机")


def test_one_tile_can_fill_the_room(sign_in: OpenPage, worker: StreamWorker) -> None:
    worker.report(cam_1="live", cam_2="live")
    page = sign_in("centre")
    expect(page.locator(".tile")).to_have_count(2)  # before, it may have the room to itself
    small = page.locator("[data-camera=cam-2]").bounding_box()
    page.locator("[data-camera=cam-2] button").click()
    expect(page.locator(".tile")).to_have_count(1)
    assert small
    page.wait_for_function(  # the room is laid out anew a moment after the other tile has gone
        "width => document.querySelector('[data-camera=cam-2]').getBoundingClientRect().width > 1.5 * width",
        arg=small["width"],
    )
    page.keyboard.press("Enter")  # the focus stays on the button
    expect(page.locator(".tile")).to_have_count(2)


def test_more_cameras_than_fit_are_shown_in_pages(sign_in: OpenPage, served: Served, worker: StreamWorker) -> None:
    more = "".join(f'\n[[camera]]\nid = "more-{n}"\nurl = "rtsp://192.0.2.9/{n}"\n' for n in range(16))
    apart(write_site, served.data, parse_site(SITE + more))
    page = sign_in("centre")
    expect(page.locator(".tile")).to_have_count(16)
    expect(page.locator("#page-words")).to_have_text("第 1 / 2 页")
    page.click("#page-after")
    expect(page.locator(".tile")).to_have_count(2)
    wait_looked_at(worker, "more-14", "more-15")


def test_tiles_fit_the_screen_with_and_without_a_ticket(
    sign_in: OpenPage, served: Served, worker: StreamWorker
) -> None:
    served.post(raised(captured_at=ago(5)))
    worker.report(cam_1="live", cam_2="live")
    page = sign_in("centre", width=1366, height=768)

    def all_fit() -> None:
        page.wait_for_function(
            "() => [...document.querySelectorAll('.tile')].every((tile) => tile.getBoundingClientRect().bottom <= 768)"
        )

    expect(page.locator(".tile")).to_have_count(2)
    all_fit()
    page.click("[data-hazard='i-1']")
    expect(page.locator("[data-command=accept]")).to_be_in_viewport()
    all_fit()


def test_a_lost_socket_is_said_and_opened_again(sign_in: OpenPage, worker: StreamWorker) -> None:
    page = sign_in("centre", expected=("WebSocket",))
    worker.report(cam_1="live", cam_2="live")
    routes: list[Any] = []
    refuse = {"now": False}

    def meet(route: Any) -> None:
        if refuse["now"]:
            route.close()
            return
        routes.append(route)
        route.connect_to_server()

    page.route_web_socket("**/api/v1/wall", meet)
    page.reload()
    tile = page.locator("[data-camera=cam-1]")
    expect(tile).to_have_attribute("data-state", "waiting")
    refuse["now"] = True
    routes[0].close()
    expect(tile).to_have_attribute("data-state", "lost")
    expect(tile.locator(".veil")).to_contain_text("本页与服务器的连接中断")
    refuse["now"] = False
    expect(tile).not_to_have_attribute("data-state", "lost")
