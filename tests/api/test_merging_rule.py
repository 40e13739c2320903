"""When two hazards are one: the rule by itself, without a server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.hazards import merging
from api.hazards.kinds import MACHINE_KINDS, Kind, Source
from api.hazards.merging import RULES, Sighted, Verdict, fills_again, judge, same_place
from vision.types import HazardKind

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EAST_1_M = 1 / (111_320 * 0.8861)
DRONE = Sighted(
    id="d",
    kind=Kind.ILLEGAL_PARKING,
    source=Source.DRONE,
    camera="drone-1",
    zone="air",
    lon=113.86,
    lat=27.62,
    uncertainty_m=6.0,
    began_at=NOON,
    seen_at=NOON,
    until=None,
    xyxy=(0.1, 0.1, 0.3, 0.3),
)
PHONE = replace(DRONE, id="p", source=Source.REPORT, camera="", zone="", uncertainty_m=10.0)
CAMERA = replace(DRONE, id="c", source=Source.CAMERA, camera="cam-1", zone="aisle", uncertainty_m=40.0)


def east(one: Sighted, metres: float) -> Sighted:
    assert one.lon is not None
    return replace(one, lon=one.lon + metres * EAST_1_M)


def at(one: Sighted, later: timedelta) -> Sighted:
    return replace(one, began_at=NOON + later, seen_at=NOON + later)


SAME, PERHAPS, OTHER = Verdict.SAME, Verdict.PERHAPS, Verdict.OTHER


@pytest.mark.parametrize(
    ("new", "known", "verdict"),
    [
        (PHONE, DRONE, SAME),
        (east(PHONE, 11), DRONE, SAME),
        (east(PHONE, 14), DRONE, PERHAPS),
        (east(PHONE, 60), DRONE, OTHER),
        (replace(PHONE, kind=Kind.FIRE_LANE), DRONE, OTHER),
        (replace(PHONE, uncertainty_m=60.0), DRONE, PERHAPS),
        (PHONE, CAMERA, PERHAPS),
        (PHONE, replace(CAMERA, uncertainty_m=8.0), SAME),
        (replace(PHONE, lon=None, lat=None), DRONE, OTHER),
        (at(PHONE, timedelta(hours=11)), DRONE, SAME),
        (at(PHONE, timedelta(hours=13)), DRONE, PERHAPS),
        (at(PHONE, timedelta(hours=13)), replace(CAMERA, uncertainty_m=8.0), SAME),
        (at(PHONE, timedelta(hours=1)), replace(DRONE, until=NOON + timedelta(minutes=5)), PERHAPS),
        (at(PHONE, timedelta(minutes=9)), replace(DRONE, until=NOON + timedelta(minutes=5)), SAME),
        (replace(DRONE, id="e"), DRONE, OTHER),
        (at(replace(DRONE, id="e"), timedelta(hours=1)), DRONE, SAME),
        (replace(CAMERA, id="x"), CAMERA, OTHER),
        (replace(CAMERA, id="x", zone="lane"), CAMERA, SAME),
        (replace(PHONE, kind=Kind.OTHER), replace(DRONE, kind=Kind.OTHER), PERHAPS),
    ],
    ids=[
        "same place",
        "within the radius",
        "a little beyond it",
        "far",
        "another kind",
        "a phone that hardly knows where it is",
        "a camera that does not say where it looks",
        "a camera whose zone has a place",
        "no place",
        "a drone's word, 11 h old",
        "a drone's word, 13 h old",
        "a camera that still sees it",
        "an hour after it left",
        "just after it left",
        "the same pass",
        "the next pass",
        "one camera, two hazards",
        "one box in two zones",
        "of this kind a person decides",
    ],
)
def test_what_is_one_and_what_is_two(new: Sighted, known: Sighted, verdict: Verdict) -> None:
    found = judge(new, known)
    assert found.verdict is verdict, found.why
    assert found.why["rule"]


GONE = replace(CAMERA, until=NOON + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("new", "old", "minutes"),
    [
        (at(CAMERA, timedelta(minutes=7)), GONE, 2.0),
        (at(CAMERA, timedelta(minutes=64)), GONE, 59.0),
        (at(CAMERA, timedelta(minutes=65)), GONE, None),
        (at(CAMERA, timedelta(minutes=4)), GONE, None),
        (at(CAMERA, timedelta(minutes=7)), CAMERA, None),
        (at(replace(CAMERA, zone="lane"), timedelta(minutes=7)), GONE, None),
        (at(replace(CAMERA, kind=Kind.FIRE_LANE), timedelta(minutes=7)), GONE, None),
        (at(replace(CAMERA, xyxy=(0.3, 0.1, 0.5, 0.3)), timedelta(minutes=7)), GONE, None),
        (at(DRONE, timedelta(minutes=7)), replace(DRONE, until=NOON + timedelta(minutes=5)), None),
    ],
    ids=[
        "soon",
        "within the hour",
        "after it",
        "seen both",
        "there still",
        "other zone",
        "other kind",
        "beside",
        "drone",
    ],
)
def test_a_place_fills_again_where_its_camera_saw_it_free(new: Sighted, old: Sighted, minutes: float | None) -> None:
    found = fills_again(new, old)
    assert (found and found["minutes_apart"]) == minutes


def test_every_kind_has_its_own_distance() -> None:
    """FixMyStreet 4456, 4746, 5162: the distance of duplicates is a matter of the category."""
    assert set(RULES) == set(Kind)
    assert RULES[Kind.GATHERING].radius_m > 3 * RULES[Kind.ILLEGAL_PARKING].radius_m
    assert tuple(kind.value for kind in HazardKind) == MACHINE_KINDS


def test_the_same_place_again_is_told_by_box_or_by_ground() -> None:
    later = timedelta(days=3)
    assert same_place(at(CAMERA, later), CAMERA) == {"rule": "same box in the same camera", "iou": 1.0}
    assert same_place(replace(CAMERA, xyxy=(0.6, 0.6, 0.8, 0.8)), CAMERA) is None
    assert same_place(at(PHONE, later), DRONE) is not None
    assert same_place(east(PHONE, 40), DRONE) is None


def test_boxes_without_an_area_are_compared() -> None:
    """Else one such event fails for ever, and the hundred that are sent with it."""
    sliver = (0.0, 0.0, 1e-200, 1e-200)
    assert merging._iou(sliver, sliver) == 0.0
