"""Who is on duty: three shifts, teams 1+1+N, and what stands in where there is neither."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from api.town.duty import on_shift
from api.town.models import RosterEntry
from api.town.settings import THREE_SHIFTS, Shift


def entry(shift: str, username: str, days: str = "", on_date: date | None = None) -> RosterEntry:
    return RosterEntry(unit="g1", shift=shift, username=username, days=days, on_date=on_date)


def who(roster: list[RosterEntry], text: str, shifts: tuple[Shift, ...] = THREE_SHIFTS) -> list[str]:
    at = datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return on_shift(roster, shifts, "Asia/Shanghai", at)


WEEK = [entry("early", "ann", "Mon-Sun"), entry("day", "bo", "Mon-Fri"), entry("late", "cai", "Mon-Sun")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23 07:59", ["ann"]),
        ("23 08:00", ["bo"]),
        ("23 15:59", ["bo"]),
        ("23 16:00", ["cai"]),
        ("23 23:59", ["cai"]),
        ("24 00:00", ["ann"]),
        ("28 09:00", []),
    ],
)
def test_each_minute_of_the_day_is_one_shifts(text: str, expected: list[str]) -> None:
    assert who(WEEK, text) == expected


def test_a_date_stands_for_the_week_on_that_date_alone() -> None:
    roster = [*WEEK, entry("day", "dan", on_date=date(2026, 11, 24)), entry("late", "", on_date=date(2026, 11, 24))]
    assert who(roster, "24 09:00") == ["dan"]
    assert who(roster, "25 09:00") == ["bo"]
    assert who(roster, "24 17:00") == [], "nobody, on purpose"
    assert who(roster, "24 01:00") == ["ann"], "the other shifts of the date stay the week's"


def test_a_shift_over_midnight_belongs_to_the_day_it_starts_on() -> None:
    shifts = (Shift(name="night", starts="22:00", ends="06:00"),)
    roster = [entry("night", "ann", "Fri")]
    assert who(roster, "27 23:00", shifts) == ["ann"]
    assert who(roster, "28 05:59", shifts) == ["ann"]
    assert who(roster, "28 06:00", shifts) == []
    assert who(roster, "27 05:00", shifts) == []


def test_the_hours_are_the_sites() -> None:
    at = datetime(2026, 11, 23, 0, 30, tzinfo=ZoneInfo("UTC"))
    assert on_shift(WEEK, THREE_SHIFTS, "Asia/Shanghai", at) == ["bo"]
    assert on_shift(WEEK, THREE_SHIFTS, "UTC", at) == ["ann"]
