"""Weeks as ledgers name them: 2026-W47, from Monday to Monday in the site's time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from api.errors import Unprocessable

PATTERN = r"^\d{4}-W\d{2}$"


@dataclass(frozen=True, slots=True)
class Week:
    """`starts` and `ends` are UTC; a ticket of the very end belongs to the next week."""

    name: str
    monday: date
    starts: datetime
    ends: datetime

    @classmethod
    def named(cls, text: str, timezone: str) -> Self:
        """Raises `Unprocessable` for a week that no calendar has."""
        try:
            if not re.fullmatch(PATTERN, text):
                raise ValueError
            monday = date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
            return cls.of(monday, timezone)
        except (ValueError, OverflowError):
            raise Unprocessable(f"week must look like 2026-W47, a week of that year; got {text[:20]!r}") from None

    @classmethod
    def holding(cls, at: datetime, timezone: str) -> Self:
        return cls.of(at.astimezone(ZoneInfo(timezone)).date(), timezone)

    @classmethod
    def of(cls, day: date, timezone: str) -> Self:
        monday = day - timedelta(days=day.weekday())
        year, week, _ = monday.isocalendar()
        return cls(
            f"{year:04}-W{week:02}", monday, _start(monday, timezone), _start(monday + timedelta(days=7), timezone)
        )

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


def _start(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)
