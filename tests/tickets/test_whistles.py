"""Whistles 吹哨: a department answers in time, or the level above has it; never back twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.auth.roles import Role
from api.auth.service import Principal
from api.errors import NotAllowed, Unprocessable, WrongState
from api.kit.scope import WHOLE_SITE
from api.ledger.loop import By, loop
from api.tickets.states import Command
from api.whistles import service
from api.whistles.overdue import give_up_apart
from tests.tickets.street import CENTRE, FIRE, Street

POWER = Principal("power1", "Power", Role.DEPARTMENT, (), department="power")


def test_a_department_reports_and_settles_the_ticket(town: Street) -> None:
    ticket = town.open("fire_lane")
    town.told()
    whistle = town.whistle(ticket)
    assert whistle.answer_by == town.at + timedelta(minutes=30)
    assert town.told() == [("whistled", ("department:fire",))]
    with pytest.raises(NotAllowed):
        town.give(ticket, Command.ACCEPT, FIRE)
    town.run(service.report(town.desk, whistle, FIRE, "ten minutes away"))
    assert (whistle.state, ticket.department, ticket.history[-1].command) == ("reported", "fire", "report")
    town.give(ticket, Command.ACCEPT, FIRE)
    town.give(ticket, Command.CLOSE, FIRE)
    assert ticket.state == "verifying"
    with pytest.raises(NotAllowed, match="has not reported"):
        town.give(town.open("fire_lane"), Command.ACCEPT, FIRE)


def test_a_refusal_goes_up_and_never_back_twice(town: Street) -> None:
    ticket = town.open("fire_lane")
    town.give(ticket, Command.ACCEPT)
    whistle = town.whistle(ticket)
    with pytest.raises(Unprocessable, match="says why"):
        town.run(service.refuse(town.desk, whistle, FIRE, ""))
    town.told()
    town.run(service.refuse(town.desk, whistle, FIRE, "not our stairs"))
    assert (whistle.state, whistle.passed_to) == ("refused", "c1")
    assert (ticket.state, ticket.assignee, ticket.escalated_to) == ("dispatched", None, "c1")
    assert town.told() == [("escalated", ("com",))]
    with pytest.raises(WrongState, match="level above decides"):
        town.whistle(ticket)
    again = town.whistle(ticket, who=CENTRE)
    town.run(service.refuse(town.desk, again, FIRE, "still not ours"))
    assert ticket.escalated_to == "*", "up again, not back"
    with pytest.raises(WrongState, match="not called again"):
        town.whistle(ticket, who=CENTRE)
    town.give(ticket, Command.SUSPEND, CENTRE, note="the street office meets", until=town.at + timedelta(hours=1))
    town.passes(hours=1)
    assert (ticket.state, ticket.escalated_to) == ("dispatched", "*"), "what went up stays up"


def test_silence_is_a_refusal(town: Street) -> None:
    ticket = town.open("wiring")
    town.give(ticket, Command.ACCEPT)
    whistle = town.whistle(ticket, "power")
    town.told()
    town.passes(minutes=59)
    assert (whistle.state, ticket.state) == ("called", "working")
    town.passes(minutes=2)
    assert (whistle.state, whistle.passed_to, ticket.escalated_to) == ("unanswered", "c1", "c1")
    assert town.told() == [("overdue", ("department:power",)), ("escalated", ("com",))]
    with pytest.raises(WrongState, match="unanswered"):
        town.run(service.report(town.desk, whistle, POWER, "now"))


def test_the_loop_counts_silence_as_no_answer_and_a_closed_night_as_no_time(office: Street) -> None:
    began = office.at
    silent, quick, refused = (office.whistle(office.open()) for _ in range(3))
    office.passes(minutes=10)
    office.run(service.report(office.desk, quick, FIRE, "on the way"))
    office.run(service.refuse(office.desk, refused, FIRE, "no lorry is free"))
    office.passes(hours=8, minutes=10)  # 17:20, ten minutes before it closes
    assert silent.state == "unanswered"
    late = office.whistle(office.open())
    office.passes(hours=15, minutes=20)
    office.run(service.report(office.desk, late, FIRE, "now"))
    rows, _ = office.run(loop(office.session, office.town, WHOLE_SITE, began, office.at, office.at, By.DEPARTMENT))
    answers = {row.key: row.answers for row in rows}["fire"]
    assert (answers.count, answers.decided, answers.in_time) == (4, 4, 3)
    assert (answers.p50_s, round(answers.p95_s)) == (600.0, 1140), "10, 10 and 20 minutes of open time"


def test_a_whistle_ends_with_its_ticket(town: Street) -> None:
    ticket = town.open("fire_lane")
    whistle = town.whistle(ticket)
    town.give(ticket, Command.VOID, CENTRE, note="a drill")
    assert service.may_answer(whistle, FIRE) is False
    town.passes(hours=1)
    assert (whistle.state, ticket.state) == ("withdrawn", "voided")


def test_blown_twice_is_one_whistle(town: Street) -> None:
    ticket = town.open("fire_lane")
    assert town.whistle(ticket) is town.whistle(ticket)


def test_only_departments_that_answer_for_the_kind_are_called(town: Street) -> None:
    with pytest.raises(Unprocessable, match="does not answer for illegal_parking"):
        town.whistle(town.open(), "power")


def test_another_departments_whistle_is_not_ones_own(town: Street) -> None:
    whistle = town.whistle(town.open("fire_lane"))
    with pytest.raises(NotAllowed, match="this calls fire"):
        town.run(service.report(town.desk, whistle, POWER, ""))


def test_a_whistle_that_cannot_be_passed_over_keeps_no_other_waiting(
    town: Street, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = town.open("fire_lane"), town.open("fire_lane")
    whistles = [town.whistle(ticket) for ticket in (broken, sound)]
    broken.kind = "unheard_of"
    town.at += timedelta(minutes=31)
    for whistle in whistles:
        town.run(give_up_apart(town.desk, whistle))
    assert [whistle.state for whistle in whistles] == ["called", "unanswered"]
    assert whistles[0].due_at == town.at + timedelta(minutes=10)
    assert f"whistle {whistles[0].number} could not be passed over" in caplog.text
