"""From a notice to its delivery, on a running server and a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.auth.roles import Role
from api.config_file import WrongConfiguration
from api.hazards.kinds import Kind
from api.house import House, open_house
from api.kit.scope import WHOLE_SITE, Scope
from api.notify import repository
from api.notify.channels.message import Message
from api.notify.delivery import LOCK, MOST_ATTEMPTS, deliver, pause_s
from api.notify.models import DeliveryState, NoticeRow
from api.notify.notices import Notice, NoticeTopic, tell
from api.notify.quiet import quiet_until
from api.notify.settings import read_notify
from api.notify.words import title
from api.settings import Settings
from tests.api.house import FakeTime, Served, overwrite, paint_corner, serving
from tests.api.stored import copied
from tests.notify.receivers import Receiver, receiving

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOTIFY = """
[[channel]]
id = "group"
kind = "wecom"
base_url = "{url}"
key = {{ env = "TEST_WECOM_KEY" }}
topics = ["dispatched", "escalated"]
units = ["west"]
quiet = ["22:00", "07:00"]

[[channel]]
id = "phones"
kind = "sms"
url = "{url}/sms"
fields = {{ mobile = "{{phone}}", content = "{{text}}" }}

[[channel]]
id = "bus"
kind = "webhook"
url = "{url}/hook"
secret = {{ env = "TEST_WECOM_KEY" }}
language = "en"
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        found.answers = [(200, {"errcode": 0}, {})]
        yield found


@pytest.fixture
def data(tmp_path: Path, applied_site: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Path:
    copied(applied_site, tmp_path)
    monkeypatch.setenv("TEST_WECOM_KEY", "k-1")
    (tmp_path / "notify.toml").write_text(NOTIFY.format(url=receiver.url))
    return tmp_path


def in_house(data: Path, fake: FakeTime, body: Callable[[House], Any]) -> Any:
    """Run `body` on an open house, without a web server and its rounds."""

    async def run() -> Any:
        async with open_house(Settings(data=data), fake.clock(), lambda _data: paint_corner) as house:
            return await body(house)

    return asyncio.run(run())


async def say(house: House, **changes: Any) -> None:
    values: dict[str, Any] = {
        "topic": NoticeTopic.DISPATCHED,
        "at": house.clock.now(),
        "recipients": ("grid1",),
        "ticket_id": "t-1",
        "unit": "west",
        "facts": {"number": 7, "kind": "fire_lane", "place": "东门", "respond_by": "2026-11-22T08:05:00Z"},
    }
    async with house.database.writing(on=LOCK) as session:
        await tell(session, Notice(**(values | changes)))


async def states(house: House) -> list[tuple[str, str, int]]:
    async with house.database.reading() as session:
        rows = await repository.page(session, WHOLE_SITE, None, None, None, 100)
    return sorted((row.channel, row.state, row.attempts) for row, _ in rows)


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


def test_the_dead_stay_until_a_person_decides(data: Path, receiver: Receiver) -> None:
    fake = FakeTime()

    async def body(house: House) -> None:
        await say(house, unit=None)
        await deliver(house)
        receiver.answers = [(404, {}, {})]
        await say(house, unit=None)
        await deliver(house)
        fake.pass_s(40 * 86_400)
        receiver.answers = [(200, {}, {})]
        await say(house, unit=None)
        await deliver(house)
        assert await states(house) == [("bus", "dead", 1), ("bus", "sent", 1)], "what was sent 40 days ago has gone"

    in_house(data, fake, body)


def test_another_grids_deliveries_are_not_there(data: Path, receiver: Receiver) -> None:
    async def body(house: House) -> None:
        await say(house)
        await deliver(house)
        async with house.database.reading() as session:
            seen = {}
            for grid in ("west", "east"):
                scope = Scope(frozenset({grid}))
                rows = await repository.page(session, scope, None, None, None, 100)
                found = [await repository.delivery(session, scope, number) for number in range(1, 5)]
                seen[grid] = len(rows), sum(row is not None for row in found)
        assert seen["west"][0] == seen["west"][1] > 0
        assert seen["east"] == (0, 0)

    in_house(data, FakeTime(), body)


def test_quiet_hours_hold_what_is_not_urgent(data: Path, receiver: Receiver) -> None:
    fake = FakeTime(at=datetime(2026, 11, 22, 15, 0, tzinfo=UTC))  # 23:00 in Shanghai

    async def body(house: House) -> None:
        await say(house)
        await say(house, topic=NoticeTopic.ESCALATED)
        await deliver(house)
        assert await states(house) == [
            ("bus", "sent", 1),
            ("bus", "sent", 1),
            ("group", "sent", 1),
            ("group", "waiting", 0),
        ]
        fake.pass_s(8 * 3600)
        await deliver(house)
        assert DeliveryState.WAITING not in [state for _, state, _ in await states(house)]

    in_house(data, fake, body)


@pytest.mark.parametrize(
    ("local", "quiet", "until"),
    [
        ("2026-11-22T23:00", ("22:00", "07:00"), "2026-11-23T07:00"),
        ("2026-11-22T06:59", ("22:00", "07:00"), "2026-11-22T07:00"),
        ("2026-11-22T07:00", ("22:00", "07:00"), None),
        ("2026-11-22T13:00", ("12:30", "14:00"), "2026-11-22T14:00"),
        ("2026-11-22T13:00", ("08:00", "08:00"), None),
    ],
)
def test_quiet_hours_run_over_midnight(local: str, quiet: tuple[str, str], until: str | None) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI).astimezone(UTC)
    begin, end = (time.fromisoformat(at) for at in quiet)
    expected = datetime.fromisoformat(until).replace(tzinfo=SHANGHAI) if until else None
    assert quiet_until(now, (begin, end), SHANGHAI) == expected


