"""Quiet hours hold what is not urgent until they end."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.house import House
from api.notify.delivery import deliver
from api.notify.models import DeliveryState
from api.notify.notices import NoticeTopic
from api.notify.quiet import quiet_until
from tests.api.house import FakeTime
from tests.notify.receivers import Receiver
from tests.notify.told import in_house, say, states

SHANGHAI = ZoneInfo("Asia/Shanghai")


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
