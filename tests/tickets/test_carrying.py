"""Merging by hand: what is under way goes on in the ticket that survives, and comes back where it is undone."""

from __future__ import annotations

import pytest

from api.hazards import service
from api.tickets.models import TicketRow
from api.tickets.states import Command, TicketState
from api.whistles import service as whistling
from tests.tickets.street import ANN, BO, CENTRE, FIRE, MINUTE, Street


def merge(town: Street, mine: TicketRow, into: TicketRow) -> None:
    why: dict[str, float | str] = {"rule": "a person says so", "reason": "the same lorry"}
    town.run(service.merge_into(town.desk, mine.hazard, into.hazard, "centre", why))


def split(town: Street, mine: TicketRow) -> None:
    town.run(service.split(town.desk, mine.hazard, "centre", "two lorries"))


@pytest.fixture
def two(town: Street) -> tuple[TicketRow, TicketRow]:
    return town.open(), town.open()


def test_who_is_at_work_goes_on_and_undoing_it_gives_it_back(town: Street, two: tuple[TicketRow, TicketRow]) -> None:
    mine, into = two
    town.passes(minutes=1)
    town.give(mine, Command.ACCEPT, BO)
    town.passes(minutes=1)
    merge(town, mine, into)
    assert (mine.state, into.state, into.assignee) == ("merged", "working", "bo")
    assert into.ack_until is not None
    assert into.responded_at == mine.responded_at, "somebody has been at it since then"
    assert "is part of this one now: bo is at work there" in into.history[-1].note
    split(town, mine)
    assert (mine.state, mine.assignee, mine.merged_into) == ("working", "bo", None)
    assert (into.state, into.assignee) == ("dispatched", None)
    assert "has #" in into.history[-1].note


def test_what_was_said_to_be_done_is_still_being_verified(town: Street, two: tuple[TicketRow, TicketRow]) -> None:
    mine, into = two
    town.give(mine, Command.ACCEPT, BO)
    town.passes(minutes=3)
    town.give(mine, Command.CLOSE, BO)
    done_at = mine.rectified_at
    town.passes(minutes=1)
    merge(town, mine, into)
    assert (into.state, into.rectified_at, into.assignee) == ("verifying", done_at, "bo")
    split(town, mine)
    assert (mine.state, mine.rectified_at) == ("verifying", done_at)
    assert into.state == "dispatched"


def test_what_waited_to_be_verified_comes_out_of_a_merge_with_the_time_that_was_left(
    town: Street, two: tuple[TicketRow, TicketRow]
) -> None:
    mine, into = two
    for ticket, who in ((mine, BO), (into, ANN)):
        town.give(ticket, Command.ACCEPT, who)
    town.passes(minutes=5)
    for ticket, who in ((mine, BO), (into, ANN)):
        town.give(ticket, Command.CLOSE, who)
    town.passes(minutes=90)
    merge(town, mine, into)
    split(town, mine)
    assert (mine.state, mine.rectify_overdue) == ("verifying", False), "done after five minutes of sixty"
    town.give(mine, Command.RETURN, CENTRE, note="it is there still")
    assert mine.rectify_by == town.at + 55 * MINUTE


def test_a_further_state_stays_and_the_other_worker_is_told(town: Street, two: tuple[TicketRow, TicketRow]) -> None:
    mine, into = two
    town.give(mine, Command.ACCEPT, BO)
    town.give(into, Command.ACCEPT, ANN)
    town.told()
    merge(town, mine, into)
    assert (into.state, into.assignee) == ("working", "ann")
    assert "bo" in into.dispatched_to
    assert ("dispatched", ("bo",)) in town.told()
    split(town, mine)
    assert (mine.state, mine.assignee, into.state, into.assignee) == ("working", "bo", "working", "ann")


def test_a_departments_whistle_goes_on(town: Street, two: tuple[TicketRow, TicketRow]) -> None:
    mine, into = two
    whistle = town.whistle(mine)
    merge(town, mine, into)
    assert (whistle.ticket, whistle.state) == (into, "called")
    town.run(whistling.report(town.desk, whistle, FIRE, "ten minutes away"))
    assert into.department == "fire"
    split(town, mine)
    assert (whistle.ticket, mine.department, into.department) == (mine, "fire", None)


def test_what_went_on_since_is_not_undone(town: Street, two: tuple[TicketRow, TicketRow]) -> None:
    mine, into = two
    town.give(mine, Command.ACCEPT, BO)
    merge(town, mine, into)
    town.give(into, Command.CLOSE, BO)
    town.give(into, Command.CONFIRM, CENTRE, note="gone")
    split(town, mine)
    assert (into.state, mine.state, mine.assignee) == ("closed", "dispatched", None)


def test_a_suspension_ends_where_somebody_is_at_work_and_comes_back(
    town: Street, two: tuple[TicketRow, TicketRow]
) -> None:
    mine, into = two
    until = town.at.replace(hour=9)
    town.give(into, Command.SUSPEND, ANN, note="waits for the tow truck", until=until)
    town.give(mine, Command.ACCEPT, BO)
    merge(town, mine, into)
    assert (into.state, into.assignee, into.suspended_until) == ("working", "bo", None)
    split(town, mine)
    assert (TicketState(into.state), into.suspended_until) == (TicketState.SUSPENDED, until)
