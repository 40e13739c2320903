"""Where tickets go, and what they say of it."""

from __future__ import annotations

from api.tickets.assign import Spot
from api.tickets.owner import Owner, owner_of
from api.tickets.states import Command
from tests.tickets.street import CENTRE, IN_M1, ON_THE_BORDER, Street, Tables, street


def test_a_ticket_goes_to_those_on_duty_where_the_place_lies(town: Street) -> None:
    ticket = town.open(spot=Spot(*IN_M1, radius_m=30))
    assert (ticket.grid, ticket.dispatched_to, ticket.escalated_to) == ("m1", ["ann", "bo"], None)
    assert ticket.cause == "to micro-grid m1"
    assert owner_of(ticket) is Owner.UNIT
    assert ticket.hazard.grid == "m1", "who may see the hazard and who may see its ticket are the same"


def test_a_place_that_may_lie_in_several_grids_goes_to_the_level_above_and_says_why(town: Street) -> None:
    ticket = town.open(spot=Spot(*ON_THE_BORDER, radius_m=30))
    assert (ticket.grid, ticket.dispatched_to) == ("g1", ["ann", "bo"])
    assert ticket.cause == "to grid g1: the place is known to 30 m and may lie in m1, m2"


def test_nobody_on_duty_sends_it_to_the_level_above_and_says_why(town: Street) -> None:
    town.roster({"g1": (("late", "bo", "Mon-Sun"),), "c1": (("day", "com", "Mon-Fri"),)})
    ticket = town.open()
    assert (ticket.grid, ticket.escalated_to, ticket.dispatched_to) == ("m1", "c1", ["com"])
    assert ticket.cause == "to community c1: nobody is on duty in micro-grid m1, grid g1"
    assert ticket.state == "dispatched"


def test_a_town_that_plans_no_shifts_holds_nothing(database: Tables) -> None:
    """A small town begins with cameras and a command centre: its tickets lie open for whoever comes."""
    with street(database, organised=False) as town:
        ticket = town.open()
        assert (ticket.state, ticket.dispatched_to) == ("dispatched", [])
        assert ticket.cause == "to micro-grid m1; no shifts are planned here and no grid worker has an account"
        town.passes(minutes=5)
        assert ticket.escalated_to == "*"


def test_a_place_outside_the_town_is_the_whole_sites(town: Street) -> None:
    assert town.open(spot=Spot(10.0, 50.0)).cause.startswith("to the whole site: the place lies in no grid")
    assert town.open(spot=Spot(nowhere="nobody said where")).cause.startswith("to the whole site: nobody said where")


def test_the_command_centre_sends_it_elsewhere(town: Street) -> None:
    ticket = town.open()
    town.give(ticket, Command.ACCEPT)
    town.give(ticket, Command.DISPATCH, CENTRE, unit="c2", note="the car stands over there")
    assert (ticket.state, ticket.assignee, ticket.grid, ticket.escalated_to) == ("dispatched", None, "c2", None)
    assert ticket.hazard.grid == "c2", "the people there must see it"
    assert ticket.history[-1].note == "the car stands over there"
    up = town.open()
    town.give(up, Command.DISPATCH, CENTRE, unit="c1", note="yours")
    assert (up.grid, up.escalated_to, up.dispatched_to) == ("m1", "c1", ["com"])
