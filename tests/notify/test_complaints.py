"""What users of other programs complain of (docs/complaints.md), where no other test says it."""

from __future__ import annotations

from tests.notify.receivers import receiving
from tests.notify.sending import message, send
from tests.notify.test_channels import sms


def test_a_short_message_brings_the_way_to_its_ticket() -> None:
    """GoAlert #3789, #2775: what people have is the messenger that they use anyway; one press leads to the ticket."""
    told = message(address="13900000000", url="https://sanxun.town.example/phone#t-7")
    with receiving() as receiver:
        receiver.answers = [(200, {"errcode": 0}, {})]
        send(sms(receiver.url, fields={"content": "{text} {url}"}), told)
        assert receiver.received[0].json["content"].endswith(" https://sanxun.town.example/phone#t-7")
