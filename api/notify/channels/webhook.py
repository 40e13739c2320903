"""A town's own program: JSON by HTTP, signed, so that the receiver knows who sent it, when, and that it is whole."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime

from api.notify.channels.message import Message, post


def signature(secret: str, timestamp_s: str, body: bytes) -> str:
    """``sha256=`` and the hex HMAC-SHA256 of ``TIMESTAMP.BODY``. Receivers should refuse old timestamps."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp_s}.".encode() + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Webhook:
    url: str
    secret: str

    async def send(self, message: Message, sent_at: datetime) -> None:
        body = json.dumps(message.body, ensure_ascii=False, sort_keys=True).encode()
        timestamp_s = str(int(sent_at.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.delivery_id,
            "X-Sanxun-Timestamp": timestamp_s,
            "X-Sanxun-Signature": signature(self.secret, timestamp_s, body),
        }
        await post(self.url, content=body, headers=headers)
