"""Exactly the events that were committed arrive, in order, whatever the API does in between."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from streams.backoff import Backoff
from streams.delivery.link import ApiLink
from streams.delivery.outbox import Outbox
from streams.delivery.sender import Sender
from streams.errors import ApiAway, ApiDenied
from streams.metrics.record import Metrics
from tests.local import until
from tests.streams.api_peer import TOKEN, ApiPeer
from tests.streams.builders import ManualClock, event


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db")
    yield box
    box.close()


@pytest.mark.parametrize("seed", range(3))
def test_exactly_the_committed_set_arrives_through_every_fault(outbox: Outbox, seed: int) -> None:
    rng = random.Random(seed)
    moods = [rng.choice(["", "", "lost", "torn", "mute", "proxy"]) for _ in range(30)]
    with ApiPeer(lambda n: moods[n] if n < len(moods) else "") as api, ApiLink(api.url, TOKEN, timeout_s=0.2) as link:
        sender = Sender(outbox, link, backoff=Backoff(first_s=0.01, most_s=0.02))
        sender.start()
        events = [event(number) for number in range(250)]
        for number in range(0, 250, 10):
            outbox.commit("cam-1", b"", events[number : number + 10])
        until(lambda: outbox.counts().pending == 0)
        assert sender.stop()
    assert list(api.stored) == [event.event_id for event in events]
    assert sender.delivered == 250


def test_an_event_leaves_at_once(outbox: Outbox) -> None:
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        sender = Sender(outbox, link)
        sender.start()
        until(lambda: sender.running)
        began_s = time.monotonic()
        outbox.commit("cam-1", None, [event(1)])
        until(lambda: bool(api.stored))
        # The sender looks by itself every five seconds only: it was woken.
        assert time.monotonic() - began_s < 2
        assert sender.stop()


def test_how_old_an_event_is_when_the_api_has_it_is_counted(outbox: Outbox) -> None:
    clock, metrics = ManualClock(), Metrics()
    outbox.commit("cam-1", None, [event(1), event(3)])
    clock.at_s = 5.0
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        Sender(outbox, link, clock=clock, metrics=metrics).run_once()
    seen = metrics.durations("capture_to_acknowledged")
    assert (seen.count, seen.sum_s) == (2, pytest.approx(4 + 2))
    assert metrics.durations("acknowledge").count == 1  # they travelled together


def test_a_poisoned_event_is_set_aside_and_blocks_nobody(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    events = [event(number) for number in range(100)]
    for bad in (0, 41, 99):
        events[bad] = replace(events[bad], zone="poison")
    outbox.commit("cam-1", None, events)
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        Sender(outbox, link).run_once()
    assert len(api.stored) == 97
    assert (outbox.counts().pending, outbox.counts().quarantined) == (0, 3)
    assert events[41].event_id in caplog.text
    assert "zone is not usable" in caplog.text


def test_what_was_set_aside_can_be_sent_again(outbox: Outbox) -> None:
    outbox.commit("cam-1", None, [replace(event(1, still=b"jpeg"), zone="poison"), event(2)])
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        Sender(outbox, link).run_once()
        api.refused_zone = ""
        assert outbox.release_quarantine() == 1
        Sender(outbox, link).run_once()
    assert {body["media_time_s"]: body["still_jpeg"] for body in api.stored.values()} == {1.0: "anBlZw==", 2.0: None}
    assert (outbox.counts().pending, outbox.counts().quarantined) == (0, 0)


def test_a_picture_too_large_is_left_out_rather_than_the_event(outbox: Outbox) -> None:
    outbox.commit("cam-1", None, [event(1, still=bytes(200_000)), event(2, still=b"small")])
    with ApiPeer() as api, ApiLink(api.url, TOKEN) as link:
        Sender(outbox, link).run_once()
    stills = {body["media_time_s"]: body["still_jpeg"] for body in api.stored.values()}
    assert stills == {1.0: None, 2.0: "c21hbGw="}
    assert outbox.counts().stills_dropped == 1


def test_an_api_that_is_away_is_asked_ever_more_slowly(outbox: Outbox, free_port: int) -> None:
    outbox.commit("cam-1", None, [event(1)])

    class Stopping(ManualClock):
        def wait(self, stop: threading.Event, timeout_s: float) -> bool:
            if len(self.waits) == 11:
                stop.set()
            return super().wait(stop, timeout_s)

    clock = Stopping()
    with ApiLink(f"http://127.0.0.1:{free_port}", TOKEN) as link:
        Sender(outbox, link, clock=clock).run()
    assert clock.waits[0] <= 0.5
    assert 7.5 <= clock.waits[-1] <= 15
    assert outbox.pending()[0].attempts == 12


def test_a_token_that_is_not_accepted_is_said_loudly(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    outbox.commit("cam-1", None, [event(1)])
    with ApiPeer(lambda _: "denied") as api, ApiLink(api.url, TOKEN) as link:
        sender = Sender(outbox, link)
        with pytest.raises(ApiDenied):
            sender.run_once()
        sender.start()
        until(lambda: any(record.levelno == logging.ERROR for record in caplog.records))
        assert sender.stop()
    assert "sanxun token create" in caplog.text
    assert TOKEN not in caplog.text
    assert outbox.counts().pending == 1


def test_a_strangers_answer_is_no_receipt(outbox: Outbox) -> None:
    outbox.commit("cam-1", None, [event(1)])
    with ApiPeer(lambda _: "proxy") as api, ApiLink(api.url, TOKEN) as link, pytest.raises(ApiAway):
        Sender(outbox, link).run_once()
    assert outbox.counts().pending == 1


def test_an_api_away_for_days_costs_pictures_first_and_the_rest_arrives_when_it_is_back(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "small.db", most_events=60, most_stills=20)
    away = [True]
    with ApiPeer(lambda _: "lost" if away[0] else "") as api, ApiLink(api.url, TOKEN) as link:
        sender = Sender(box, link, clock=ManualClock())
        for number in range(0, 100, 10):
            box.commit("cam-1", None, [event(n, still=b"jpeg") for n in range(number, number + 10)])
            with pytest.raises(ApiAway):
                sender.run_once()
        counts = box.counts()
        assert (counts.pending, counts.stills_dropped, counts.events_dropped) == (60, 80, 40)
        away[0] = False
        while sender.run_once():
            pass
    assert list(api.stored) == [event(number).event_id for number in range(40, 100)]
    assert [bool(body["still_jpeg"]) for body in api.stored.values()] == [False] * 40 + [True] * 20
    box.close()
