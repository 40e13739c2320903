"""Shapes of tickets."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.auth.service import Principal
from api.evidence.photos import MOST_BYTES
from api.evidence.router import evidence_url
from api.hazards.models import HazardState
from api.kit.base64_field import Base64
from api.kit.moment import Moment
from api.tickets import service
from api.tickets.false_alarm import FalseAlarm
from api.tickets.models import TicketRow, TicketStep
from api.tickets.states import Command, TicketState
from vision.types import HazardKind

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class Step(BaseModel):
    """One line of a ticket's history. `from` is null at its beginning and equals `to` for a mere note."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    at: Moment
    by: str
    command: Command
    from_state: Annotated[TicketState | None, Field(alias="from")]
    to_state: Annotated[TicketState, Field(alias="to")]
    note: str

    @classmethod
    def of(cls, row: TicketStep) -> Self:
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields}, by_name=True)


class Ticket(BaseModel):
    """`commands` are those that the caller may give now, `false_alarm_reasons` the words to report it as false with.
    `lon`, `lat` are WGS-84. `grid` null: the whole site's.

    `began_at`, `cleared_at`, `xyxy`, `source_wh` and `why` are the hazard's: a phone needs its ticket alone.
    """

    id: str
    number: int
    state: TicketState
    kind: HazardKind
    hazard_id: str
    hazard_state: HazardState
    began_at: Moment
    cleared_at: Moment | None
    xyxy: tuple[float, float, float, float]
    source_wh: tuple[int, int]
    why: dict[str, float | str]
    camera: str
    camera_name: str
    zone: str
    zone_name: str
    grid: str | None
    assignee: str | None
    lon: float | None
    lat: float | None
    datum: Literal["WGS-84"] = "WGS-84"
    created_at: Moment
    changed_at: Moment
    respond_by: Moment
    rectify_by: Moment
    closing_photo: Literal["required", "none"]
    still_url: str | None
    closing_photo_url: str | None
    version: int
    history: list[Step]
    commands: list[Command]
    false_alarm_reasons: list[FalseAlarm]

    @classmethod
    def of(cls, row: TicketRow, who: Principal) -> Self:
        columns = {column.key: getattr(row, column.key) for column in TicketRow.__table__.columns}
        return cls.model_validate(
            columns
            | {
                "hazard_state": row.hazard.state,
                "began_at": row.hazard.began_at,
                "cleared_at": row.hazard.cleared_at,
                "xyxy": row.hazard.xyxy,
                "source_wh": row.hazard.source_wh,
                "why": row.hazard.why,
                "closing_photo": service.rule_of(row).closing_photo,
                "still_url": evidence_url(row.hazard.evidence_id),
                "closing_photo_url": evidence_url(row.closing_photo_id),
                "history": [Step.of(step) for step in row.history],
                "commands": service.commands_for(row, who),
                "false_alarm_reasons": service.false_alarm_reasons(row, who),
            }
        )


class Tickets(BaseModel):
    items: list[Ticket]
    next: str | None


class CommandBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class FalseAlarmBody(CommandBody):
    """What was wrong, in one of the ticket's `false_alarm_reasons`; a note may say more."""

    reason: FalseAlarm


class CloseBody(CommandBody):
    """`photo_jpeg` is base64 of a JPEG or PNG, only where the ticket's `closing_photo` is ``required``."""

    photo_jpeg: Annotated[Base64, Field(max_length=MOST_BYTES)] | None = None
