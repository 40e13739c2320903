"""The clocks of tickets in simulated time. What users of other programs have complained of is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import Unprocessable, WrongState
from api.tickets import chain
from api.tickets.overdue import step_each
from api.tickets.states import Command, TicketState
from tests.tickets.street import ANN, BO, CENTRE, HOUR, MINUTE, MONDAY_9, Street


def test_respond_is_met_by_somebody_at_work_and_rectify_by_done(town: Street) -> None:
    ticket = town.open()
    assert (ticket.respond_by, ticket.rectify_by) == (MONDAY_9 + 5 * MINUTE, MONDAY_9 + HOUR)
    town.passes(minutes=4)
    town.give(ticket, Command.ACCEPT)
    assert (ticket.state, ticket.responded_at, ticket.respond_overdue) == ("working", town.at, False)
    town.passes(minutes=20)
    town.give(ticket, Command.CLOSE)
    assert (ticket.state, ticket.rectified_at, ticket.rectify_overdue) == ("verifying", town.at, False)
    town.passes(hours=2)
    assert ticket.rectify_overdue is False, "waiting for the command centre's word is not the worker's delay"


def test_an_acknowledgement_expires(town: Street) -> None:
    """GoAlert #1919, grafana/oncall #1792, bosun #2086, alerta #1187: who acknowledged may still forget."""
    ticket = town.open()
    town.give(ticket, Command.ACCEPT)
    town.told()
    town.passes(minutes=29)
    assert ticket.state == "working"
    town.passes(minutes=2)
    assert (ticket.state, ticket.assignee) == ("dispatched", None)
    assert ("returned", ("ann",)) in (told := town.told())
    assert ("dispatched", ("ann", "bo")) in told
    assert ticket.respond_by == MONDAY_9 + 35 * MINUTE, "to respond counts anew"
    assert ticket.rectify_by == MONDAY_9 + HOUR, "the time to settle it does not"
    town.give(ticket, Command.ACCEPT, BO)
    assert ticket.assignee == "bo"


def test_a_word_keeps_an_acknowledgement(town: Street) -> None:
    ticket = town.open("wiring")
    town.give(ticket, Command.ACCEPT)
    for _ in range(5):
        town.passes(hours=23)
        town.give(ticket, Command.KEEP, note="the electrician comes on Friday")
        assert ticket.state == "working"


def test_nobody_on_shift_holds_and_burns_no_chain(town: Street) -> None:
    """grafana/oncall #4846: an escalation chain ran through to its end while nobody was on shift."""
    town.at = MONDAY_9 - 2 * HOUR  # 7:00: the early shift, which nobody has
    ticket = town.open()
    assert (ticket.state, ticket.dispatched_at, ticket.escalated_to) == ("registered", None, None)
    assert ticket.cause == "held: nobody is on duty here, nor at any level above"
    assert town.told() == [("overdue", ("centre",))]
    town.passes(minutes=59)
    assert (ticket.state, ticket.respond_overdue, ticket.escalations) == ("registered", False, 0)
    town.passes(minutes=2)
    assert (ticket.state, ticket.dispatched_to) == ("dispatched", ["ann", "bo"])
    assert ticket.respond_by == datetime(2026, 11, 23, 0, 5, tzinfo=UTC), "its five minutes begin with the shift"
    assert (ticket.cause, ticket.history[-1].note) == ("to micro-grid m1", "to micro-grid m1"), "nobody waits any more"


def test_it_goes_up_no_further_while_nobody_is_on_duty_above(town: Street) -> None:
    """grafana/oncall #4846 again, in the middle of the chain."""
    town.roster({"g1": (("early", "bo", "Mon-Sun"),), "c1": (("day", "com", "Mon-Fri"),)})
    town.at = MONDAY_9 - 90 * MINUTE  # 7:30
    ticket = town.open()
    town.told()
    town.passes(minutes=29)
    assert (ticket.respond_overdue, ticket.escalations, ticket.escalated_to) == (True, 0, None)
    assert town.told() == [("overdue", ("centre",))], "told once"
    town.passes(minutes=1)  # 8:00: the officer of the community is there
    assert (ticket.escalated_to, ticket.dispatched_to) == ("c1", ["com"])


