"""Hours and days: in the site's own time, over midnight, over the end of the week, and when clocks are changed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from streams.settings.hours import span, timetable
from vision.timetable import Timetable


def at(text: str, zone: str = "Asia/Shanghai") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def hours(*texts: str, zone: str = "Asia/Shanghai") -> Timetable:
    found = timetable(texts, zone)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "moment", "on"),
    [
        ("Mon-Fri 07:00-09:30", "2026-11-23T07:00", True),
        ("Mon-Fri 07:00-09:30", "2026-11-23T09:30", False),
        ("Mon-Fri 07:00-09:30", "2026-11-22T08:00", False),
        ("Sat,Sun", "2026-11-22T23:59", True),
        ("Sat,Sun", "2026-11-23T00:00", False),
        ("22:00-06:00", "2026-11-23T05:59", True),
        ("Fri 22:00-06:00", "2026-11-28T05:00", True),
        ("Fri 22:00-06:00", "2026-11-27T05:00", False),
        ("Fri-Mon 10:00-11:00", "2026-11-22T10:30", True),
        ("Fri-Mon 10:00-11:00", "2026-11-24T10:30", False),
        ("20:00-24:00", "2026-11-23T23:59", True),
    ],
)
def test_hours_hold_when_they_say(text: str, moment: str, on: bool) -> None:
    assert hours(text).phase(at(moment)).on is on


def test_a_phase_says_since_when_and_until_when() -> None:
    week = hours("Mon-Fri 07:00-09:30")
    phase = week.phase(at("2026-11-23T08:00"))
    assert (phase.since_s, phase.until_s) == (at("2026-11-23T07:00"), at("2026-11-23T09:30"))
    weekend = week.phase(at("2026-11-28T12:00"))
    assert (weekend.on, weekend.since_s, weekend.until_s) == (False, at("2026-11-27T09:30"), at("2026-11-30T07:00"))


def test_spans_that_touch_are_one() -> None:
    night = hours("20:00-24:00", "00:00-06:00").phase(at("2026-11-23T23:00"))
    assert (night.since_s, night.until_s) == (at("2026-11-23T20:00"), at("2026-11-24T06:00"))


def test_all_week_has_no_end() -> None:
    phase = hours("Mon-Sun").phase(at("2026-11-23T12:00"))
    assert phase.on
    assert phase.since_s == -float("inf")
    assert phase.until_s == float("inf")


def test_the_same_moment_is_another_hour_elsewhere() -> None:
    moment = at("2026-11-23T08:00")
    assert hours("07:00-09:00").phase(moment).on
    assert not hours("07:00-09:00", zone="Europe/Berlin").phase(moment).on


def test_by_the_clock_on_the_wall_when_clocks_are_changed() -> None:
    berlin = hours("07:00-09:00", zone="Europe/Berlin")
    assert berlin.phase(at("2026-10-24T07:30", "Europe/Berlin")).on
    assert berlin.phase(at("2026-10-25T07:30", "Europe/Berlin")).on
    assert not berlin.phase(at("2026-10-25T06:30", "Europe/Berlin")).on


@pytest.mark.parametrize(
    "text", ["", "noon", "Mon-Fri 7", "25:00-26:00", "Foo 07:00-08:00", "08:00-08:00", "24:00-06:00"]
)
def test_hours_that_nobody_can_read_are_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"must (look like|be|not)"):
        span(text)
