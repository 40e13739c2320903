"""The table of a ticket's life, by itself."""

from __future__ import annotations

import pytest

from api.auth.roles import PEOPLE, Role
from api.hazards.kinds import Kind
from api.tickets.kinds import RULES
from api.tickets.states import ENDED, OPEN, TRANSITIONS, Command, TicketState, allowed, already_done, transition


def test_no_pair_of_state_and_command_stands_twice() -> None:
    pairs = [(t.state, t.command) for t in TRANSITIONS]
    assert len(pairs) == len(set(pairs))


def test_every_open_state_leads_to_closed() -> None:
    reaches = {TicketState.CLOSED}
    for _ in TicketState:
        reaches |= {t.state for t in TRANSITIONS if t.next in reaches}
    assert set(OPEN) <= reaches


def test_open_and_ended_are_all_there_are() -> None:
    assert sorted((*OPEN, *ENDED)) == sorted(TicketState)


@pytest.mark.parametrize("state", [TicketState.CLOSED, TicketState.REJECTED, TicketState.VOIDED])
def test_an_end_is_the_end(state: TicketState) -> None:
    """A recurrence is a new ticket that names the old one. Only a merge can be taken back."""
    assert [t for t in TRANSITIONS if t.state is state] == []


@pytest.mark.parametrize("state", OPEN)
def test_an_open_state_is_never_left_to_a_camera_alone(state: TicketState) -> None:
    """A camera can be removed or die: somebody must be able to move the ticket on."""
    onwards = [t for t in TRANSITIONS if t.state is state and t.next is not state and not t.aside]
    assert any(t.roles for t in onwards)


@pytest.mark.parametrize("role", [Role.DRONE_OPERATOR, Role.WORKER])
def test_those_who_only_read_are_offered_no_command(role: Role) -> None:
    assert all(allowed(state, role) == () for state in TicketState)


def test_a_repeat_is_only_what_the_command_itself_leads_to() -> None:
    for command in Command:
        for state in TicketState:
            if already_done(state, command):
                assert transition(state, command) is None
                assert any(t.command is command for t in TRANSITIONS)


def test_every_kind_of_hazard_has_its_rule() -> None:
    assert set(RULES) == set(Kind)
    assert all(rule.respond < rule.acknowledged < rule.rectify for rule in RULES.values())


def test_only_people_give_commands() -> None:
    assert {role for t in TRANSITIONS for role in t.roles} <= set(PEOPLE)
