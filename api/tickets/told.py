"""What is told of a ticket, field by field: its own columns, what it says of its hazard, and what follows from both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from api.auth.service import Principal
from api.evidence.urls import evidence_url
from api.tickets import service
from api.tickets.models import TicketRow
from api.tickets.owner import Standing, owner_of

# Not told: what only the clockwork reads, and what is told under another name.
_KEPT_BACK = ("radius_m", "escalate_at", "closing_photo_id")
TOLD = tuple(column.key for column in TicketRow.__table__.columns if column.key not in _KEPT_BACK)
OF_HAZARD = ("state", "began_at", "cleared_at", "xyxy", "source_wh", "why", "evidence_id")
OF_STEP = ("at", "by", "command", "from_state", "to_state", "note")


class TicketLike(Standing, Protocol):
    """A `TicketRow`, or a line of a list that has its columns."""

    @property
    def kind(self) -> str: ...
    @property
    def dispatched_at(self) -> Any: ...
    @property
    def closing_photo_id(self) -> str | None: ...


def told(ticket: TicketLike, hazard: Any, steps: Iterable[Any], who: Principal) -> dict[str, Any]:
    """The fields of `schemas.Ticket` as `who` gets them. `hazard` has `OF_HAZARD`, each of `steps` has `OF_STEP`."""
    found = {name: getattr(ticket, name) for name in TOLD}
    if ticket.dispatched_at is None:  # its clocks have not begun
        found["respond_by"] = found["rectify_by"] = None
    found |= {name: getattr(hazard, name) for name in OF_HAZARD[1:-1]}
    found["hazard_state"] = hazard.state
    found["closing_photo"] = service.rule_of(ticket).closing_photo
    found["still_url"] = evidence_url(hazard.evidence_id)
    found["closing_photo_url"] = evidence_url(ticket.closing_photo_id)
    found["datum"] = "WGS-84"
    found["owner"] = owner_of(ticket)
    found["history"] = [_step(step) for step in steps]
    found["commands"] = service.commands_for(ticket, who)
    found["side_commands"] = service.side_commands_for(ticket, who)
    found["false_alarm_reasons"] = service.false_alarm_reasons(ticket, who)
    return found


def _step(step: Any) -> dict[str, Any]:
    return {
        "at": step.at,
        "by": step.by,
        "command": step.command,
        "from": step.from_state,
        "to": step.to_state,
        "note": step.note,
    }
