"""One thing and all that was said of it: a head and its sightings, and whether it is there now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians

from api.hazards.kinds import PASSING, WATCHING, Kind, Source
from api.hazards.merging import (
    RULES,
    Judgement,
    Sighted,
    Verdict,
    across_kinds,
    distance_m,
    fills_again,
    judge,
    same_place,
)
from api.hazards.models import HazardRow, HazardState

_ORDER = {Verdict.SAME: 0, Verdict.PERHAPS: 1, Verdict.OTHER: 2}


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a new hazard fits a head: the judgement against the one of its sightings that it fits best."""

    head_id: str
    against: str
    judgement: Judgement


def sighted(row: HazardRow) -> Sighted:
    wide, high = row.source_wh
    left, top, right, bottom = row.xyxy
    return Sighted(
        id=row.id,
        kind=Kind(row.kind),
        source=Source(row.source),
        camera=row.camera,
        zone=row.zone,
        lon=row.lon,
        lat=row.lat,
        uncertainty_m=row.uncertainty_m,
        began_at=row.began_at,
        seen_at=row.raised_at,
        until=row.source_cleared_at,
        xyxy=(left / wide, top / high, right / wide, bottom / high),
    )


def alike(new: HazardRow, known: HazardRow) -> Judgement:
    """The judgement against one row alone."""
    return judge(sighted(new), sighted(known))


def fit_across(new: HazardRow, head: HazardRow) -> Fit:
    """How well a hazard fits a head of another kind."""
    return Fit(head.id, head.id, across_kinds(sighted(new), sighted(head)))


def fit(new: HazardRow, head: HazardRow, members: Sequence[HazardRow]) -> Fit:
    """`members`: the head's sightings. What a camera says of its own hazards outweighs what their places suggest."""
    mine = sighted(new)
    fits = [Fit(head.id, row.id, judge(mine, sighted(row))) for row in (head, *members)]
    own = [one for one, row in zip(fits, (head, *members), strict=True) if new.camera and row.camera == new.camera]
    for one in own:
        if "its own apart" in str(one.judgement.why.get("rule")):
            return one
    return min(fits, key=lambda one: _ORDER[one.judgement.verdict])


def place_again(new: HazardRow, old: HazardRow) -> dict[str, float | str] | None:
    """Why the new one lies where the old one lay; None where it does not."""
    return same_place(sighted(new), sighted(old))


def again(new: HazardRow, old: HazardRow) -> dict[str, float | str] | None:
    """Why the new one is the old one once more; None where it is not."""
    return fills_again(sighted(new), sighted(old))


def cleared_at(head: HazardRow, members: Sequence[HazardRow]) -> datetime | None:
    """When the thing was seen gone; None while it is there, as far as anybody knows.

    Those that watch it all the time decide; where none does, those that pass by; where none does, people, through the
    ticket. A drone that has not come by again keeps nothing open that a camera sees gone.
    """
    rows = (head, *members)
    for sources in (WATCHING, PASSING):
        said = [row.source_cleared_at for row in rows if row.source in sources]
        if said:
            return None if any(moment is None for moment in said) else max(moment for moment in said if moment)
    return head.source_cleared_at


def settle(head: HazardRow, members: Sequence[HazardRow]) -> bool:
    """Bring the head's state in line with what was said; returns whether it changed."""
    moment = cleared_at(head, members)
    state = HazardState.OPEN if moment is None else HazardState.CLEARED
    changed = state != head.state
    head.state, head.cleared_at = state, moment
    return changed


def reach_degrees(row: HazardRow) -> tuple[float, float]:
    """How far, in degrees of lon and lat, anything may lie that could be the same thing: generous, for the index."""
    metres = RULES[Kind(row.kind)].radius_m + 3 * max(row.uncertainty_m or 0.0, 60.0)
    high = metres / 111_320.0
    return high / max(cos(radians(row.lat or 0.0)), 0.01), high


def distance(one: HazardRow, two: HazardRow) -> float | None:
    """Metres on the ground between two hazards; None where one of them has no place."""
    return distance_m(sighted(one), sighted(two))