def test_a_ticket_climbs_level_by_level_to_the_command_centre(town: Street) -> None:
    """alerta #415: escalation is part of the plan, not of a person's memory."""
    ticket = town.open()
    assert town.told() == [("dispatched", ("ann", "bo"))]
    town.passes(minutes=5)
    assert (ticket.respond_overdue, ticket.escalated_to, ticket.dispatched_to) == (True, "c1", ["com"])
    assert town.told() == [("overdue", ("ann", "bo")), ("escalated", ("com",))]
    town.passes(minutes=10)
    assert (ticket.escalated_to, ticket.escalations) == ("*", 2)
    assert town.told()[-1] == ("escalated", ("centre",))
    town.give(ticket, Command.ACCEPT, BO)
    assert ticket.state == "working", "the people of the grid can still take it"


def test_what_nobody_settles_reminds_ever_more_seldom(town: Street) -> None:
    ticket = town.open()
    town.passes(days=3)
    assert ticket.state == "dispatched"
    assert ticket.escalations < 14, "growing pauses: a phone that never stops is switched off"


def test_a_person_escalates_to_a_chosen_level(town: Street) -> None:
    """GoAlert #3085: escalate to a chosen step."""
    ticket = town.open()
    with pytest.raises(Unprocessable, match="not above"):
        town.give(ticket, Command.ESCALATE, unit="m2", note="not mine")
    town.give(ticket, Command.ESCALATE, unit="s", note="needs the street")
    assert (ticket.state, ticket.escalated_to, ticket.respond_by) == ("dispatched", "s", town.at + 5 * MINUTE)
    with pytest.raises(Unprocessable, match="not above"):
        town.give(ticket, Command.ESCALATE, unit="c1", note="down again")


def test_a_merged_ticket_never_escalates(town: Street) -> None:
    """Zammad #904: a merged ticket still escalated."""
    into, ticket = town.open(), town.open()
    chain.merge(town.desk, ticket, into, "centre", "the same car")
    town.told()
    town.passes(days=30)
    assert (ticket.state, ticket.due_at, ticket.escalations) == ("merged", None, 0)
    assert ticket.respond_overdue is ticket.rectify_overdue is False
    assert into.escalations > 0
    town.run(chain.unmerge(town.desk, ticket, "centre", "two cars after all"))
    assert (ticket.state, ticket.rectify_by, ticket.merged_into) == ("dispatched", town.at + HOUR, None)


def test_neither_clock_hides_the_other(town: Street) -> None:
    """Zammad #5177: a short update time hid the time to a first response."""
    ticket = town.open("fire_lane")
    for _ in range(5):
        town.give(ticket, Command.ACCEPT)
        town.passes(minutes=5)
        town.give(ticket, Command.ESCALATE, note="not with these keys")
    assert ticket.due_at == ticket.rectify_by == MONDAY_9 + 30 * MINUTE, "whichever comes first"
    town.passes(minutes=5)
    assert (ticket.rectify_overdue, ticket.respond_by) == (True, MONDAY_9 + 30 * MINUTE)


def test_after_an_outage_no_level_is_passed_over(town: Street) -> None:
    """A server that was down for an hour takes one step, not all that it missed."""
    ticket = town.open()
    town.at += 50 * MINUTE
    town._look()
    assert (ticket.escalated_to, ticket.escalations) == ("c1", 1)
    assert ticket.due_at is not None
    assert ticket.due_at > town.at


