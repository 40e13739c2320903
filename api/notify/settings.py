"""`notify.toml`: the channels, who hears what by them, and when they keep quiet. docs/notifications.md explains it."""

from __future__ import annotations

import os
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.config_file import WrongConfiguration, read_secret
from api.notify.channels.by_apprise import ByApprise
from api.notify.channels.chat import DingTalk, Feishu, WeCom
from api.notify.channels.mail import Mail
from api.notify.channels.message import Channel
from api.notify.channels.mqtt import Mqtt
from api.notify.channels.sms import Sms
from api.notify.channels.webhook import Webhook
from api.notify.notices import NoticeTopic

FILE_NAME = "notify.toml"


def _bare(url: str) -> str:
    return url.rstrip("/")


Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$"), AfterValidator(_bare)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Secret(BaseModel):
    """Where a secret is kept: a file of its own, or a variable of the environment; never in `notify.toml`."""

    model_config = ConfigDict(extra="forbid")

    file: Path | None = None
    env: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.file is None) == (self.env is None):
            raise ValueError('a secret is kept in { file = "/etc/sanxun/NAME" } or in { env = "NAME" }, one of them')
        return self

    def read(self) -> str:
        """Raises `WrongConfiguration`."""
        if self.file is not None:
            return read_secret(self.file, FILE_NAME)
        value = os.environ.get(self.env or "")
        if not value:
            raise WrongConfiguration(f"{FILE_NAME} wants a secret in the environment variable {self.env}: set it")
        return value


class _ChannelSpec(BaseModel):
    """`topics`, `units` empty: all of them. Within `quiet` what is not in `urgent` waits for its end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Identifier
    topics: tuple[NoticeTopic, ...] = ()
    units: tuple[str, ...] = ()
    language: Literal["zh", "en"] = "zh"
    quiet: tuple[time, time] | None = None
    urgent: tuple[NoticeTopic, ...] = (NoticeTopic.ESCALATED,)

    @property
    def reaches(self) -> str | None:
        """The kind of contact that each recipient needs; None: the channel is one address for everybody."""
        return None

    def open(self) -> Channel:
        """Raises `WrongConfiguration` where a secret is missing."""
        raise NotImplementedError


class WeComSpec(_ChannelSpec):
    kind: Literal["wecom"]
    base_url: Url = "https://qyapi.weixin.qq.com"
    key: Secret
    mention: bool = False

    def open(self) -> Channel:
        return WeCom(self.base_url, self.key.read())


class DingTalkSpec(_ChannelSpec):
    kind: Literal["dingtalk"]
    base_url: Url = "https://oapi.dingtalk.com"
    token: Secret
    secret: Secret | None = None
    mention: bool = False

    def open(self) -> Channel:
        return DingTalk(self.base_url, self.token.read(), self.secret.read() if self.secret else None)


class FeishuSpec(_ChannelSpec):
    kind: Literal["feishu"]
    base_url: Url = "https://open.feishu.cn"
    token: Secret
    secret: Secret | None = None

    def open(self) -> Channel:
        return Feishu(self.base_url, self.token.read(), self.secret.read() if self.secret else None)


class WebhookSpec(_ChannelSpec):
    kind: Literal["webhook"]
    url: Url
    secret: Secret

    def open(self) -> Channel:
        return Webhook(self.url, self.secret.read())


class SmsSpec(_ChannelSpec):
    kind: Literal["sms"]
    url: Url
    method: Literal["POST", "GET"] = "POST"
    encoding: Literal["json", "form"] = "json"
    fields: dict[str, str]
    headers: dict[str, str] = {}
    secret: Secret | None = None
    ok_field: str | None = None
    ok_value: str = "0"

    @property
    def reaches(self) -> str | None:
        return "phone"

    def open(self) -> Channel:
        secret = self.secret.read() if self.secret else ""
        return Sms(
            self.url, self.method, self.encoding, self.fields, self.headers, secret, self.ok_field, self.ok_value
        )


class MailSpec(_ChannelSpec):
    kind: Literal["email"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    username: str = ""
    password: Secret | None = None
    ca_file: str | None = None

    @property
    def reaches(self) -> str | None:
        return "email"

    def open(self) -> Channel:
        password = self.password.read() if self.password else None
        return Mail(self.host, self.port, self.security, self.sender, self.username, password, self.ca_file)


class MqttSpec(_ChannelSpec):
    kind: Literal["mqtt"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    tls: bool = False
    username: str | None = None
    password: Secret | None = None
    topic: Annotated[str, Field(pattern=r"^[^+#\s]{1,200}$")] = "sanxun/{unit}/{topic}"

    def open(self) -> Channel:
        password = self.password.read() if self.password else None
        return Mqtt(self.host, self.port, self.tls, self.username, password, self.topic)


class AppriseSpec(_ChannelSpec):
    kind: Literal["apprise"]
    url: Secret

    def open(self) -> Channel:
        try:
            import apprise  # noqa: F401 (an extra: whether it is there)
        except ImportError:
            raise WrongConfiguration(
                f"{FILE_NAME} names an apprise channel, and Apprise is not installed: pip install 'sanxun[apprise]'"
            ) from None
        return ByApprise(self.url.read())


ChannelSpec = Annotated[
    WeComSpec | DingTalkSpec | FeishuSpec | WebhookSpec | SmsSpec | MailSpec | MqttSpec | AppriseSpec,
    Field(discriminator="kind"),
]


class NotifySpec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: tuple[ChannelSpec, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        ids = [channel.id for channel in self.channel]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"two channels are called {twice[0]!r}: each needs an id of its own")
        return self


def read_notify(path: Path) -> NotifySpec:
    """The channels of a file; none where there is no file. Raises `WrongConfiguration` with the place of the fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return NotifySpec()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"{path} cannot be read: {error}") from None
    try:
        values: dict[str, Any] = tomllib.loads(text)
        return NotifySpec.model_validate(values)
    except tomllib.TOMLDecodeError as error:
        raise WrongConfiguration(f"{path}: {error}") from None
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        raise WrongConfiguration(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
