"""One message to one channel, at a fixed time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from api.notify.channels.message import Channel, Message

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def message(**changes: Any) -> Message:
    values: dict[str, Any] = {
        "delivery_id": "sanxun-1-1",
        "topic": "dispatched",
        "at": NOW,
        "title": "新工单 #7 违规停车",
        "text": "地点：东门",
        "url": "https://sanxun.example/phone#t-1",
        "body": {"topic": "dispatched", "unit": "west"},
        "phones": ("13800000000",),
    }
    return Message(**(values | changes))


def send(channel: Channel, given: Message | None = None) -> None:
    asyncio.run(channel.send(given or message(), NOW))
