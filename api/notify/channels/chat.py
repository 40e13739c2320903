"""Group robots of WeCom, DingTalk and Feishu, also on private networks: `base_url` is a setting.

Sources: developer.work.weixin.qq.com "Group robot configuration"; open.dingtalk.com "Custom robot security settings";
open.feishu.cn "Custom bot usage guide".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from api.notify.channels.message import Message, post, shortened, verdict

_WECOM_BYTES, _DINGTALK_BYTES, _FEISHU_BYTES = 2048, 20_000, 20_000
# -1 is "the system is busy" with both.
_TOO_MANY_WECOM, _TOO_MANY_DINGTALK = frozenset({-1, 45009, 45033}), frozenset({-1, 130101, 410100})
_TOO_MANY_FEISHU = frozenset({9499, 11232, 99991400})


def _plain(message: Message) -> str:
    return "\n".join(part for part in (message.title, message.text, message.url) if part)


@dataclass(frozen=True)
class WeCom:
    base_url: str
    key: str

    async def send(self, message: Message, sent_at: datetime) -> None:
        text = {"content": shortened(_plain(message), _WECOM_BYTES), "mentioned_mobile_list": list(message.phones)}
        answer = await post(
            f"{self.base_url}/cgi-bin/webhook/send", params={"key": self.key}, json={"msgtype": "text", "text": text}
        )
        verdict(answer, "errcode", _TOO_MANY_WECOM)


@dataclass(frozen=True)
class DingTalk:
    base_url: str
    token: str
    secret: str | None

    async def send(self, message: Message, sent_at: datetime) -> None:
        params = {"access_token": self.token} | self._signed(sent_at)
        body = {
            "msgtype": "text",
            "text": {"content": shortened(_plain(message), _DINGTALK_BYTES)},
            "at": {"atMobiles": list(message.phones), "isAtAll": False},
        }
        verdict(await post(f"{self.base_url}/robot/send", params=params, json=body), "errcode", _TOO_MANY_DINGTALK)

    def _signed(self, sent_at: datetime) -> dict[str, str]:
        if self.secret is None:
            return {}
        timestamp_ms = str(round(sent_at.timestamp() * 1000))
        digest = hmac.new(self.secret.encode(), f"{timestamp_ms}\n{self.secret}".encode(), hashlib.sha256).digest()
        return {"timestamp": timestamp_ms, "sign": base64.b64encode(digest).decode()}


@dataclass(frozen=True)
class Feishu:
    base_url: str
    token: str
    secret: str | None

    async def send(self, message: Message, sent_at: datetime) -> None:
        text = {"text": shortened(_plain(message), _FEISHU_BYTES)}
        body = {"msg_type": "text", "content": text} | self._signed(sent_at)
        verdict(await post(f"{self.base_url}/open-apis/bot/v2/hook/{self.token}", json=body), "code", _TOO_MANY_FEISHU)

    def _signed(self, sent_at: datetime) -> dict[str, str]:
        if self.secret is None:
            return {}
        timestamp_s = str(int(sent_at.timestamp()))
        # Feishu signs nothing with a key made of time and secret, where DingTalk signs both with the secret.
        digest = hmac.new(f"{timestamp_s}\n{self.secret}".encode(), b"", hashlib.sha256).digest()
        return {"timestamp": timestamp_s, "sign": base64.b64encode(digest).decode()}
