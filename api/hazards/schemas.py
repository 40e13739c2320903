"""Shapes of hazards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.evidence.urls import evidence_url
from api.hazards.kinds import Kind, Source
from api.hazards.models import HazardRow, HazardState, MergeRow
from api.hazards.repository import HazardAndTicket
from api.kit.moment import Moment
from api.mutes.models import MuteRow

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Id = Annotated[str, Field(max_length=64)]


class Sighting(BaseModel):
    """One word of one source. `xyxy` is px of a picture of size `source_wh`; `lon`, `lat` are WGS-84, and it lies
    within `uncertainty_m` of them in 95 of 100 cases; `words` are a person's."""

    id: str
    kind: Kind
    source: Source
    camera: str
    zone: str
    grid: str | None
    lon: float | None
    lat: float | None
    uncertainty_m: float | None
    state: HazardState
    raised_at: Moment
    began_at: Moment
    cleared_at: Moment | None
    xyxy: tuple[float, float, float, float]
    source_wh: tuple[int, int]
    confidence: float
    why: dict[str, float | str]
    words: str
    still_url: str | None

    @classmethod
    def values(cls, row: HazardRow) -> dict[str, object]:
        found = {name: getattr(row, name) for name in Sighting.model_fields if hasattr(row, name)}
        return found | {"still_url": evidence_url(row.evidence_id)}


class MutedBy(BaseModel):
    """The window that holds its ticket back, whose it is, and until when."""

    id: str
    purpose: Literal["mute", "maintenance"]
    reason: str
    by: str
    until: Moment


class Hazard(Sighting):
    """A thing, and all who saw it: itself and its `sightings`. `why` holds what the rule decided by (docs/events.md).
    `merged_into`: it is a sighting of that one, whose ticket `ticket_id` is. `muted`: kept, without a ticket yet."""

    ticket_id: str | None
    merged_into: str | None
    sightings: list[Sighting]
    muted: MutedBy | None

    @classmethod
    def of(
        cls,
        found: HazardAndTicket,
        sightings: Mapping[str, Sequence[HazardRow]] | None = None,
        mutes: Mapping[str, MuteRow] | None = None,
    ) -> Self:
        row = found.hazard
        mute = (mutes or {}).get(row.muted_by or "")
        muted = None
        if mute is not None:
            own = {"id": mute.id, "purpose": mute.purpose, "reason": mute.reason}
            muted = own | {"by": mute.created_by, "until": mute.ends_at}
        return cls.model_validate(
            Sighting.values(row)
            | {
                "ticket_id": found.ticket_id,
                "merged_into": row.merged_into,
                "sightings": [Sighting.values(one) for one in (sightings or {}).get(row.id, ())],
                "muted": muted,
            }
        )


class Hazards(BaseModel):
    items: list[Hazard]
    next: str | None


class Nearby(BaseModel):
    """What a hazard may be the same as. `verdict` ``same``: the system would merge them; ``perhaps``: a person decides.
    `ended`: its ticket is over, so that this would be a recurrence of it. Of another `kind`: merging takes `anyway`."""

    id: str
    kind: Kind
    source: Source
    state: HazardState
    ticket_id: str | None
    ticket_number: int | None
    ended: bool
    verdict: Literal["same", "perhaps"]
    why: dict[str, float | str]
    distance_m: float | None
    raised_at: Moment
    still_url: str | None


class NearbyHazards(BaseModel):
    items: list[Nearby]


class Merge(BaseModel):
    """One merge, and whether it was taken back. `by` is ``system`` where the rule decided."""

    hazard_id: str
    into_id: str
    at: Moment
    by: str
    why: dict[str, float | str]
    undone_at: Moment | None
    undone_by: str | None
    undone_why: str | None

    @classmethod
    def of(cls, row: MergeRow) -> Self:
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields})


class Merges(BaseModel):
    items: list[Merge]


class MergeBody(BaseModel):
    """`into` is the hazard that is the same thing; `anyway` merges what is of two kinds."""

    model_config = ConfigDict(extra="forbid")

    into: Id
    reason: Reason
    anyway: bool = False


class SplitBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class SeenBody(BaseModel):
    """A colleague's word on what somebody said to be done."""

    model_config = ConfigDict(extra="forbid")

    gone: bool
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class Picture(BaseModel):
    """`purpose`: ``still`` as it was raised, ``look`` when looked at again, ``report`` a person's, ``closing``."""

    hazard_id: str
    purpose: str
    at: Moment
    url: str


class Pictures(BaseModel):
    items: list[Picture]
