"""Shapes of whistles."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from api.auth.service import Principal
from api.evidence.urls import evidence_url
from api.hazards.kinds import Kind
from api.kit.moment import Moment
from api.tickets.schemas import Note
from api.tickets.states import TicketState
from api.whistles import service
from api.whistles.models import WhistleRow, WhistleState


class Whistle(BaseModel):
    """A call to a department, with what it must know of the ticket. `commands` are what the caller may answer now.
    `unit` is the level that called, `passed_to` the one that a refusal or silence went to (``*``: the command centre).
    """

    id: str
    ticket_id: str
    ticket_number: int
    ticket_state: TicketState
    kind: Kind
    camera_name: str
    zone_name: str
    grid: str | None
    lon: float | None
    lat: float | None
    datum: Literal["WGS-84"] = "WGS-84"
    still_url: str | None
    department: str
    reason: str
    state: WhistleState
    unit: str | None
    called_at: Moment
    answer_by: Moment
    answered_at: Moment | None
    answer: str
    passed_to: str | None
    commands: list[Literal["report", "refuse"]]

    @classmethod
    def of(cls, row: WhistleRow, who: Principal) -> Self:
        ticket = row.ticket
        own = {column.key: getattr(row, column.key) for column in WhistleRow.__table__.columns}
        withdrawn = row.state == WhistleState.CALLED and service.has_ended(row)
        return cls.model_validate(
            own
            | {
                "state": WhistleState.WITHDRAWN if withdrawn else row.state,
                "ticket_id": ticket.id,
                "ticket_state": ticket.state,
                "kind": ticket.kind,
                "camera_name": ticket.camera_name,
                "zone_name": ticket.zone_name,
                "grid": ticket.grid,
                "lon": ticket.lon,
                "lat": ticket.lat,
                "still_url": evidence_url(ticket.hazard.evidence_id),
                "commands": ["report", "refuse"] if service.may_answer(row, who) else [],
            }
        )


class Whistles(BaseModel):
    items: list[Whistle]
    next: str | None


class WhistleBody(BaseModel):
    """`department` is the id of one that answers for the place; `note` says what it is needed for."""

    model_config = ConfigDict(extra="forbid")

    department: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    note: Note
