"""Shapes of reports."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from api.evidence.photos import MOST_BYTES
from api.evidence.urls import evidence_url
from api.hazards.kinds import Kind, Source
from api.kit.base64_field import Base64
from api.kit.gcj02 import to_wgs84
from api.kit.moment import Moment
from api.reports.models import ReportPointRow
from api.reports.repository import Reported
from api.reports.service import UNKNOWN_ACCURACY_M
from api.reports.words import MOST_WORDS
from streams.site import Datum

Photo = Annotated[Base64, Field(max_length=MOST_BYTES)]
Words = Annotated[str, Field(max_length=2 * MOST_WORDS)]


class WhereIn(BaseModel):
    """Where the thing is. `datum` is never guessed: in GCJ-02 the same figures lie some hundred metres away.
    `accuracy_m` as a phone tells it: within it in 95 of 100 cases; null where it does not say."""

    model_config = ConfigDict(extra="forbid")

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    datum: Datum
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] | None = None

    def wgs84(self) -> tuple[float, float]:
        return to_wgs84(self.lon, self.lat, self.datum)

    @property
    def uncertainty_m(self) -> float:
        return UNKNOWN_ACCURACY_M if self.accuracy_m is None else max(self.accuracy_m, 1.0)


class ProposalIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    photo_jpeg: Photo
    where: WhereIn | None = None


class Suggested(BaseModel):
    """A hazard nearby that this may be; `why` in figures."""

    hazard_id: str
    kind: Kind
    source: Source
    ticket_number: int | None
    ended: bool
    distance_m: float | None
    raised_at: Moment


class ProposalOut(BaseModel):
    """What the detectors make of a photo. `kind` null: nothing that they know, choose one of `kinds`. `xyxy` is px of
    `source_wh`. `unit` is the smallest unit that the place lies in. `nearby`: the same thing, perhaps."""

    kind: Kind | None
    confidence: float
    xyxy: tuple[float, float, float, float]
    source_wh: tuple[int, int]
    because: str
    unit: str | None
    kinds: list[Kind]
    nearby: list[Suggested]


class ReportIn(BaseModel):
    """What somebody on foot saw. `kind` null: as the detectors propose from the photo, and ``other`` where they know
    nothing. `photo_jpeg` is base64 of a JPEG or PNG."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    words: Words = ""
    where: WhereIn
    photo_jpeg: Photo | None = None


class Report(BaseModel):
    """A report and what became of it: its hazard, what that was merged into, and the ticket that answers for it."""

    id: str
    way: Literal["phone", "qr", "open311"]
    at: Moment
    kind: Kind
    words: str
    address: str
    lon: float | None
    lat: float | None
    hazard_id: str
    merged_into: str | None
    ticket_id: str | None
    ticket_number: int | None
    ticket_state: str | None
    photo_url: str | None
    proposed: dict[str, object] | None

    @classmethod
    def of(cls, found: Reported) -> Self:
        report, hazard, ticket = found
        return cls.model_validate(
            {
                "id": report.id,
                "way": report.way,
                "at": report.at,
                "kind": hazard.kind,
                "words": hazard.words,
                "address": report.address,
                "lon": hazard.lon,
                "lat": hazard.lat,
                "hazard_id": hazard.id,
                "merged_into": hazard.merged_into,
                "ticket_id": ticket.id if ticket else None,
                "ticket_number": ticket.number if ticket else None,
                "ticket_state": ticket.state if ticket else None,
                "photo_url": evidence_url(hazard.evidence_id),
                "proposed": report.proposed,
            }
        )


class Reports(BaseModel):
    items: list[Report]
    next: str | None


class PointIn(BaseModel):
    """A place for a QR code. `radius_m`: how far around it people report from."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f]*$")]
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    datum: Datum
    radius_m: Annotated[float, Field(gt=0, le=500)] = 20.0


class Point(BaseModel):
    """`lon`, `lat` are WGS-84. `url` is what the code holds, `code_url` the code to print, as SVG."""

    id: str
    name: str
    lon: float
    lat: float
    radius_m: float
    grid: str | None
    url: str
    code_url: str
    created_at: Moment
    retired_at: Moment | None

    @classmethod
    def of(cls, row: ReportPointRow, base_url: str) -> Self:
        columns = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        urls = {"url": report_url(base_url, row.id), "code_url": f"/api/v1/report-points/{row.id}/code.svg"}
        return cls.model_validate(columns | urls)


def report_url(base_url: str, point_id: str) -> str:
    return f"{base_url}/report?p={point_id}"


class Points(BaseModel):
    items: list[Point]
    next: str | None


class PublicPoint(BaseModel):
    """What a resident's page needs."""

    name: str
    site: str
    kinds: list[Kind]


class PublicReportIn(BaseModel):
    """A resident's report: no name, no number, no account."""

    model_config = ConfigDict(extra="forbid")

    point: Annotated[str, Field(max_length=64)]
    kind: Kind
    words: Words = ""
    photo_jpeg: Photo | None = None


class Receipt(BaseModel):
    """`receipt` is a secret that is shown once: with it, and without a name, the reporter sees what became of it."""

    receipt: str


Progress = Literal["received", "known", "working", "checking", "settled", "not_taken_up"]


class Followed(BaseModel):
    """What became of a report. `asked`: said to be done, and no camera can look: is it gone?"""

    progress: Progress
    kind: Kind
    at: Moment
    asked: bool
    answered: Literal["gone", "there"] | None


class AnswerIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    gone: bool
