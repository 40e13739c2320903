"""Each channel before a real server that checks what it gets."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from api.notify.channels.chat import DingTalk, Feishu, WeCom
from api.notify.channels.mail import Mail
from api.notify.channels.message import Channel, Message, Refused, Unreachable, shortened
from api.notify.channels.mqtt import Mqtt
from api.notify.channels.sms import Sms
from api.notify.channels.webhook import Webhook
from tests.certificates import self_signed
from tests.conftest import missing
from tests.local import free_port, until
from tests.notify.receivers import Receiver, dingtalk_sign, feishu_sign, receiving, webhook_sign

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


@pytest.fixture(scope="module")
def server() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def receiver(server: Receiver) -> Receiver:
    server.received.clear()
    server.answers = [(200, {"errcode": 0, "code": 0}, {})]
    return server


def test_wecom_is_told_in_the_group_and_calls_upon_whom_it_is_for(receiver: Receiver) -> None:
    send(WeCom(receiver.url, "k-1"))
    got = receiver.received[0]
    assert (got.path, got.query) == ("/cgi-bin/webhook/send", {"key": "k-1"})
    assert got.json["text"]["content"].startswith("新工单 #7 违规停车\n地点：东门\nhttps://")
    assert got.json["text"]["mentioned_mobile_list"] == ["13800000000"]


def test_wecom_takes_2048_bytes_and_no_character_is_cut(receiver: Receiver) -> None:
    send(WeCom(receiver.url, "k-1"), message(text="车" * 2000))
    content = receiver.received[0].json["text"]["content"]
    assert len(content.encode()) <= 2048
    assert content.endswith("车…")


def test_dingtalk_is_signed_as_it_asks(receiver: Receiver) -> None:
    send(DingTalk(receiver.url, "t-1", "SEC-1"))
    query = receiver.received[0].query
    assert query["timestamp"] == "1795334400000"
    assert query["sign"] == dingtalk_sign("SEC-1", query["timestamp"])
    assert query["sign"] != dingtalk_sign("SEC-2", query["timestamp"])


def test_feishu_is_signed_as_it_asks(receiver: Receiver) -> None:
    send(Feishu(receiver.url, "t-1", "SEC-1"))
    got = receiver.received[0]
    assert got.path == "/open-apis/bot/v2/hook/t-1"
    assert got.json["sign"] == feishu_sign("SEC-1", got.json["timestamp"])


def test_a_webhooks_receiver_can_check_sender_time_and_wholeness(receiver: Receiver) -> None:
    send(Webhook(receiver.url + "/in", "s-1"))
    got = receiver.received[0]
    timestamp, signed = got.headers["x-sanxun-timestamp"], got.headers["x-sanxun-signature"]
    assert signed == webhook_sign("s-1", timestamp, got.body)
    assert signed != webhook_sign("s-2", timestamp, got.body)
    assert signed != webhook_sign("s-1", str(int(timestamp) + 1), got.body)
    assert signed != webhook_sign("s-1", timestamp, got.body + b" ")
    assert timestamp == "1795334400", "the second of sending"
    assert got.json == {"topic": "dispatched", "unit": "west"}
    assert got.headers["idempotency-key"] == "sanxun-1-1"


def sms(url: str, **changes: Any) -> Sms:
    values: dict[str, Any] = {
        "url": url,
        "method": "POST",
        "encoding": "json",
        "fields": {"mobile": "{phone}", "content": "【三巡】{text}"},
        "headers": {"Authorization": "App {secret}"},
        "secret": "app-key",
        "ok_field": "errcode",
        "ok_value": "0",
    }
    return Sms(**(values | changes))


def test_a_short_message_follows_the_providers_template(receiver: Receiver) -> None:
    send(sms(receiver.url), message(address="13900000000"))
    got = receiver.received[0]
    assert got.json == {"mobile": "13900000000", "content": "【三巡】新工单 #7 违规停车 地点：东门"}
    assert got.headers["authorization"] == "App app-key"


def test_what_is_told_cannot_ask_for_the_secret(receiver: Receiver) -> None:
    send(sms(receiver.url), message(address="1", title="{secret}", text='"}, {"x": "{secret}'))
    assert "app-key" not in receiver.received[0].body.decode()
    assert set(receiver.received[0].json) == {"mobile", "content"}


def test_a_providers_refusal_in_an_answer_of_200_is_one(receiver: Receiver) -> None:
    receiver.answers = [(200, {"errcode": 3, "errmsg": "balance"}, {})]
    with pytest.raises(Refused, match="errcode '3'"):
        send(sms(receiver.url), message(address="1"))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((500, {}, {}), Unreachable),
        ((429, {}, {"Retry-After": "30"}), Unreachable),
        ((404, {}, {}), Refused),
        ((302, {}, {"Location": "http://127.0.0.1:1/"}), Refused),
        ((200, {"errcode": 45009}, {}), Unreachable),
        ((200, {"errcode": 93000, "errmsg": "invalid webhook url"}, {}), Refused),
        ((200, {"unexpected": True}, {}), Refused),
    ],
    ids=["down", "busy", "wrong address", "redirect", "too many", "wrong key", "no service"],
)
def test_what_may_work_later_is_told_from_what_never_will(
    receiver: Receiver, answer: tuple[int, dict[str, Any], dict[str, str]], outcome: type[Exception]
) -> None:
    receiver.answers = [answer]
    with pytest.raises(outcome) as caught:
        send(WeCom(receiver.url, "top-secret-key"))
    assert "top-secret-key" not in str(caught.value)
    if answer[0] == 429:
        assert caught.value.after_s == 30  # type: ignore[attr-defined]


def test_nobody_there_is_said_without_the_address() -> None:
    with pytest.raises(Unreachable, match=r"^no answer: ConnectError$"):
        send(WeCom("http://127.0.0.1:9", "top-secret-key"))


def test_shortening_leaves_what_fits() -> None:
    assert shortened("违停", 6) == "违停"
    assert shortened("违规停车", 11) == "违规…"


class _Mailbox:
    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        self.letters.append(envelope.content)
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def mailbox(certificate: tuple[Path, Path]) -> Iterator[tuple[_Mailbox, int]]:
    """A mail server that takes letters only after STARTTLS and signing in."""
    box = _Mailbox()

    def known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password == b"pw", handled=False)

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    controller = Controller(
        box,
        hostname="localhost",
        port=free_port(),
        authenticator=known,
        auth_required=True,
        tls_context=tls,
        require_starttls=True,
    )
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


def mail(port: int, certificate: Path | None, password: str = "pw") -> Mail:
    trusted = str(certificate) if certificate else None
    return Mail("localhost", port, "starttls", "sanxun@town.example", "sanxun", password, trusted)


def test_mail_arrives_encrypted_with_an_id_that_stays_the_same(
    mailbox: tuple[_Mailbox, int], certificate: tuple[Path, Path]
) -> None:
    box, port = mailbox
    send(mail(port, certificate[0]), message(address="li@town.example"))
    letter = box.letters[0].decode()
    assert "Message-ID: <sanxun-1-1@town.example>" in letter
    assert "To: li@town.example" in letter


def test_mail_with_the_wrong_password_is_refused_for_good(
    mailbox: tuple[_Mailbox, int], certificate: tuple[Path, Path]
) -> None:
    with pytest.raises(Refused, match="refused the sign-in"):
        send(mail(mailbox[1], certificate[0], "no"), message(address="li@town.example"))


def test_a_mail_server_that_nobody_vouches_for_gets_no_password(mailbox: tuple[_Mailbox, int]) -> None:
    with pytest.raises(Refused, match="no encrypted connection"):
        send(mail(mailbox[1], None), message(address="li@town.example"))
    assert mailbox[0].letters == []


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    program = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else None)
    if program is None:
        missing("there is no MQTT broker: apt install mosquitto")
    port = free_port()
    settings = tmp_path / "broker.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    process = subprocess.Popen([str(program), "-c", str(settings)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_a_broker_hands_it_to_whoever_listens_to_the_grid(broker: int) -> None:
    got: list[tuple[str, Any]] = []
    ready = []
    listener = paho.Client(paho.CallbackAPIVersion.VERSION2)
    listener.on_message = lambda _client, _data, found: got.append((found.topic, json.loads(found.payload)))
    listener.on_subscribe = lambda *_: ready.append(True)
    listener.on_connect = lambda client, *_: client.subscribe("sanxun/#", qos=1)
    listener.connect("127.0.0.1", broker)
    listener.loop_start()
    try:
        until(lambda: bool(ready))
        channel = Mqtt("127.0.0.1", broker, False, None, None, "sanxun/{unit}/{topic}")
        send(channel, message(body={"unit": "west/../#", "topic": "dispatched"}))
        until(lambda: bool(got))
    finally:
        listener.disconnect()
        listener.loop_stop()
    assert got == [("sanxun/west_..__/dispatched", {"unit": "west/../#", "topic": "dispatched"})]


def test_no_broker_may_work_later() -> None:
    with pytest.raises(Unreachable):
        send(Mqtt("127.0.0.1", free_port(), False, None, None, "sanxun/{topic}"))
