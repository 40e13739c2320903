"""Whose turn a ticket is: every open one is somebody's."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from api.tickets.assign import CENTRE_UNIT, Placed, answering
from api.tickets.states import ENDED, TicketState


class Owner(StrEnum):
    CENTRE = "centre"  # the command centre decides
    UNIT = "unit"  # whoever is on duty in the unit that answers for it
    PERSON = "person"  # the assignee
    DEPARTMENT = "department"  # the one that has reported, as long as nobody of the grid holds it


class Standing(Placed, Protocol):
    """What says whose turn a ticket is."""

    @property
    def state(self) -> str: ...
    @property
    def assignee(self) -> str | None: ...
    @property
    def department(self) -> str | None: ...


_CENTRES = (TicketState.RECEIVED, TicketState.REGISTERED, TicketState.VERIFYING)


def owner_of(ticket: Standing) -> Owner | None:
    """None once it has ended."""
    state = TicketState(ticket.state)
    if state in ENDED:
        return None
    if state in _CENTRES:
        return Owner.CENTRE
    if state is TicketState.WORKING and ticket.assignee:
        return Owner.PERSON
    if ticket.department:
        return Owner.DEPARTMENT
    return Owner.CENTRE if answering(ticket) == CENTRE_UNIT else Owner.UNIT
