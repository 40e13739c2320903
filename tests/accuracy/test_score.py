"""Scoring: what counts as a hit, as a false alarm, as late, as an all-clear."""

from __future__ import annotations

import pytest

from streams.accuracy.material import Column, Material, Stand, common
from streams.accuracy.score import Told, by_tag, judge, summary
from streams.accuracy.stage import visible_after_s
from streams.site import CameraSpec, ZoneSpec
from vision.types import Change, HazardKind

PARKING, LANE = HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE
BOX = (0.2, 0.2, 0.4, 0.4)
ELSEWHERE = (0.7, 0.7, 0.9, 0.9)
STAND = Stand(PARKING, "kerb", 30.0, 80.0, 50.0, 55.0, BOX)


def material(*truth: Stand, tags: tuple[str, ...] = (), tolerated: tuple[tuple[float, ...], ...] = ()) -> Material:
    zone = ZoneSpec(id="kerb", hazards=(PARKING,), polygon=((0, 0), (1, 0), (1, 1)), dwell_s=20, clear_s=3)
    camera = CameraSpec(id="cam", url="memory", zone=(zone,))
    return Material(
        "m",
        "somewhere",
        "CC0",
        Column.COMPOSED,
        camera,
        120.0,
        truth,
        lambda *_: iter(()),
        tags,
        tolerated,  # type: ignore[arg-type]
    )


def raised(at_s: float, xyxy: tuple[float, float, float, float] = BOX, slot: str = "a", **other: object) -> Told:
    told = {"kind": PARKING, "zone": "kerb", "change": Change.RAISED} | other
    return Told(at_s=at_s, xyxy=xyxy, slot_of=slot, why={}, **told)  # type: ignore[arg-type]


def cleared(at_s: float, slot: str = "a") -> Told:
    return raised(at_s, slot=slot, change=Change.CLEARED)


@pytest.mark.parametrize(
    ("told", "hits", "strays", "missed"),
    [
        pytest.param([raised(50.5)], 1, 0, 0, id="in time"),
        pytest.param([raised(49.2)], 1, 0, 0, id="a breath early"),
        pytest.param([raised(48.0)], 0, 1, 1, id="before its dwell is over"),
        pytest.param([raised(83.0)], 0, 1, 1, id="when it has gone"),
        pytest.param([raised(50.5, ELSEWHERE)], 0, 1, 1, id="somewhere else"),
        pytest.param([raised(50.5, kind=LANE)], 0, 1, 1, id="as another hazard"),
        pytest.param([raised(50.5), raised(70.0, slot="b")], 1, 1, 0, id="twice"),
        pytest.param([], 0, 0, 1, id="never"),
    ],
)
def test_a_raise_counts_once_for_what_stands_under_it(told: list[Told], hits: int, strays: int, missed: int) -> None:
    found = judge(material(STAND), told)
    assert (len(found.hits), len(found.strays), len(found.missed)) == (hits, strays, missed)


def test_delay_is_from_when_it_was_due_and_not_from_when_it_was_fair() -> None:
    found = judge(material(STAND), [raised(57.5), cleared(85.0)])
    assert [delay for _, delay in found.hits] == [2.5]
    assert not found.is_right
    assert summary([found])["late"] == 1


@pytest.mark.parametrize(
    ("at_s", "in_time", "early"),
    [(85.0, 1, 0), (60.0, 0, 1), (None, 0, 0)],
    ids=["after it has gone", "while it stands", "never"],
)
def test_an_all_clear_is_asked_for_once_the_thing_has_gone(at_s: float | None, in_time: int, early: int) -> None:
    told = [raised(50.5)] + ([] if at_s is None else [cleared(at_s)])
    found = judge(material(STAND), told)
    assert (found.cleared, found.clears_due, found.cleared_early) == (in_time, 1, early)
    assert found.is_right == (in_time == 1)


def test_what_stands_in_the_clip_itself_is_neither_hit_nor_false_alarm() -> None:
    found = judge(material(tolerated=(ELSEWHERE,)), [raised(50.0, ELSEWHERE)])
    assert (found.tolerated, found.strays, found.hits) == (1, [], [])


def test_a_summary_counts_over_materials_and_by_hour() -> None:
    right, empty = judge(material(STAND, tags=("rain",)), [raised(50.5)]), judge(material(), [raised(9.0)])
    total = summary([right, empty])
    assert (total["tp"], total["fp"], total["fn"]) == (1, 1, 0)
    assert (total["precision"], total["recall"], total["f1"]) == (0.5, 1.0, round(2 / 3, 4))
    assert total["false_alarms_per_camera_hour"] == 15.0  # one in four minutes
    assert by_tag([right, empty])["rain"]["tp"] == 1


def test_a_column_without_anything_has_no_figures() -> None:
    total = summary([])
    assert (total["precision"], total["recall"], total["f1"]) == (None, None, None)
    assert total["false_alarms_per_camera_hour"] is None


@pytest.mark.parametrize(
    ("hidden", "due_s"),
    [
        ([], 30.0),
        ([(12.0, 17.0)], 35.0),
        ([(5.0, 12.0)], 32.0),
        ([(40.0, 50.0)], 30.0),
        ([(12.0, 20.0), (15.0, 25.0)], 43.0),
        ([(29.0, 60.0)], 61.0),
    ],
    ids=["never", "within", "when it came", "later", "overlapping", "when due"],
)
def test_hidden_time_does_not_count_towards_what_is_due(hidden: list[tuple[float, float]], due_s: float) -> None:
    assert visible_after_s(10.0, 20.0, hidden) == due_s


def test_boxes_are_compared_by_the_smaller() -> None:
    assert common((0, 0, 1, 1), (0.25, 0.25, 0.5, 0.5)) == 1.0
    assert common(BOX, ELSEWHERE) == 0.0