def test_the_dead_are_seen_and_sent_again_over_http(data: Path, receiver: Receiver) -> None:
    receiver.answers = [(404, {}, {})]
    fake = FakeTime()
    in_house(data, fake, lambda house: _say_and_deliver(house))
    with serving(data, fake) as url:
        served = Served(url, data, fake)
        try:
            centre = served.client(Role.COMMAND_CENTRE)
            dead = centre.get("/notify/deliveries", params={"state": "dead"}).json()["items"]
            assert [one["last_error"] for one in dead] == [
                "answered 404; look at the channel's address and secret"
            ] * len(dead)
            receiver.answers = [(200, {"errcode": 0}, {})]
            answer = centre.post(f"/notify/deliveries/{dead[0]['id']}/resend")
            assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
            assert served.client(Role.GRID_WORKER, "west").get("/notify/deliveries").status_code == 403
            assert centre.delete(f"/notify/deliveries/{dead[0]['id']}").status_code == 422, "it waits"
            assert [centre.delete(f"/notify/deliveries/{dead[1]['id']}").status_code for _ in "12"] == [204, 404]
            before = len(centre.get("/notify/deliveries", params={"channel": "group"}).json()["items"])
            tested = served.client(Role.ADMINISTRATOR).post("/notify/channels/group/test")
            after = centre.get("/notify/deliveries", params={"channel": "group"}).json()["items"]
            assert (tested.status_code, len(after)) == (202, before + 1)
        finally:
            served.close()


async def _say_and_deliver(house: House) -> None:
    await say(house)
    await deliver(house)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[channel]]\nid = "a"\nkind = "pager"', "pager"),
        ('[[channel]]\nid = "a"\nkind = "wecom"\nkey = "secret-in-the-file"', "channel.0.wecom.key"),
        ('[[channel]]\nid = "a"\nkind = "wecom"\nkey = { env = "A" }\n' * 2, "needs an id of its own"),
        ("[[channel]", "Expected"),
    ],
    ids=["unknown kind", "a secret in the file", "twice", "no TOML"],
)
def test_a_file_that_cannot_be_followed_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "notify.toml"
    path.write_text(text)
    with pytest.raises(WrongConfiguration) as caught:
        read_notify(path)
    assert says in str(caught.value)
    assert "secret-in-the-file" not in str(caught.value)


def test_contacts_are_ones_own_or_the_administrators(shared: Served) -> None:
    worker, admin = shared.client(Role.GRID_WORKER, "west"), shared.client(Role.ADMINISTRATOR)
    mine = "token:" + "grid_worker-west"
    assert overwrite(worker, "/notify/contacts/somebody", json={"phone": "13900000000"}).status_code == 404
    assert overwrite(admin, "/notify/contacts/somebody", json={"phone": "13900000000"}).status_code == 200
    assert admin.get("/notify/contacts/somebody").json() == {"phone": "13900000000", "email": None}
    assert overwrite(admin, "/notify/contacts/somebody", json={"phone": "not a number"}).status_code == 422
    assert worker.get(f"/notify/contacts/{mine}").status_code in (404, 422)
