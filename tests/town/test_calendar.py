"""Clocks run on the service calendar: every rule in simulated time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api.town.calendar import ALWAYS_OPEN, calendar_of, service_calendar
from api.town.settings import CalendarSpec, TownSettings
from tests.town.builders import small_town

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = CalendarSpec.model_validate(
    {
        "hours": ["Mon-Fri 08:30-12:00", "Mon-Fri 13:30-17:30"],
        "holidays": ["2026-11-25"],
        "workdays": {"2026-11-28": ["09:00-12:00"]},
    }
)
CALENDAR = service_calendar("office", OFFICE, "Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "worked_h", "due"),
    [
        ("23 09:00", 1, "23 10:00"),
        ("23 11:30", 1, "23 14:00"),
        ("23 17:00", 1, "24 09:00"),
        ("24 17:00", 1, "26 09:00"),
        ("27 17:00", 2, "28 10:30"),
        ("29 23:00", 0.5, "30 09:00"),
    ],
    ids=[
        "within hours",
        "over noon",
        "over night",
        "over a holiday",
        "into a Saturday that is worked",
        "from a Sunday",
    ],
)
def test_a_deadline_counts_open_hours_alone(start: str, worked_h: float, due: str) -> None:
    """Zammad 4432, osTicket 1168, 2131, 4166, 6524: no deadline at midnight; business hours and holidays count."""
    found = CALENDAR.due(at(start), timedelta(hours=worked_h))
    assert found == at(due)
    assert found.tzinfo is UTC
    assert CALENDAR.worked(at(start), found) == timedelta(hours=worked_h)


def test_open_at() -> None:
    opened = [CALENDAR.open_at(at(text)) for text in ("23 08:29", "23 08:30", "23 12:00", "25 09:00", "28 09:30")]
    assert opened == [False, True, False, False, True]


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    night = service_calendar("night", CalendarSpec(hours=("Fri 22:00-06:00",)), "Asia/Shanghai")
    assert night.open_at(at("28 05:59"))
    assert not night.open_at(at("28 06:00"))
    assert not night.open_at(at("27 05:59"))
    assert night.due(at("27 12:00"), timedelta(hours=9)) == datetime(2026, 12, 4, 23, tzinfo=SHANGHAI)


def test_the_hours_are_those_of_the_wall_clock_when_clocks_change() -> None:
    berlin = service_calendar("berlin", CalendarSpec(hours=("Mon-Sun 00:00-24:00",)), "Europe/Berlin")
    start = datetime(2026, 3, 28, 23, tzinfo=ZoneInfo("Europe/Berlin"))
    assert berlin.worked(start, start.astimezone(UTC) + timedelta(hours=5)) == timedelta(hours=5)


@settings(max_examples=60, deadline=None)
@given(minutes=st.integers(0, 40_000), work=st.integers(0, 5_000))
def test_what_is_due_has_just_been_worked_off(minutes: int, work: int) -> None:
    start, worked = at("01 00:00") + timedelta(minutes=minutes), timedelta(minutes=work)
    due = CALENDAR.due(start, worked)
    assert CALENDAR.worked(start, due) == worked
    if work:
        assert CALENDAR.worked(start, due - timedelta(seconds=1)) < worked


def test_a_calendar_that_never_opens_says_so() -> None:
    shut = service_calendar("shut", CalendarSpec(hours=("Mon 08:00-09:00",)), "UTC")
    with pytest.raises(ValueError, match="opens for less than"):
        shut.due(at("01 00:00"), timedelta(hours=1000))


def test_a_unit_has_the_calendar_of_the_nearest_above_and_a_fire_lane_none() -> None:
    town = small_town(TownSettings(calendars={"office": OFFICE}), {"c1": "office", "g2": "always"})
    assert calendar_of(town, "m1", "illegal_parking").name == "office"
    assert calendar_of(town, "m3", "illegal_parking").open_at(at("25 03:00"))
    assert calendar_of(town, "c2", "illegal_parking") == ALWAYS_OPEN
    assert calendar_of(town, "m1", "fire_lane") == ALWAYS_OPEN
    assert calendar_of(town, None, "illegal_parking") == ALWAYS_OPEN


def test_settings_name_what_is_wrong() -> None:
    with pytest.raises(ValidationError, match="'office'"):
        TownSettings(calendar="office")
    with pytest.raises(ValidationError, match="08:00"):
        TownSettings.model_validate({"shifts": [{"name": "a", "starts": "8", "ends": "16:00"}]})
