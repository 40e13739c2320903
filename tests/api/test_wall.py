"""The live wall: tiles over one socket, no faster than the page draws them."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api.auth.roles import Role
from tests.api.house import Served, jpeg, sign_in
from tests.api.wall_socket import looked_at, put, take, until_open, wall


def nothing_more(socket: ClientConnection) -> bool:
    try:
        socket.recv(timeout=0.3)
    except TimeoutError:
        return True
    return False


def test_an_open_camera_is_looked_at_and_its_tile_arrives(served: Served) -> None:
    assert looked_at(served) == []
    with wall(served) as socket:
        socket.send(json.dumps({"open": ["cam-2", "cam-1"]}))
        until_open(served, ["cam-1", "cam-2"])
        assert put(served, jpeg(), boxes=[[0.1, 0.2, 0.3, 0.4, "car", 0.9]]).status_code == 204
        overlay, (version, kind, tile, _sequence, seconds), picture = take(socket)
    assert (version, kind, tile, seconds) == (1, 1, 1, 1795334400.25)
    assert picture == jpeg()
    assert (overlay["tile"], overlay["boxes"]) == (1, [[0.1, 0.2, 0.3, 0.4, "car", 0.9]])
    assert overlay["captured_at"] == "2026-11-22T08:00:00.250Z"


def test_a_slow_page_gets_two_frames_and_then_the_newest(served: Served) -> None:
    pictures = [jpeg(64 + 2 * n, 48) for n in range(6)]
    with wall(served) as socket:
        socket.send(json.dumps({"open": ["cam-1"]}))
        until_open(served, ["cam-1"])
        for picture in pictures[:2]:
            put(served, picture)
            assert take(socket)[2] == picture
        for picture in pictures[2:]:
            put(served, picture)
        assert nothing_more(socket), "a third frame was sent while two were not yet drawn"
        socket.send(json.dumps({"ack": 0}))
        assert take(socket)[2] == pictures[-1], "frames that were never drawn must be skipped"
        socket.send(json.dumps({"ack": 0}))
        assert nothing_more(socket), "the same frame was sent twice"


def test_one_slow_tile_does_not_hold_up_another(served: Served) -> None:
    with wall(served) as socket:
        socket.send(json.dumps({"open": ["cam-1", "cam-2"]}))
        until_open(served, ["cam-1", "cam-2"])
        for n in range(4):
            put(served, jpeg(64 + 2 * n, 48), "cam-1")
        first = [take(socket)[1][2]]
        put(served, jpeg(100, 48), "cam-2")
        while first[-1] == 0:
            first.append(take(socket)[1][2])
        assert first.count(0) <= 2
        assert first[-1] == 1


def test_a_closed_wall_is_looked_at_five_seconds_more(served: Served) -> None:
    with wall(served) as socket:
        socket.send(json.dumps({"open": ["cam-1"]}))
        until_open(served, ["cam-1"])
        served.time.pass_s(60)
        assert looked_at(served) == ["cam-1"]
    served.time.pass_s(4.9)
    assert looked_at(served) == ["cam-1"]
    # The server learns of the close a moment after the client: its five seconds begin then, at the latest now.
    served.time.pass_s(5.1)
    assert looked_at(served) == []


def test_an_old_picture_does_not_pass_for_live(served: Served) -> None:
    put(served, jpeg())
    served.time.pass_s(11)
    with wall(served) as socket:
        socket.send(json.dumps({"open": ["cam-1"]}))
        until_open(served, ["cam-1"])
        assert nothing_more(socket)
        put(served, jpeg(80, 60))
        assert take(socket)[2] == jpeg(80, 60)


def test_an_unknown_camera_keeps_its_tile_number_and_shows_nothing(served: Served) -> None:
    with wall(served) as socket:
        socket.send(json.dumps({"open": ["made-up", "cam-1"]}))
        until_open(served, ["cam-1"])
        put(served, jpeg(), "made-up")
        put(served, jpeg(80, 60))
        assert take(socket)[1][2] == 1


@pytest.mark.parametrize("message", ["{", "[]", '{"open": 1}', '{"ack": -1}', '{"fly": 1}', b"\0"])
def test_a_message_that_is_none_of_ours_ends_the_socket(shared: Served, message: str | bytes) -> None:
    with wall(shared) as socket:
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=60)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4400


@pytest.mark.parametrize(("role", "status"), [(Role.GRID_WORKER, 403), (Role.WORKER, 403)])
def test_live_pictures_are_for_those_who_watch(shared: Served, role: Role, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused, wall(shared, role):
        pass
    assert refused.value.response.status_code == status


def test_a_scoped_token_sees_live_pictures_with_the_walls_scope_alone(shared: Served) -> None:
    def knock(scope: str) -> AbstractContextManager[ClientConnection]:
        given = {"name": scope, "role": "command_centre", "scopes": [scope]}
        secret = shared.client(Role.ADMINISTRATOR).post("/tokens", json=given).json()["secret"]
        return wall(shared, Authorization=f"Bearer {secret}")

    with knock("wall:read"):
        pass
    with pytest.raises(InvalidStatus) as refused, knock("tickets:read"):
        pass
    assert refused.value.response.status_code == 403


def test_the_socket_takes_the_cookie_of_our_own_page_only(served: Served, passwords: dict[str, str]) -> None:
    client = served.client()
    sign_in(client, "centre", passwords["centre"])
    url = served.url.replace("http", "ws") + "/api/v1/wall"
    cookie = {"Cookie": f"sanxun_session={client.cookies['sanxun_session']}"}
    with connect(url, additional_headers=cookie, origin=served.url, proxy=None):  # type: ignore[arg-type]
        pass
    for headers, origin, status in ((cookie, "https://evil.example", 403), ({}, served.url, 401)):
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(url, additional_headers=headers, origin=origin, proxy=None),  # type: ignore[arg-type]
        ):
            pass
        assert refused.value.response.status_code == status


@pytest.mark.parametrize(
    ("picture", "headers", "status"),
    [
        (b"GIF89a", {}, 422),
        (jpeg(), {"X-Captured-At": "yesterday"}, 422),
        (jpeg(), {"X-Captured-At": "2026-11-22T08:00:00"}, 422),
        (jpeg(), {"X-Boxes": "nonsense"}, 422),
        (jpeg(), {"X-Boxes": '[[0, 0, 1, "wide", "car", 0.5]]'}, 422),
        (jpeg() + bytes(2 * 1024 * 1024), {}, 413),
        (jpeg(), {"X-Boxes": '[[-0.01, 0, 1.02, 1, "car", 0.5]]'}, 204),
    ],
    ids=["not a jpeg", "no time", "no offset", "no json", "no number", "too large", "over the edge"],
)
def test_tiles_are_checked(shared: Served, picture: bytes, headers: dict[str, str], status: int) -> None:
    given = {"Content-Type": "image/jpeg", "X-Captured-At": "2026-11-22T08:00:00Z"} | headers
    answer = shared.client(Role.WORKER).put("/worker/tiles/cam-1", content=picture, headers=given)
    assert answer.status_code == status, answer.text


def test_a_silent_workers_cameras_become_unknown(served: Served) -> None:
    status = {"camera": "cam-1", "state": "live", "since": "2026-11-22T08:00:00Z", "fps": 25.0, "looks_per_s": 0.5}
    body = {"worker": "w1", "model": "m", "provider": "cpu", "cameras": [status, status | {"camera": "not-ours"}]}
    assert served.client(Role.WORKER).post("/worker/status", json=body).json() == {"looked_at": [], "looks": []}

    def health() -> dict[str, Any]:
        cameras = served.client(Role.DRONE_OPERATOR).get("/cameras").json()["items"]
        found: dict[str, Any] = cameras[0]["health"]
        assert cameras[1]["health"] is None
        return found

    assert (health()["state"], health()["fps"], health()["worker"], health()["model"]) == ("live", 25.0, "w1", "m")
    served.time.pass_s(9)
    assert health()["state"] == "live"
    served.time.pass_s(2)
    assert (health()["state"], health()["error"]) == ("unknown", "worker w1 has been silent for 11 s")
