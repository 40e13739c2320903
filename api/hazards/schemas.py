"""Shapes of hazards."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel

from api.evidence.router import evidence_url
from api.hazards.models import HazardState
from api.hazards.repository import HazardAndTicket
from api.kit.moment import Moment
from vision.types import HazardKind


class Hazard(BaseModel):
    """`xyxy` is px of a picture of size `source_wh`; `why` holds what the rule decided by (docs/events.md)."""

    id: str
    kind: HazardKind
    camera: str
    zone: str
    grid: str | None
    state: HazardState
    raised_at: Moment
    began_at: Moment
    cleared_at: Moment | None
    xyxy: tuple[float, float, float, float]
    source_wh: tuple[int, int]
    confidence: float
    why: dict[str, float | str]
    ticket_id: str | None
    still_url: str | None

    @classmethod
    def of(cls, found: HazardAndTicket) -> Self:
        row = found.hazard
        return cls.model_validate(
            {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
            | {"ticket_id": found.ticket_id, "still_url": evidence_url(row.evidence_id)}
        )


class Hazards(BaseModel):
    items: list[Hazard]
    next: str | None
