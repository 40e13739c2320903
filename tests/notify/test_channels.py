"""Each channel before a real server that checks what it gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.notify.channels.chat import DingTalk, Feishu, WeCom
from api.notify.channels.message import Refused, Unreachable, shortened
from api.notify.channels.sms import Sms
from api.notify.channels.webhook import Webhook
from tests.notify.receivers import Receiver, dingtalk_sign, feishu_sign, receiving, webhook_sign
from tests.notify.sending import message, send


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
        ((200, {"errcode": -1, "errmsg": "system busy"}, {}), Unreachable),
        ((200, {"errcode": 93000, "errmsg": "invalid webhook url"}, {}), Refused),
        ((200, {"unexpected": True}, {}), Refused),
    ],
    ids=["down", "busy", "wrong address", "redirect", "too many", "service busy", "wrong key", "no service"],
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
