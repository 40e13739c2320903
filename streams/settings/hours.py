"""Hours of the day and days of the week, as a site file writes them: `Mon-Fri 07:00-09:30`, `Sat,Sun 10:00-18:00`,
`22:00-06:00` for every night, `Sun` for the whole day. They are in the site's time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from vision.timetable import Span, Timetable

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(?:([A-Za-z,\s-]+?)\s*)?(?:(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2}))?")
_EXPECTED = "hours must look like 'Mon-Fri 07:00-09:30', 'Sat,Sun', or '22:00-06:00'"


def span(text: str) -> Span:
    """Read one. Raises `ValueError` that says what was expected.

    >>> span("Fri 22:00-06:00")
    Span(days=frozenset({4}), from_min=1320, to_min=360)
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None or not text.strip():
        raise ValueError(f"{_EXPECTED}; got {text!r}")
    days, *clock = found.groups()
    times = [0, 0, 24, 0] if clock[0] is None else [int(part) for part in clock]
    from_min, to_min = _minutes(times[0], times[1], text), _minutes(times[2], times[3], text)
    if from_min == to_min or from_min == 1440:
        raise ValueError(f"hours must not begin where they end, nor at 24:00: leave them out for all day; got {text!r}")
    return Span(_days(days, text), from_min, to_min)


def timetable(texts: Sequence[str], timezone: str) -> Timetable | None:
    """All of them in that IANA time zone; None where there are none, which means always."""
    return Timetable([span(text) for text in texts], ZoneInfo(timezone)) if texts else None


def _days(text: str | None, whole: str) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        ends = [_day(name.strip(), whole) for name in part.split("-")]
        if len(ends) > 2:
            raise ValueError(f"{_EXPECTED}; got {whole!r}")
        # `Fri-Mon` runs over the end of the week.
        days.update((ends[0] + n) % 7 for n in range((ends[-1] - ends[0]) % 7 + 1))
    return frozenset(days)


def _day(name: str, whole: str) -> int:
    short = name.lower()[:3]
    if short not in DAYS:
        raise ValueError(f"a day must be one of {', '.join(day.title() for day in DAYS)}; got {name!r} in {whole!r}")
    return DAYS.index(short)


def _minutes(hour: int, minute: int, whole: str) -> int:
    if minute > 59 or hour * 60 + minute > 1440:
        raise ValueError(f"a time of day must be 00:00 to 24:00; got {hour:02}:{minute:02} in {whole!r}")
    return hour * 60 + minute


def _readable(text: str) -> str:
    span(text)
    return text


Hours = Annotated[str, AfterValidator(_readable)]
