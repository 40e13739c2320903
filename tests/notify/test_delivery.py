"""From a notice to its delivery, on a running server and a clock that the test moves."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.hazards.kinds import Kind
from api.house import House
from api.notify import repository
from api.notify.channels.message import Message
from api.notify.delivery import MOST_ATTEMPTS, deliver, pause_s
from api.notify.models import NoticeRow
from api.notify.notices import Notice, NoticeTopic, tell
from api.notify.words import title
from tests.api.house import FakeTime
from tests.notify.receivers import Receiver
from tests.notify.told import in_house, say, states


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_words(kind: Kind) -> None:
    notice = NoticeRow(topic="dispatched", facts={"number": 7, "kind": kind.value})
    chinese, english = title(notice, "zh"), title(notice, "en")
    assert kind.value not in chinese
    assert "_" not in english
    assert chinese.startswith("新工单 #7 ")


def test_a_notice_goes_to_the_channels_that_hear_of_it_once(data: Path, receiver: Receiver) -> None:
    async def body(house: House) -> None:
        async with house.database.writing() as session:
            await repository.set_contacts(session, "grid1", {"phone": "13900000000"})
        await say(house)
        await say(house, unit="east", recipients=("nobody",))
        for _ in range(3):
            await deliver(house)
        assert await states(house) == [
            ("bus", "sent", 1),
            ("bus", "sent", 1),
            ("group", "sent", 1),
            ("phones", "sent", 1),
        ]

    in_house(data, FakeTime(), body)
    by_path = {got.path: got.json for got in receiver.received}
    assert len(receiver.received) == 4
    assert by_path["/sms"]["mobile"] == "13900000000"
    # Eight in the morning in UTC is four in the afternoon in Shanghai.
    assert "地点：东门\n到场时限：2026-11-22 16:05" in by_path["/cgi-bin/webhook/send"]["text"]["content"]


def test_a_rolled_back_reason_tells_nobody(data: Path, receiver: Receiver) -> None:
    async def body(house: House) -> None:
        with pytest.raises(RuntimeError):
            await _say_and_fail(house)
        await deliver(house)

    in_house(data, FakeTime(), body)
    assert receiver.received == []


async def _say_and_fail(house: House) -> None:
    async with house.database.writing() as session:
        await tell(session, Notice(NoticeTopic.DISPATCHED, house.clock.now(), ("grid1",), unit="west"))
        raise RuntimeError


def test_it_is_tried_again_later_and_later_and_then_lies_dead(data: Path, receiver: Receiver) -> None:
    receiver.answers = [(503, {}, {})]
    fake = FakeTime()

    async def body(house: House) -> None:
        await say(house, unit=None)
        waited_s = []
        for attempt in range(1, MOST_ATTEMPTS + 1):
            await deliver(house)
            assert await states(house) == [("bus", "dead" if attempt == MOST_ATTEMPTS else "waiting", attempt)]
            await deliver(house)  # nothing is due yet
            waited_s.append(pause_s(attempt))
            fake.pass_s(pause_s(attempt) + 0.01)
        assert waited_s[:4] == [5, 10, 20, 40]
        assert max(waited_s) == 3600

    in_house(data, fake, body)
    assert len(receiver.received) == MOST_ATTEMPTS
    assert len({got.headers["idempotency-key"] for got in receiver.received}) == 1


def test_a_server_that_died_while_sending_is_relieved_after_its_lease(data: Path, receiver: Receiver) -> None:
    fake = FakeTime()

    async def body(house: House) -> None:
        await say(house, unit=None)
        receiver.answers = [(503, {}, {})]
        await deliver(house)
        async with house.database.writing() as session:
            row = (await repository.due(session, fake.at + timedelta(hours=1), 1))[0]
            row.due_at, row.lease_until = fake.at, fake.at + timedelta(seconds=60)
        receiver.answers = [(200, {}, {})]
        await deliver(house)
        assert await states(house) == [("bus", "waiting", 1)]
        fake.pass_s(61)
        await deliver(house)
        assert await states(house) == [("bus", "sent", 2)]

    in_house(data, fake, body)


def test_what_cannot_be_sent_within_its_lease_is_left_to_another(
    data: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 slow channels outlast a lease: whoever begins one after it, begins what another server sends too."""
    fake = FakeTime()

    async def body(house: House) -> None:
        for _ in range(12):
            await say(house, unit=None, recipients=("nobody",))
        _slow(house, fake, seconds=40)
        await deliver(house)
        found = await states(house)
        assert found.count(("bus", "sent", 1)) == len(receiver.received) == 2
        assert found.count(("bus", "waiting", 0)) == 10
        await deliver(house)
        assert (await states(house)).count(("bus", "sent", 1)) == len(receiver.received) == 4

    monkeypatch.setattr("api.notify.delivery._AT_ONCE", 1)
    in_house(data, fake, body)


def _slow(house: House, fake: FakeTime, seconds: float) -> None:
    """From now on each message by the bus takes so long."""
    channel = house.channels.opened["bus"]
    send = channel.send

    async def slowly(message: Message, sent_at: datetime) -> None:
        await send(message, sent_at)
        fake.pass_s(seconds)

    object.__setattr__(channel, "send", slowly)