def test_returned_counts_to_respond_anew_and_is_the_same_persons_first(town: Street) -> None:
    ticket = town.open()
    town.give(ticket, Command.ACCEPT)
    town.give(ticket, Command.CLOSE)
    town.passes(hours=2)
    town.told()
    town.give(ticket, Command.RETURN, CENTRE, note="still there")
    assert (ticket.rectify_overdue, ticket.rectify_by) == (False, town.at + HOUR), "looking took two hours, not he"
    assert (ticket.state, ticket.assignee, ticket.rectified_at) == ("returned", "ann", None)
    assert ticket.respond_by == town.at + 5 * MINUTE
    assert town.told() == [("returned", ("ann",))]
    town.passes(minutes=5)
    assert (ticket.respond_overdue, ticket.escalated_to) == (True, "c1")


def test_what_waits_for_the_command_centre_has_a_deadline_too(town: Street) -> None:
    ticket = town.open(waits=True, note="a resident says so")
    assert (ticket.state, ticket.dispatched_at, ticket.decide_by) == ("received", None, town.at + 30 * MINUTE)
    town.passes(minutes=30)
    assert town.told() == [("overdue", ("centre",))]
    town.give(ticket, Command.REGISTER, CENTRE)
    assert (ticket.state, ticket.respond_by) == ("dispatched", town.at + 5 * MINUTE)


def test_an_end_is_no_place_for_commands(town: Street) -> None:
    ticket = town.open(waits=True)
    town.give(ticket, Command.REJECT, CENTRE, note="a neighbour's quarrel")
    assert (ticket.state, ticket.closed_at, ticket.due_at) == ("rejected", town.at, None)
    for command in set(Command) - {Command.REJECT, Command.FALSE_ALARM}:
        with pytest.raises(WrongState):
            town.give(ticket, command, CENTRE, note="x", until=town.at + HOUR)


def test_a_deadline_that_passed_while_nobody_looked_counts(town: Street) -> None:
    ticket = town.open()
    town.at += 6 * MINUTE
    town.give(ticket, Command.ACCEPT)
    assert ticket.respond_overdue
    town.at += HOUR
    town.give(ticket, Command.CLOSE)
    assert ticket.rectify_overdue
    assert TicketState(ticket.state) is TicketState.VERIFYING


def test_of_two_who_decide_at_once_the_second_is_told(town: Street) -> None:
    ticket = town.open()
    town.give(ticket, Command.SUSPEND, ANN, note="waits for the tow truck", until=town.at + HOUR)
    steps = len(ticket.history)
    town.give(ticket, Command.SUSPEND, ANN, note="waits for the tow truck", until=town.at + HOUR)
    assert len(ticket.history) == steps, "sent again, it changes nothing"
    with pytest.raises(WrongState):
        town.give(ticket, Command.SUSPEND, BO, note="until tomorrow", until=town.at + 20 * HOUR)


def test_a_ticket_whose_clocks_fail_costs_no_other_its_own(town: Street, caplog: pytest.LogCaptureFixture) -> None:
    first, broken, sound = town.open(), town.open(), town.open()
    broken.kind = "unheard_of"
    town.at += 6 * MINUTE
    town.run(step_each(town.desk, town.tickets))
    assert len(first.history) == len(sound.history) == len(broken.history) + 1, "what was done again was done once"
    assert (broken.respond_overdue, sound.respond_overdue) == (False, True)
    assert broken.due_at is not None
    assert broken.due_at > town.at, "it is tried again, and not at once"
    assert f"clocks of ticket {broken.number} failed" in caplog.text


def test_a_shift_that_makes_many_due_costs_few_questions(town: Street) -> None:
    """Nobody else writes while the clocks are looked at: what is asked must not grow with what is due."""

    def asked(tickets: int) -> int:
        late = [town.open() for _ in range(tickets)]
        town.run(town.session.flush())
        town.at += 6 * MINUTE
        with questions(town.session) as seen:
            town.run(step_each(town.desk, late))
        assert all(ticket.escalated_to for ticket in late)
        return len(seen)

    assert asked(40) <= asked(2)


@contextmanager
def questions(session: AsyncSession) -> Iterator[list[str]]:
    """The SELECT statements of a block."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
