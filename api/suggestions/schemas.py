"""Shapes of suggestions."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.events.schemas import Still
from api.kit.moment import Moment
from api.suggestions.models import SuggestionRow
from streams.settings.ground import GroundSettings
from streams.site import ZoneSpec
from streams.suggest.proposal import MOST_ZONES, ProposedZone, Suggestion


class SuggestionIn(Suggestion):
    """What a worker or `sanxun site suggest` sends. `picture_jpeg` is base64, heads already unrecognisable."""

    picture_jpeg: Still | None = None


class SuggestionOut(BaseModel):
    """A suggestion as people see it: `streams.suggest.proposal.Suggestion`, who made it, and where its picture is."""

    id: str
    camera: str
    made_at: Moment
    made_by: str
    source_wh: tuple[int, int]
    watched_s: float
    looks: int
    vehicles: int
    stood: int
    zones: list[ProposedZone]
    small_objects: bool
    small_share: float
    key_interval_s: float | None
    ground: GroundSettings | None
    ground_boxes: int
    picture_url: str

    @classmethod
    def of(cls, row: SuggestionRow) -> Self:
        url = f"/api/v1/cameras/{row.camera}/suggestion/picture.jpg?of={row.id}"
        own = {"id": row.id, "camera": row.camera, "made_at": row.made_at, "made_by": row.made_by, "picture_url": url}
        return cls.model_validate(row.body | own)


class SuggestionLine(BaseModel):
    camera: str
    made_at: Moment
    zones: int

    @classmethod
    def of(cls, row: SuggestionRow) -> Self:
        return cls(camera=row.camera, made_at=row.made_at, zones=len(row.body["zones"]))


class Suggestions(BaseModel):
    items: list[SuggestionLine]
    next: str | None


def _apart(zones: list[ZoneSpec]) -> list[ZoneSpec]:
    ids = [zone.id for zone in zones]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise ValueError(f"zone ids must differ; given more than once: {', '.join(twice)}")
    return zones


class AcceptBody(BaseModel):
    """What a person takes of it, as they changed it. What is left out is discarded with the rest."""

    model_config = ConfigDict(extra="forbid")

    zones: Annotated[list[ZoneSpec], Field(max_length=MOST_ZONES), AfterValidator(_apart)] = []
    small_objects: bool = False
    ground: GroundSettings | None = None


class Accepted(BaseModel):
    """The zones under the ids that they were given, and the site's revision with them."""

    camera: str
    zones: list[str]
    revision: int
