"""MQTT, for boards, sirens and the town's message bus: at least once (QoS 1)."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import dataclass
from datetime import datetime

import aiomqtt

from api.notify.channels.message import TIMEOUT_S, Message, Unreachable


@dataclass(frozen=True)
class Mqtt:
    """`topic` may hold {topic} and {unit}."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None
    topic: str

    async def send(self, message: Message, sent_at: datetime) -> None:
        unit = str(message.body.get("unit") or "site")
        # Wildcards and levels of the broker's own must not come from a unit's name.
        level = "".join("_" if letter in "/+#\x00" else letter for letter in unit)
        topic = self.topic.replace("{topic}", message.topic).replace("{unit}", level)
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                aiomqtt.Client(
                    self.host,
                    self.port,
                    username=self.username,
                    password=self.password,
                    tls_context=ssl.create_default_context() if self.tls else None,
                    timeout=TIMEOUT_S,
                ) as client,
            ):
                await client.publish(topic, json.dumps(message.body, ensure_ascii=False), qos=1)
        except (aiomqtt.MqttError, TimeoutError, OSError) as error:
            raise Unreachable(f"no delivery to the broker: {type(error).__name__}") from None
