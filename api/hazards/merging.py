"""Whether two hazards are the same thing: by place, kind and time, with the reason in figures. No database here.

Sure enough, and the system merges by itself; perhaps, and a person is asked; no, and each stays its own. Two wrongly
merged hide a hazard, two not merged cost a worker one look: so the system merges only what both sources place well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import cos, hypot, radians

from api.hazards.kinds import PASSING, PEOPLES, WATCHING, Kind, Source

_M_PER_DEGREE = 111_320.0
_SAME_BOX_IOU = 0.6
# The same drone or car in the same pass tells two things apart that stand beside each other; in the next it does not.
_ANOTHER_PASS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class MergeRule:
    """`radius_m`: how far apart two sightings of one thing may be placed. `unsure_m`: how far both together may be out
    for the system to merge by itself. `lasts`: how long a thing that nobody watches is taken to be there still.
    `by_itself` False: a person is always asked."""

    radius_m: float
    unsure_m: float
    lasts: timedelta
    by_itself: bool = True


_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
RULES: dict[Kind, MergeRule] = {
    Kind.ILLEGAL_PARKING: MergeRule(12, 25, 12 * _HOUR),
    Kind.FIRE_LANE: MergeRule(20, 30, _DAY),
    Kind.WIRING: MergeRule(15, 30, 30 * _DAY),
    Kind.GATHERING: MergeRule(50, 80, 2 * _HOUR),
    Kind.AGEING_FACILITY: MergeRule(15, 30, 30 * _DAY),
    Kind.DAMAGED_FACILITY: MergeRule(15, 30, 30 * _DAY),
    Kind.CLUTTERED_STAIRS: MergeRule(15, 30, 30 * _DAY),
    Kind.E_BIKE: MergeRule(15, 30, 12 * _HOUR),
    Kind.RUBBISH: MergeRule(20, 30, 7 * _DAY),
    # Two unnamed things at one place are often two things.
    Kind.OTHER: MergeRule(15, 30, 7 * _DAY, by_itself=False),
}
SLACK = timedelta(minutes=5)
RECURS_WITHIN = timedelta(days=30)
AGAIN_WITHIN = timedelta(hours=1)


class Verdict(StrEnum):
    SAME = "same"
    PERHAPS = "perhaps"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sighted:
    """What is known of one hazard, or sighting, for comparing. `until` None: there still; `xyxy` relative, 0 to 1;
    `uncertainty_m` holds in 95 of 100 cases; `lon`, `lat` WGS-84, None where nothing says."""

    id: str
    kind: Kind
    source: Source
    camera: str
    zone: str
    lon: float | None
    lat: float | None
    uncertainty_m: float | None
    began_at: datetime
    seen_at: datetime
    until: datetime | None
    xyxy: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Judgement:
    """`why` holds words and figures: `rule`, and `distance_m`, `radius_m`, `unsure_m`, `minutes_apart` where known."""

    verdict: Verdict
    why: dict[str, float | str]


def distance_m(one: Sighted, two: Sighted) -> float | None:
    """On the ground; None where one of them has no place."""
    if one.lon is None or one.lat is None or two.lon is None or two.lat is None:
        return None
    east = (one.lon - two.lon) * cos(radians((one.lat + two.lat) / 2))
    return hypot(east, one.lat - two.lat) * _M_PER_DEGREE


def judge(new: Sighted, known: Sighted) -> Judgement:
    """What the newer one is to the one that was there."""
    if new.kind is not known.kind:
        return Judgement(Verdict.OTHER, {"rule": "another kind"})
    if new.camera and new.camera == known.camera and (told := _same_camera(new, known)) is not None:
        return told
    return _by_place(new, known, RULES[new.kind])


def across_kinds(new: Sighted, known: Sighted) -> Judgement:
    """Whether two of different kinds may be one thing, such as a lorry that blocks a fire lane where nobody may park
    either. A person alone says so."""
    if new.camera and new.camera == known.camera and new.source in WATCHING:
        iou = round(_iou(new.xyxy, known.xyxy), 2)
        if iou >= _SAME_BOX_IOU:
            return Judgement(Verdict.PERHAPS, {"rule": "one box, of another kind", "iou": iou})
        return Judgement(Verdict.OTHER, {"rule": "one camera tells its own apart"})
    apart_m, unsure_m = distance_m(new, known), _unsure_m(new, known)
    radius_m = min(RULES[new.kind].radius_m, RULES[known.kind].radius_m)
    if apart_m is None or apart_m > radius_m + unsure_m:
        return Judgement(Verdict.OTHER, {"rule": "too far apart"})
    figures: dict[str, float | str] = {
        "distance_m": round(apart_m, 1),
        "radius_m": radius_m,
        "unsure_m": round(unsure_m, 1),
    }
    return Judgement(Verdict.PERHAPS, {"rule": "near, of another kind", **figures})


def same_place(new: Sighted, old: Sighted) -> dict[str, float | str] | None:
    """Why the newer lies where the older lay, whatever the time between them; None where it does not."""
    if new.kind is not old.kind:
        return None
    if new.camera and new.camera == old.camera and new.source in WATCHING:
        iou = _iou(new.xyxy, old.xyxy)
        return {"rule": "same box in the same camera", "iou": round(iou, 2)} if iou >= 0.3 else None
    rule, apart_m = RULES[new.kind], distance_m(new, old)
    if apart_m is None or apart_m > rule.radius_m or _unsure_m(new, old) > rule.unsure_m:
        return None
    return {"rule": "same place", "distance_m": round(apart_m, 1), "radius_m": rule.radius_m}


def fills_again(new: Sighted, old: Sighted) -> dict[str, float | str] | None:
    """Why the newer is the older once more: the same box of a fixed camera, which saw it free for less than an hour.
    None where it is not; what the camera saw both at once is two things."""
    if new.source not in WATCHING or (new.camera, new.zone) != (old.camera, old.zone) or old.until is None:
        return None
    free, place = new.seen_at - old.until, same_place(new, old)
    if place is None or not timedelta() <= free < AGAIN_WITHIN:
        return None
    return {**place, "rule": "there again before it was settled", "minutes_apart": round(free.total_seconds() / 60, 1)}


def _same_camera(new: Sighted, known: Sighted) -> Judgement | None:
    """A camera tells its own hazards apart, but for one thing in two zones that overlap. None: that says nothing."""
    if new.source in WATCHING:
        iou = _iou(new.xyxy, known.xyxy)
        at_once = known.until is None and new.zone != known.zone
        if at_once and iou >= _SAME_BOX_IOU:
            return Judgement(Verdict.SAME, {"rule": "one box in two zones of a camera", "iou": round(iou, 2)})
        return Judgement(Verdict.OTHER, {"rule": "one camera tells its own apart"})
    if new.source in PASSING and abs(new.seen_at - known.seen_at) < _ANOTHER_PASS:
        return Judgement(Verdict.OTHER, {"rule": "one pass tells its own apart"})
    return None


def _by_place(new: Sighted, known: Sighted, rule: MergeRule) -> Judgement:
    apart_m, unsure_m = distance_m(new, known), _unsure_m(new, known)
    if apart_m is None:
        return Judgement(Verdict.OTHER, {"rule": "one of them has no place"})
    why: dict[str, float | str] = {
        "distance_m": round(apart_m, 1),
        "radius_m": rule.radius_m,
        "unsure_m": round(unsure_m, 1),
    }
    if apart_m > rule.radius_m + unsure_m:
        return Judgement(Verdict.OTHER, {"rule": "too far apart", **why})
    gap = _gap(new, known, rule)
    why["minutes_apart"] = round(gap.total_seconds() / 60, 1)
    if gap > SLACK:
        return Judgement(Verdict.PERHAPS, {"rule": "near, at another time", **why})
    if apart_m > rule.radius_m:
        return Judgement(Verdict.PERHAPS, {"rule": "near, as far as the places are known", **why})
    if unsure_m > rule.unsure_m:
        return Judgement(
            Verdict.PERHAPS, {"rule": "near, but a place is too coarse", "most_unsure_m": rule.unsure_m, **why}
        )
    if not rule.by_itself:
        return Judgement(Verdict.PERHAPS, {"rule": "near; of this kind a person decides", **why})
    return Judgement(Verdict.SAME, {"rule": "same kind, place and time", **why})


def _gap(new: Sighted, known: Sighted, rule: MergeRule) -> timedelta:
    """The time between the two; none where they overlap. What nobody watches is taken to be there for a while."""
    until = known.until
    if until is None and (known.source in PASSING or known.source in PEOPLES):
        until = known.seen_at + rule.lasts
    after = timedelta(0) if until is None else new.seen_at - until
    return max(after, known.began_at - (new.until or new.seen_at), timedelta(0))


def _unsure_m(one: Sighted, two: Sighted) -> float:
    return hypot(one.uncertainty_m or 0.0, two.uncertainty_m or 0.0)


def _iou(one: tuple[float, float, float, float], two: tuple[float, float, float, float]) -> float:
    wide = min(one[2], two[2]) - max(one[0], two[0])
    high = min(one[3], two[3]) - max(one[1], two[1])
    if wide <= 0 or high <= 0:
        return 0.0
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, two))
    union = area - wide * high  # 0 for boxes so thin that their areas vanish
    return wide * high / union if union > 0 else 0.0
