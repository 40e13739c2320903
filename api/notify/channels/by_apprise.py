"""The long tail of services, through the extra `apprise`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.notify.channels.message import Message, Refused, Unreachable


@dataclass(frozen=True)
class ByApprise:
    url: str

    async def send(self, message: Message, sent_at: datetime) -> None:
        import apprise

        service = apprise.Apprise()
        if not service.add(self.url):
            raise Refused("Apprise does not know this kind of address")
        text = "\n".join(part for part in (message.text, message.url) if part)
        if not await service.async_notify(body=text, title=message.title):
            raise Unreachable("Apprise could not deliver it; its log says why")
