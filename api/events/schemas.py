"""The body that workers send: what `streams.delivery.events.Event.to_json` writes, and nothing else."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from api.kit.base64_field import Base64
from api.kit.moment import MomentIn
from api.troubles.schemas import CameraChangeIn
from streams.delivery.events import SightedBy
from vision.types import Change, HazardKind

MOST_EVENTS = 100
MOST_STILL_BYTES = 4 * 1024 * 1024


def _still(jpeg: bytes) -> bytes:
    if len(jpeg) > MOST_STILL_BYTES:
        raise ValueError(f"a still should have at most {MOST_STILL_BYTES} bytes; this has {len(jpeg)}")
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise ValueError("a still should be a JPEG; this does not begin like one")
    return jpeg


Still = Annotated[Base64, AfterValidator(_still)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$", strict=True)]
# No control characters: PostgreSQL refuses NUL in text, and none is in a name.
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$", strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Word = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f]*$", strict=True)]
Side = Annotated[int, Field(strict=True, ge=1, le=65_535)]


class PlaceIn(BaseModel):
    """Where on the ground, WGS-84, with the ellipse that holds the truth in 95 of 100 cases: `streams.delivery.events`
    writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lon: Annotated[float, Field(strict=True, ge=-180, le=180)]
    lat: Annotated[float, Field(strict=True, ge=-90, le=90)]
    semi_major_m: Annotated[float, Field(strict=True, ge=0, le=100_000)]
    semi_minor_m: Annotated[float, Field(strict=True, ge=0, le=100_000)]
    bearing_deg: Annotated[float, Field(strict=True, ge=0, lt=360)]


class EventIn(BaseModel):
    """A hazard raised or cleared. `event_id` is the idempotency key; both events of a hazard share `incident_id`.

    `xyxy` is px of the source, whose size is `source_wh`. `still_jpeg` is base64, heads already unrecognisable.
    `why` takes names that this API does not know: workers may be newer. What moves says by `place` where it looked; of
    a fixed camera the API knows that.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_id: Key
    incident_id: Key
    event: Change
    hazard: HazardKind
    camera: Name
    zone: Name
    captured_at: MomentIn
    began_at: MomentIn
    media_time_s: Number
    began_s: Number
    xyxy: tuple[Number, Number, Number, Number]
    source_wh: tuple[Side, Side]
    confidence: Annotated[float, Field(strict=True, ge=0, le=1)]
    why: Annotated[dict[Annotated[str, Field(max_length=64)], Number | Word], Field(max_length=64)] = {}
    still_jpeg: Still | None = None
    place: PlaceIn | None = None
    source: SightedBy = SightedBy.CAMERA

    @model_validator(mode="after")
    def _sound(self) -> Self:
        x1, y1, x2, y2 = self.xyxy
        if x1 > x2 or y1 > y2:
            raise ValueError(f"xyxy must be x1, y1, x2, y2 with x1 <= x2 and y1 <= y2; got {self.xyxy}")
        return self


def _type_of(event: object) -> str:
    """Hazards came first, and carry no type."""
    named = event.get("type") if isinstance(event, dict) else getattr(event, "type", None)
    return "(hazard)" if named is None else f"({named})"


AnyEventIn = Annotated[
    Annotated[EventIn, Tag("(hazard)")] | Annotated[CameraChangeIn, Tag("(camera_health)")], Discriminator(_type_of)
]


class EventsIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    events: Annotated[list[AnyEventIn], Field(min_length=1, max_length=MOST_EVENTS)]


class EventsTaken(BaseModel):
    """`accepted` are new, `duplicates` had come before: both are safe here, and the sender may forget them."""

    accepted: list[str]
    duplicates: list[str]
