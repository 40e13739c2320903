"""Filing a report: a hazard like any other, seen by a person. The caller owns the transaction."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass

from api.evidence import repository as evidence
from api.hazards import service as hazards
from api.hazards.kinds import Kind, Source
from api.hazards.models import HazardRow, HazardState
from api.hazards.places import spot_at
from api.hazards.service import Arrived
from api.reports.eye import Proposal
from api.reports.models import ReportRow
from api.reports.words import without_persons
from api.tickets.desk import Desk

# A phone that does not say how well it knows where it is.
UNKNOWN_ACCURACY_M = 30.0
_WHOLE = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Filing:
    """A report as it came. `lon`, `lat` are WGS-84, `uncertainty_m` holds in 95 of 100 cases. `by` is the account, None
    for a resident. `photo`: sha256 and size of the cleaned photo, and what the detectors made of it."""

    way: str
    kind: Kind
    words: str
    lon: float | None
    lat: float | None
    uncertainty_m: float
    by: str | None = None
    point: str | None = None
    address: str = ""
    photo: tuple[str, int] | None = None
    proposed: Proposal | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """`receipt` is the resident's secret, shown once; None for an account."""

    report: ReportRow
    arrived: Arrived
    receipt: str | None


def receipt_hash(receipt: str) -> str:
    return hashlib.sha256(receipt.encode()).hexdigest()


async def file(desk: Desk, filing: Filing) -> Filed:
    """Written down, merged or given a ticket, all in one transaction."""
    hazard = _hazard(desk, filing)
    if filing.photo is not None:
        sha256, size = filing.photo
        hazard.evidence_id = evidence.record(desk.session, hazard.id, "report", sha256, size, desk.now)
    arrived = await hazards.arrive(desk, hazard, waits=filing.waits, place_name=filing.address)
    receipt = secrets.token_urlsafe(18) if filing.by is None else None
    report = ReportRow(
        id=str(uuid.uuid4()),
        hazard_id=hazard.id,
        way=filing.way,
        at=desk.now,
        by=filing.by,
        receipt_sha256=receipt_hash(receipt) if receipt else None,
        point=filing.point,
        address=filing.address,
        proposed=_kept(filing.proposed),
        answered=None,
    )
    desk.session.add(report)
    await desk.session.flush()
    return Filed(report, arrived, receipt)


def _hazard(desk: Desk, filing: Filing) -> HazardRow:
    proposed = filing.proposed
    agrees = proposed is not None and proposed.kind is filing.kind
    box = proposed.xyxy if proposed and agrees else (*_WHOLE[:2], *proposed.source_wh) if proposed else _WHOLE
    grid = place = None
    if filing.lon is not None and filing.lat is not None:
        grid = spot_at(filing.lon, filing.lat, filing.uncertainty_m, desk.town).grid
    return HazardRow(
        id=str(uuid.uuid4()),
        kind=filing.kind.value,
        source=(Source.REPORT if filing.by is None or filing.way == "open311" else Source.MANUAL).value,
        camera="",
        zone="",
        grid=grid,
        lon=filing.lon,
        lat=filing.lat,
        uncertainty_m=filing.uncertainty_m if filing.lon is not None else None,
        place=place,
        state=HazardState.OPEN,
        raised_at=desk.now,
        began_at=desk.now,
        cleared_at=None,
        xyxy=list(box),
        source_wh=list(proposed.source_wh) if proposed else [1, 1],
        confidence=proposed.confidence if proposed and agrees else 1.0,
        why={},
        words=without_persons(filing.words),
    )


def _kept(proposed: Proposal | None) -> dict[str, object] | None:
    if proposed is None:
        return None
    return {
        "kind": proposed.kind.value if proposed.kind else None,
        "confidence": proposed.confidence,
        "xyxy": list(proposed.xyxy),
        "source_wh": list(proposed.source_wh),
        "because": proposed.because,
    }
