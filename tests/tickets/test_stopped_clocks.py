"""When the clocks of tickets stand still: outside service hours, on holidays, while suspended."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from api.errors import Unprocessable
from api.tickets.states import Command
from api.town.settings import CalendarSpec
from tests.tickets.street import ANN, CENTRE, HOUR, MINUTE, Street, Tables, street


def test_no_reminder_outside_service_hours(office: Street) -> None:
    """Zammad #4432: a reminder at midnight in spite of service hours."""
    office.at = datetime(2026, 11, 27, 9, 28, tzinfo=UTC)  # Friday 17:28: two minutes are left of the week
    ticket = office.open()
    assert ticket.respond_by == datetime(2026, 11, 30, 0, 33, tzinfo=UTC), "Monday 8:33"
    office.told()
    office.passes(days=2)
    assert (office.told(), ticket.respond_overdue) == ([], False)
    office.passes(hours=16)
    assert ticket.respond_overdue


def test_holidays_and_business_hours_stop_both_clocks(database: Tables) -> None:
    """osTicket #1168, #2131, #4166, #6524: business hours, holidays, pause while waiting, asked for since years."""
    calendar = CalendarSpec(hours=("Mon-Fri 08:30-17:30",), holidays=(date(2026, 11, 24),))
    with street(database, calendar) as town:
        town.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # Monday 17:00, and Tuesday is a holiday
        ticket = town.open()
        assert ticket.rectify_by == datetime(2026, 11, 25, 1, 0, tzinfo=UTC), "Wednesday 9:00"
        assert town.open("fire_lane").rectify_by == town.at + 30 * MINUTE, "fire lanes know no holiday"


def test_suspended_is_a_pause_of_both_clocks(office: Street) -> None:
    """osTicket #1168: the clock runs while one waits for somebody else."""
    ticket = office.open()
    office.passes(minutes=2)
    with pytest.raises(Unprocessable, match="when it begins"):
        office.give(ticket, Command.SUSPEND, note="waits for the tow truck")
    office.give(ticket, Command.SUSPEND, note="waits for the tow truck", until=office.at + 7 * HOUR)
    assert (ticket.respond_left_s, ticket.rectify_left_s) == (180, 58 * 60)
    office.told()
    office.passes(hours=6)
    assert (ticket.state, office.told(), ticket.due_at) == ("suspended", [], ticket.suspended_until)
    office.passes(hours=1)
    assert (ticket.state, ticket.respond_overdue) == ("dispatched", False)
    assert ticket.respond_by == office.at + 3 * MINUTE
    assert ticket.rectify_by == office.at + 58 * MINUTE
    assert (ticket.suspended_until, ticket.rectify_left_s) == (None, None)


def test_a_worker_suspends_for_a_day_at_most(town: Street) -> None:
    ticket = town.open()
    with pytest.raises(Unprocessable, match="when it begins"):
        town.give(ticket, Command.SUSPEND, ANN, note="later", until=town.at + timedelta(days=2))
    # A phone whose clock is ahead by half a second means its own day.
    town.give(ticket, Command.SUSPEND, ANN, note="later", until=town.at + timedelta(days=1, seconds=0.5))
    town.give(ticket, Command.RESUME, ANN)
    town.give(ticket, Command.SUSPEND, CENTRE, note="works until Thursday", until=town.at + timedelta(days=2))
    town.give(ticket, Command.RESUME, CENTRE)
    assert ticket.state == "dispatched"


def test_what_is_suspended_over_a_shift_without_people_is_held_with_its_clocks(town: Street) -> None:
    ticket = town.open()
    town.give(ticket, Command.SUSPEND, note="tomorrow", until=town.at + 22 * HOUR)  # 7:00
    town.passes(hours=22, minutes=30)
    assert (ticket.state, ticket.rectify_left_s) == ("registered", 3600)
    town.passes(minutes=30)
    assert ticket.state == "dispatched"
    assert ticket.rectify_by == datetime(2026, 11, 24, 1, 0, tzinfo=UTC), "an hour from the beginning of the shift"
