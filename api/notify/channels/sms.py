"""Short messages by any provider's HTTP interface: the request is a template in the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from api.notify.channels.message import Message, Refused, post, shortened

_MOST_BYTES = 600


@dataclass(frozen=True)
class Sms:
    """`fields` are filled with {phone}, {text}, {title}, {url}, {id} and {secret}, value by value: nothing that is told
    can add a field. `ok_field` is where the provider says that it went well, `ok_value` what it says then."""

    url: str
    method: Literal["POST", "GET"]
    encoding: Literal["json", "form"]
    fields: Mapping[str, str]
    headers: Mapping[str, str]
    secret: str
    ok_field: str | None
    ok_value: str

    async def send(self, message: Message, sent_at: datetime) -> None:
        words = {
            "phone": message.address,
            "text": shortened(f"{message.title} {message.text}", _MOST_BYTES),
            "title": message.title,
            "url": message.url,
            "id": message.delivery_id,
            "secret": self.secret,
        }
        values = {name: _filled(template, words) for name, template in self.fields.items()}
        headers = {name: _filled(template, words) for name, template in self.headers.items()}
        where: dict[str, Any] = {"params": values}
        if self.method == "POST":
            where = {"json": values} if self.encoding == "json" else {"data": values}
        answer = await post(self.url, method=self.method, headers=headers, **where)
        if self.ok_field is None:
            return
        try:
            said = str(answer.json()[self.ok_field])
        except (ValueError, KeyError, TypeError):
            raise Refused(f"the provider's answer has no field {self.ok_field!r}") from None
        if said != self.ok_value:
            raise Refused(f"the provider answered {self.ok_field} {said[:100]!r}, expected {self.ok_value!r}")


def _filled(template: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        # One pass per word over the template alone would let a told "{secret}" be filled: mark it first.
        template = template.replace("{" + name + "}", value.replace("{", "\ue000"))
    return template.replace("\ue000", "{")
