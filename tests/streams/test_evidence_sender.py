"""Evidence arrives once its event has, whatever the API does in between, and holds up no event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.backoff import Backoff
from streams.delivery.link import ApiLink
from streams.delivery.outbox import Outbox
from streams.delivery.sender import Sender
from streams.errors import ApiAway
from streams.evidence.sender import EvidenceSender
from streams.evidence.shelf import CLIP, Shelf
from tests.streams.api_peer import TOKEN, ApiPeer
from tests.streams.builders import ManualClock, event
from tests.streams.test_sender import until


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf", keep_free_bytes=0)


@pytest.fixture
def outbox(tmp_path: Path, shelf: Shelf) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db", shelf=shelf)
    yield box
    box.close()


def put_clip(shelf: Shelf, event_id: str, data: bytes) -> Path:
    path = shelf.path_for(event_id, CLIP)
    path.write_bytes(data)
    shelf.added(path)
    return path


def test_evidence_goes_after_its_event(shelf: Shelf, outbox: Outbox) -> None:
    raised = event(1)
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        sender = EvidenceSender(shelf, outbox, link)
        outbox.commit("cam-1", None, [raised])
        put_clip(shelf, raised.event_id, b"video" * 100_000)
        shelf.add_still(raised.event_id, b"picture")
        assert sender.run_once() == 0
        assert api.requests == 0
        Sender(outbox, link).run_once()
        assert sender.run_once() == 2
        assert api.evidence == {
            f"{raised.event_id}/still": b"picture",
            f"{raised.event_id}/clip": b"video" * 100_000,
        }
    assert shelf.waiting() == []
    assert sender.counts["delivered"] == 2


def test_what_the_api_could_not_take_is_kept_and_sent_again(shelf: Shelf, outbox: Outbox) -> None:
    raised = event(1)
    with ApiPeer(lambda n: {2: "lost", 3: "torn"}.get(n, "")) as api, ApiLink(api.url, TOKEN) as link:
        outbox.commit("cam-1", None, [raised])
        Sender(outbox, link).run_once()
        put_clip(shelf, raised.event_id, b"video")
        sender = EvidenceSender(shelf, outbox, link)
        for _ in range(2):
            with pytest.raises(ApiAway):
                sender.run_once()
            assert shelf.counts().clips == 1
        assert sender.run_once() == 1
        assert api.evidence[f"{raised.event_id}/clip"] == b"video"


def test_an_event_that_the_api_does_not_know_is_asked_about_once_a_minute(shelf: Shelf, outbox: Outbox) -> None:
    clock = ManualClock()
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        sender = EvidenceSender(shelf, outbox, link, clock=clock)
        put_clip(shelf, event(1).event_id, b"video")
        for _ in range(5):
            assert sender.run_once() == 0
        assert api.requests == 1
        outbox.commit("cam-1", None, [event(1)])
        Sender(outbox, link).run_once()
        clock.at_s += 61
        assert sender.run_once() == 1


def test_what_the_api_will_never_take_is_given_up_and_said(
    shelf: Shelf, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        outbox.commit("cam-1", None, [event(1)])
        Sender(outbox, link).run_once()
        put_clip(shelf, event(1).event_id, b"not a video")
        api.evidence_status = 422
        sender = EvidenceSender(shelf, outbox, link)
        assert sender.run_once() == 1
    assert shelf.waiting() == []
    assert sender.counts["refused"] == 1
    assert "given up: not taken" in caplog.text


def test_a_clip_that_made_room_meanwhile_is_no_fault(shelf: Shelf, outbox: Outbox) -> None:
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        path = put_clip(shelf, event(1).event_id, b"video")
        waiting = shelf.waiting()
        path.unlink()
        shelf.waiting = lambda: waiting  # type: ignore[method-assign]
        assert EvidenceSender(shelf, outbox, link).run_once() == 0
        assert api.requests == 0


def test_the_thread_delivers_what_is_put_on_the_shelf_and_ends_when_told(shelf: Shelf, outbox: Outbox) -> None:
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        outbox.commit("cam-1", None, [event(1), event(2)])
        Sender(outbox, link).run_once()
        sender = EvidenceSender(shelf, outbox, link, backoff=Backoff(first_s=0.01, most_s=0.02))
        sender.start()
        put_clip(shelf, event(1).event_id, b"video 1")
        until(lambda: len(api.evidence) == 1)
        put_clip(shelf, event(2).event_id, b"video 2")
        until(lambda: len(api.evidence) == 2)
        assert sender.stop()
