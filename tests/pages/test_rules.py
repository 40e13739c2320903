"""The pages' rules, run in the browser as they stand in the modules: states, clocks, layout, frames, datum."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from api.kit.gcj02 import wgs84_to_gcj02
from tests.api.house import FakeTime, serving
from tests.pages.conftest import PATIENCE_MS

NOW_MS = 1_000_000_000_000
LIVE = {"state": "live", "since": "2001-09-09T01:00:00.000Z", "last_frame_at": "2001-09-09T01:46:39.000Z"}
SEEN = {"connected": True, "opened_ms": NOW_MS - 60_000, "captured_ms": NOW_MS - 1000, "now_ms": NOW_MS}


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One page for all: the rules keep nothing."""
    with serving(tmp_path_factory.mktemp("rules"), FakeTime()) as url:
        context = chromium.new_context(locale="zh-CN")
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(url)
        yield page
        context.close()


def call(page: Page, module: str, name: str, *values: Any) -> Any:
    return page.evaluate(
        "async ([module, name, values]) => (await import(`/static/js/${module}`))[name](...values)",
        [module, name, list(values)],
    )


@pytest.mark.parametrize(
    ("camera", "seen", "state"),
    [
        ({}, {}, "live"),
        ({}, {"captured_ms": NOW_MS - 9000}, "stalled"),
        ({}, {"captured_ms": NOW_MS - 9000, "opened_ms": NOW_MS - 2000}, "waiting"),
        ({}, {"captured_ms": None}, "waiting"),
        ({}, {"connected": False}, "lost"),
        ({"enabled": False}, {}, "disabled"),
        ({"health": None}, {}, "unknown"),
        ({"health": LIVE | {"state": "down"}}, {}, "down"),
        ({"health": LIVE | {"state": "stalled"}}, {}, "stalled"),
        ({"health": LIVE | {"state": "unknown"}}, {}, "unknown"),
    ],
)
def test_a_tile_is_live_only_while_pictures_come(page: Page, camera: Any, seen: Any, state: str) -> None:
    found = call(page, "tile_state.js", "tileState", {"enabled": True, "health": LIVE} | camera, SEEN | seen)
    assert found["state"] == state


