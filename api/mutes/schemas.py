"""Shapes of mute and maintenance windows."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.hazards.kinds import MACHINE_KINDS, Kind
from api.kit.moment import Moment, MomentIn
from api.mutes.models import MuteRow
from api.mutes.service import kinds_of

Purpose = Literal["mute", "maintenance"]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$")]


class MuteBody(BaseModel):
    """A window over a `camera`, over one `zone` of it, or over a `unit` of the town with all beneath it. It ends at
    `ends_at` by itself. `kinds` empty: every kind; `starts_at` null: now."""

    model_config = ConfigDict(extra="forbid")

    purpose: Purpose = "mute"
    camera: Name | None = None
    zone: Name | None = None
    unit: Name | None = None
    kinds: Annotated[list[Kind], Field(max_length=len(Kind))] = []
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    starts_at: MomentIn | None = None
    ends_at: MomentIn

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.camera is None) == (self.unit is None):
            raise ValueError("give either a camera, perhaps with a zone of it, or a unit")
        if self.zone is not None and self.camera is None:
            raise ValueError("a zone is one of a camera: give both")
        people = sorted(set(self.kinds) - set(MACHINE_KINDS))
        if people:
            raise ValueError(f"only what machines raise can be muted, not {', '.join(people)}")
        return self


class Mute(BaseModel):
    """`holds`: now. `hazards`: how many it holds back now, kept, with no ticket until it ends."""

    id: str
    purpose: Purpose
    camera: str | None
    zone: str | None
    unit: str | None
    kinds: list[Kind]
    reason: str
    starts_at: Moment
    ends_at: Moment
    ended_at: Moment | None
    ended_by: str | None
    created_at: Moment
    created_by: str
    holds: bool
    hazards: int

    @classmethod
    def of(cls, row: MuteRow, holds: bool, hazards: int) -> Self:
        columns = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        return cls.model_validate(columns | {"kinds": kinds_of(row), "holds": holds, "hazards": hazards})


class Mutes(BaseModel):
    items: list[Mute]
    next: str | None
