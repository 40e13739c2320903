"""Times over HTTP: any offset in, UTC with milliseconds out, the same text as in events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, PlainSerializer, WithJsonSchema

from streams.delivery.events import utc_text


def _text_only(value: Any) -> Any:
    # Without this a bare number would be taken for seconds since 1970.
    if not isinstance(value, str | datetime):
        raise ValueError("Input should be UTC text such as 2026-01-31T08:00:00.250Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    # At the ends of the calendar a change of offset leaves it; no camera has been there.
    if not 1970 <= moment.year < 3000:
        raise ValueError("Input should be a time from 1970 to 2999")
    return moment.astimezone(UTC)


MomentIn = Annotated[AwareDatetime, BeforeValidator(_text_only), AfterValidator(_in_utc)]
Moment = Annotated[
    datetime,
    PlainSerializer(utc_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
