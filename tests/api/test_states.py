"""The table of a ticket's life, by itself."""

from __future__ import annotations

import pytest

from api.auth.roles import PEOPLE, Role
from api.tickets.kinds import RULES
from api.tickets.states import TRANSITIONS, Command, TicketState, allowed, already_done, transition
from vision.types import HazardKind


def test_no_pair_of_state_and_command_stands_twice() -> None:
    pairs = [(t.state, t.command) for t in TRANSITIONS]
    assert len(pairs) == len(set(pairs))


def test_every_state_leads_to_closed() -> None:
    reaches = {TicketState.CLOSED}
    for _ in TicketState:
        reaches |= {t.state for t in TRANSITIONS if t.next in reaches}
    assert reaches == set(TicketState)


def test_closed_is_the_end() -> None:
    assert [t for t in TRANSITIONS if t.state is TicketState.CLOSED] == []


@pytest.mark.parametrize("state", [s for s in TicketState if s is not TicketState.CLOSED])
def test_an_open_state_is_never_left_to_a_camera_alone(state: TicketState) -> None:
    """A camera can be removed or die: somebody, or the system at once, must be able to move the ticket on."""
    steps = [t for t in TRANSITIONS if t.state is state]
    assert any(t.roles for t in steps) or all(t.command in (Command.REGISTER, Command.DISPATCH) for t in steps)


@pytest.mark.parametrize("role", [Role.DRONE_OPERATOR, Role.WORKER])
def test_those_who_only_read_are_offered_no_command(role: Role) -> None:
    assert all(allowed(state, role) == [] for state in TicketState)


def test_a_repeat_is_only_what_the_command_itself_leads_to() -> None:
    for command in Command:
        for state in TicketState:
            if already_done(state, command):
                assert transition(state, command) is None
                assert any(t.command is command for t in TRANSITIONS)


def test_every_kind_of_hazard_has_its_rule() -> None:
    assert set(RULES) == set(HazardKind)
    assert all(rule.respond < rule.rectify for rule in RULES.values())


def test_only_people_give_commands() -> None:
    assert {role for t in TRANSITIONS for role in t.roles} <= set(PEOPLE)
