"""The worker's words to the API, against a real HTTP server."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from streams.delivery.link import ApiLink
from streams.errors import ApiAway, ApiDenied, ApiRefused, BadSite, LinkError
from streams.health.meter import CameraHealth, CameraState
from tests.streams.api_peer import TOKEN, ApiPeer
from tests.streams.builders import START, event


def test_the_site_is_fetched_when_it_has_changed() -> None:
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        site = link.fetch_site()
        assert site is not None
        assert site.site.name == "Danjiang"
        assert link.fetch_site() is None
        api.site_etag = '"2"'
        assert link.fetch_site() is not None


def test_a_site_that_is_not_usable_is_asked_for_again() -> None:
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        good, api.site = api.site, {"site": {"name": ""}}
        with pytest.raises(BadSite, match=r"site\.name"):
            link.fetch_site()
        api.site = good
        assert link.fetch_site() is not None


def test_events_are_accepted_once() -> None:
    bodies = [event(number).to_json() for number in range(3)]
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        first, second = link.post_events(bodies[:2]), link.post_events(bodies)
        assert (len(first.accepted), len(first.duplicates)) == (2, 0)
        assert (second.accepted, second.duplicates) == ((bodies[2]["event_id"],), first.accepted)


def test_status_says_all_that_the_contract_names() -> None:
    health = CameraHealth(
        camera="cam-1",
        state=CameraState.STALLED,
        since=START,
        last_frame_at=None,
        resolution_wh=(1920, 1080),
        fps=25.0,
        looks_per_s=0.5,
        dropped=3,
        reconnects=1,
        unknown_s=12.5,
        error="nothing came for 10 s",
        decoding="key frames",
        key_interval_s=2.0,
        decode_errors=4,
        because="a key frame every 2 s for a look every 2 s",
        codec="hevc",
        b_frames=False,
    )
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        assert link.post_status("worker-1", "yolo11n", [health], provider="OpenVINO") == ("cam-1",)
        body = json.loads(api.bodies[-1])
    assert {key: body[key] for key in ("worker", "model", "provider")} == {
        "worker": "worker-1",
        "model": "yolo11n",
        "provider": "OpenVINO",
    }
    assert body["cameras"] == [
        {
            "camera": "cam-1",
            "state": "stalled",
            "since": "2026-01-01T00:00:00.000Z",
            "last_frame_at": None,
            "resolution_wh": [1920, 1080],
            "fps": 25.0,
            "looks_per_s": 0.5,
            "dropped": 3,
            "reconnects": 1,
            "unknown_s": 12.5,
            "unknown_by": {},
            "fault": None,
            "fault_since": None,
            "error": "nothing came for 10 s",
            "codec": "hevc",
            "key_interval_s": 2.0,
            "b_frames": False,
            "decoding": "key frames",
            "because": "a key frame every 2 s for a look every 2 s",
            "decode_errors": 4,
        }
    ]


def test_a_tile_carries_its_time_and_the_surest_boxes() -> None:
    boxes = [[0.1, 0.2, 0.3, 0.4, "two_wheeler", i / 1000] for i in range(500)]
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        link.put_tile("cam-1", b"\xff\xd8jpeg", START + timedelta(milliseconds=250), boxes)
        headers, body = api.headers[-1], api.bodies[-1]
    assert body == b"\xff\xd8jpeg"
    assert headers["X-Captured-At"] == "2026-01-01T00:00:00.250Z"
    sent = json.loads(headers["X-Boxes"])
    assert sent[0] == boxes[-1]
    assert len(sent) == 120
    assert len(headers["X-Boxes"]) < 8000


@pytest.mark.parametrize(
    ("mood", "token", "kind"),
    [
        pytest.param("lost", TOKEN, ApiAway, id="a server's fault"),
        pytest.param("proxy", TOKEN, ApiAway, id="somebody else's answer"),
        pytest.param("", "wrong-token", ApiDenied, id="a wrong token"),
        pytest.param("mute", TOKEN, ApiAway, id="no answer"),
    ],
)
def test_each_failure_is_of_its_kind_and_never_tells_the_token(mood: str, token: str, kind: type[LinkError]) -> None:
    with ApiPeer(lambda _: mood) as api, ApiLink(api.url, token, timeout_s=0.3) as link:
        with pytest.raises(kind, match="/api/v1/events") as caught:
            link.post_events([event(1).to_json()])
        assert token not in str(caught.value)


def test_a_refusal_brings_the_apis_own_words() -> None:
    poison = event(1).to_json() | {"zone": "poison"}
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link, pytest.raises(ApiRefused) as caught:
        link.post_events([event(2).to_json(), poison])
    assert (caught.value.status, caught.value.detail) == (422, "events[1].zone is not usable")
    assert api.stored == {}


def test_an_api_that_is_not_there_is_away(free_port: int) -> None:
    with ApiLink(f"http://127.0.0.1:{free_port}/", TOKEN) as link, pytest.raises(ApiAway, match="ConnectError"):
        link.fetch_site()