def test_a_stopped_picture_says_since_when(page: Page) -> None:
    seen = SEEN | {"captured_ms": NOW_MS - 9000}
    found = call(page, "tile_state.js", "tileState", {"enabled": True, "health": LIVE}, seen)
    assert found["since"] == "2001-09-09T01:46:31.000Z"


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 1), (4, 2), (6, 3), (9, 3), (16, 4)])
def test_tiles_share_the_room_and_fit(page: Page, count: int, columns: int) -> None:
    room = {"width": 1470, "height": 940, "gap": 12, "foot_px": 38}
    found = call(page, "tile_state.js", "bestLayout", count, room)
    rows = -(-count // found["columns"])
    assert found["columns"] == columns
    assert found["columns"] * found["tile_px"] + (found["columns"] - 1) * 12 <= 1470
    assert rows * (found["tile_px"] * 9 / 16 + 38) + (rows - 1) * 12 <= 940


def test_a_frame_is_read_as_the_server_packs_it(page: Page) -> None:
    packed = list(struct.pack("<BBHId", 1, 1, 513, 70_000, 1_700_000_000.25) + b"\xff\xd8\xff")
    found = page.evaluate(
        """async (bytes) => {
          const { parseFrame } = await import("/static/js/tile_socket.js");
          const { jpeg, ...head } = parseFrame(new Uint8Array(bytes).buffer);
          return { ...head, size: jpeg.size };
        }""",
        packed,
    )
    assert found == {"tile": 513, "sequence": 70_000, "captured_ms": 1_700_000_000_250, "size": 3}


@pytest.mark.parametrize(
    "packed", [b"", b"\x01" * 16, b"\x02\x01" + b"\x00" * 20], ids=["none", "no picture", "version 2"]
)
def test_a_frame_that_is_not_known_is_left_out(page: Page, packed: bytes) -> None:
    code = 'async (b) => (await import("/static/js/tile_socket.js")).parseFrame(new Uint8Array(b).buffer)'
    assert page.evaluate(code, list(packed)) is None


def ticket(state: str, *steps: tuple[str, str]) -> dict[str, Any]:
    return {
        "state": state,
        "created_at": "2026-01-01T00:00:00Z",
        "respond_by": "2026-01-01T00:05:00Z",
        "rectify_by": "2026-01-01T01:00:00Z",
        "history": [{"to": to, "at": f"2026-01-01T{at}Z"} for to, at in steps],
    }


AT_MIDNIGHT_MS = 1_767_225_600_000


@pytest.mark.parametrize(
    ("given", "clock", "minute", "level", "seconds"),
    [
        (ticket("dispatched"), "respond", 1, "ok", 240),
        (ticket("dispatched"), "respond", 4, "soon", 60),
        (ticket("dispatched"), "respond", 6, "over", -60),
        (ticket("working", ("working", "00:04:00")), "respond", 30, "met", 0),
        (ticket("verifying", ("working", "00:07:00"), ("verifying", "00:08:00")), "respond", 30, "late", 120),
        (ticket("working", ("working", "00:04:00")), "rectify", 50, "soon", 600),
        (ticket("closed", ("working", "00:04:00"), ("closed", "00:59:00")), "rectify", 300, "met", 0),
        (ticket("closed", ("working", "00:04:00"), ("closed", "01:10:00")), "rectify", 300, "late", 600),
    ],
)
def test_clocks_run_and_stop(page: Page, given: Any, clock: str, minute: int, level: str, seconds: float) -> None:
    found = call(page, "ticket_parts.js", "clockOf", given, clock, AT_MIDNIGHT_MS + minute * 60_000)
    assert (found["level"], found["seconds"]) == (level, seconds)


@pytest.mark.parametrize(("lon", "lat"), [(113.85, 27.62), (121.47, 31.23), (87.6, 43.8), (13.4, 52.5)])
def test_gcj02_agrees_with_the_servers_and_comes_back(page: Page, lon: float, lat: float) -> None:
    shifted = call(page, "geo.js", "toGcj02", lon, lat)
    assert shifted == pytest.approx(wgs84_to_gcj02(lon, lat), abs=1e-9)
    assert call(page, "geo.js", "fromGcj02", *shifted) == pytest.approx((lon, lat), abs=1e-7)


def test_a_map_link_is_wgs84_whatever_the_datum(page: Page) -> None:
    lon, lat = wgs84_to_gcj02(113.85, 27.62)
    meant = "geo:27.620000,113.850000"
    assert call(page, "geo.js", "geoLink", {"lon": 113.85, "lat": 27.62, "datum": "WGS-84"}) == meant
    assert call(page, "geo.js", "geoLink", {"lon": lon, "lat": lat, "datum": "GCJ-02"}) == meant
    assert call(page, "geo.js", "geoLink", {"lon": None, "lat": None, "datum": "WGS-84"}) is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (65.9, "1:05"), (3725, "1:02:05"), (90_000, "1 天 1 小时"), (-3, "0:00")]
)
def test_durations(page: Page, seconds: float, words: str) -> None:
    assert call(page, "time.js", "duration", seconds) == words


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/99.0 Mobile Safari/537.36 MicroMessenger/8.0", "WeChat · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604", "Safari · iPhone"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) Chrome/114.0 Safari/537.36 ArkWeb/4.1", "Chrome · HarmonyOS"),
        ("python-httpx/0.28.1", "python-httpx/0.28.1"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_device_is_named_as_people_name_it(page: Page, agent: str, name: str) -> None:
    assert call(page, "agent.js", "deviceName", agent) == name
