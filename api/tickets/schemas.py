"""Shapes of tickets."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.auth.service import Principal
from api.evidence.photos import MOST_BYTES
from api.hazards.kinds import Kind, Source
from api.hazards.models import HazardState
from api.kit.base64_field import Base64
from api.kit.moment import Moment, MomentIn
from api.tickets.false_alarm import FalseAlarm
from api.tickets.models import TicketRow
from api.tickets.owner import Owner
from api.tickets.states import Command, TicketState
from api.tickets.told import told

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


class Ticket(BaseModel):
    """`commands` are the next steps that the caller may take now, `side_commands` what else there is,
    `false_alarm_reasons` the words to report it as false with. `lon`, `lat` are WGS-84. `grid` is the unit that the
    place lies in (null: the whole site), `escalated_to` the one above that answers for it now (``*``: the command
    centre), `cause` why. `respond_by`, `rectify_by` are null until it is dispatched; while it is suspended they stand
    still with `respond_left_s`, `rectify_left_s` of open time left. `owner` is whose turn it is, until `due_at`.

    `began_at`, `cleared_at`, `xyxy`, `source_wh` and `why` are the hazard's: a phone needs its ticket alone.
    """

    id: str
    number: int
    state: TicketState
    kind: Kind
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
    respond_by: Moment | None
    rectify_by: Moment | None
    respond_left_s: float | None
    rectify_left_s: float | None
    respond_overdue: bool
    rectify_overdue: bool
    dispatched_at: Moment | None
    responded_at: Moment | None
    rectified_at: Moment | None
    closed_at: Moment | None
    decide_by: Moment | None
    ack_until: Moment | None
    suspended_until: Moment | None
    due_at: Moment | None
    owner: Owner | None
    source: Source
    cause: str
    department: str | None
    dispatched_to: list[str]
    escalated_to: str | None
    escalations: int
    recurrence_of: str | None
    merged_into: str | None
    closing_photo: Literal["required", "none"]
    still_url: str | None
    closing_photo_url: str | None
    version: int
    history: list[Step]
    commands: list[Command]
    side_commands: list[Command]
    false_alarm_reasons: list[FalseAlarm]

    @classmethod
    def of(cls, row: TicketRow, who: Principal) -> Self:
        return cls.model_validate(told(row, row.hazard, row.history, who))


class Tickets(BaseModel):
    items: list[Ticket]
    next: str | None


class CommandBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class UnitBody(CommandBody):
    """`unit` null: where the rules send it."""

    unit: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None


class SuspendBody(CommandBody):
    """`note` says why, `until` when the clocks go on."""

    until: MomentIn


class FalseAlarmBody(CommandBody):
    """What was wrong, in one of the ticket's `false_alarm_reasons`; a note may say more."""

    reason: FalseAlarm


class CloseBody(CommandBody):
    """`photo_jpeg` is base64 of a JPEG or PNG, only where the ticket's `closing_photo` is ``required``."""

    photo_jpeg: Annotated[Base64, Field(max_length=MOST_BYTES)] | None = None
