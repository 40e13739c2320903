"""The extra `apprise` before a real server: what it sends, and what becomes of what it could not."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path

import pytest

from api.config_file import WrongConfiguration
from api.notify.channels.by_apprise import ByApprise
from api.notify.channels.message import Refused, Unreachable
from api.notify.settings import read_notify
from tests.conftest import missing
from tests.notify.receivers import Receiver
from tests.notify.sending import NOW, message

# Apprise looks for the standard library's imghdr where it is still to be had.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture(autouse=True)
def installed() -> None:
    if find_spec("apprise") is None:
        missing("Apprise is not installed: pip install 'sanxun[apprise]'")


def by_json(receiver: Receiver) -> ByApprise:
    return ByApprise(receiver.url.replace("http://", "json://") + "/town")


def test_a_notice_arrives_with_its_title_its_words_and_its_link(receiver: Receiver) -> None:
    asyncio.run(by_json(receiver).send(message(), NOW))
    [got] = receiver.received
    assert got.path == "/town"
    assert got.json["title"] == "新工单 #7 违规停车"
    assert got.json["message"] == "地点：东门\nhttps://sanxun.example/phone#t-1"


def test_what_the_service_refuses_is_tried_again(receiver: Receiver) -> None:
    receiver.answers = [(500, {}, {})]
    with pytest.raises(Unreachable, match="could not deliver"):
        asyncio.run(by_json(receiver).send(message(), NOW))
    assert len(receiver.received) == 1, "it reached the server"


def test_an_address_that_apprise_does_not_know_is_refused_for_good() -> None:
    with pytest.raises(Refused, match="does not know"):
        asyncio.run(ByApprise("nothing-of-the-kind://here").send(message(), NOW))


def test_the_channel_is_read_from_the_file_and_its_address_is_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    path = tmp_path / "notify.toml"
    path.write_text('[[channel]]\nid = "others"\nkind = "apprise"\nurl = { env = "TEST_APPRISE_URL" }\n')
    with pytest.raises(WrongConfiguration, match="TEST_APPRISE_URL"):
        read_notify(path).channel[0].open()
    monkeypatch.setenv("TEST_APPRISE_URL", by_json(receiver).url)
    asyncio.run(read_notify(path).channel[0].open().send(message(), NOW))
    assert receiver.received[0].json["title"] == "新工单 #7 违规停车"
