"""A town that tells three channels, and what became of each delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.house import House, open_house
from api.kit.scope import WHOLE_SITE
from api.notify import repository
from api.notify.delivery import LOCK
from api.notify.notices import Notice, NoticeTopic, tell
from api.settings import Settings
from tests.api.house import FakeTime, paint_corner

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
