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
from streams.evidence.shelf import CLIP, STILL, Shelf
from tests.streams.api_peer import TOKEN, ApiPeer
from tests.streams.builders import ManualClock, event
from tests.streams.test_sender import until

DAY_S = 86_400.0


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


def test_an_event_that_stays_unknown_is_asked_about_ever_less_often_and_given_up_after_a_day(
    shelf: Shelf, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    clock, asked_min = ManualClock(), []
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        sender = EvidenceSender(shelf, outbox, link, clock=clock)
        put_clip(shelf, event(1).event_id, b"video")
        while shelf.waiting() and clock.at_s < 2 * DAY_S:
            before = api.requests
            sender.run_once()
            if api.requests > before:
                asked_min.append(clock.at_s / 60)
            clock.at_s += 60
        assert asked_min[:9] == [0, 1, 3, 7, 15, 31, 63, 123, 183], "doubled up to an hour"
        assert asked_min[-1] >= 24 * 60, "for a day"
        assert api.requests == len(asked_min) == 30
        sender.run_once()
        assert api.requests == 30
    assert shelf.waiting() == []
    assert sender.counts == {"delivered": 0, "refused": 0, "orphaned": 1}
    assert "is given up: the API has not known its event for a day" in caplog.text


def test_all_files_of_an_unknown_event_wait_and_go_together_and_hold_up_no_others(shelf: Shelf, outbox: Outbox) -> None:
    clock = ManualClock()
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        sender = EvidenceSender(shelf, outbox, link, clock=clock)
        put_clip(shelf, event(1).event_id, b"video")
        shelf.add_still(event(1).event_id, b"picture")
        for _ in range(3 * 1440):
            sender.run_once()
            clock.at_s += 60
            if clock.at_s == DAY_S / 2:
                outbox.commit("cam-1", None, [event(2)])
                Sender(outbox, link).run_once()
                shelf.add_still(event(2).event_id, b"another")
        assert api.evidence == {f"{event(2).event_id}/still": b"another"}
        assert b"video" not in api.bodies, "the picture, which is small, asks for both"
    assert shelf.waiting() == []
    assert sender.counts == {"delivered": 1, "refused": 0, "orphaned": 2}


def test_an_event_that_becomes_known_within_the_day_gets_all_its_files_at_once(shelf: Shelf, outbox: Outbox) -> None:
    clock = ManualClock()
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        sender = EvidenceSender(shelf, outbox, link, clock=clock)
        put_clip(shelf, event(1).event_id, b"video")
        shelf.add_still(event(1).event_id, b"picture")
        for _ in range(10 * 60):
            sender.run_once()
            clock.at_s += 60
        outbox.commit("cam-1", None, [event(1)])
        Sender(outbox, link).run_once()
        clock.at_s += 3600
        assert sender.run_once() == 2
        # What is known of an event is forgotten with it: the next time it is a minute again.
        del api.stored[event(1).event_id]
        put_clip(shelf, event(1).event_id, b"video 2")
        before = api.requests
        for _ in range(4):
            sender.run_once()
            clock.at_s += 60
        assert api.requests == before + 3, "now, after a minute and after two more"


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


def test_a_file_that_cannot_be_read_holds_up_no_other(shelf: Shelf, outbox: Outbox) -> None:
    good, bad = event(1), event(2)
    outbox.commit("cam-1", None, [good, bad])
    shelf.path_for(bad.event_id, STILL).mkdir()  # reading it fails as reading a bad sector does
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        Sender(outbox, link).run_once()
        put_clip(shelf, good.event_id, b"video")
        assert EvidenceSender(shelf, outbox, link).run_once() == 1
        assert list(api.evidence) == [f"{good.event_id}/clip"]


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
