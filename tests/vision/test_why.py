"""Why: one plain sentence, whatever figures an event brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from vision.hazards.why import FIGURES, PHRASES, sentence, told
from vision.types import HazardKind

PARKED: dict[str, float | str] = {
    "dwell_s": 62.04,
    "slot": 3,
    "limit_s": 60.0,
    "looks": 32.0,
    "boxes": 31.0,
    "unknown_s": 2.0,
}


@pytest.mark.parametrize(
    ("kind", "why", "said"),
    [
        (
            HazardKind.ILLEGAL_PARKING,
            PARKED,
            "stood 62 s in place #3; limit 60 s; seen in 31 of 32 looks; 2 s unknown",
        ),
        (HazardKind.FIRE_LANE, PARKED | {"clear_s": 3}, "seen gone for 3 s"),
        (
            HazardKind.ILLEGAL_PARKING,
            {"dwell_s": 62.0, "limit_s": 60.0, "unknown_s": 0.2, "detected": 0.9},
            "lasted 62 s; limit 60 s",
        ),
        (
            HazardKind.GATHERING,
            {"slot": 1, "count": 12, "radius_m": 2.5, "limit_count": 8, "limit_s": 60, "dwell_s": 61},
            "lasted 61 s; 12 people; within 2.5 m; limit 8 people for 60 s",
        ),
        (
            HazardKind.FIRE_LANE,
            {"what": "thing", "slot": 2, "dwell_s": 31.0, "blocked_share": 0.416},
            "something, no vehicle, stood 31 s in place #2; takes 42% of the lane's width",
        ),
        (
            HazardKind.FIRE_LANE,
            {"what": "vehicle", "slot": 2, "dwell_s": 31.0},
            "stood 31 s in place #2",
        ),
        (HazardKind.GATHERING, {"count": 7, "growth_per_min": -18.0}, "7 people"),
        (HazardKind.WIRING, {}, ""),
    ],
    ids=["parked", "cleared", "an earlier worker's", "gathering", "thing", "vehicle", "shrinking", "nothing"],
)
def test_figures_become_a_sentence(kind: HazardKind, why: dict[str, float | str], said: str) -> None:
    found = sentence(kind, why)
    assert said in found
    assert "detected" not in found
    assert "0 s unknown" not in found
    assert "-18" not in found


def test_details_name_the_weights_and_what_raising_takes() -> None:
    why: dict[str, float | str] = {"confidence": 0.812, "threshold": 0.35, "model": "street-v4", "precision": "bf16"}
    assert sentence(HazardKind.FIRE_LANE, why) == ""
    details = sentence(HazardKind.FIRE_LANE, why, details=True)
    assert details == "confidence 0.81, 0.35 needed; found by street-v4 in bf16"


def test_a_figure_of_tomorrow_is_shown_by_its_name_among_the_details() -> None:
    assert sentence(HazardKind.WIRING, {"strands": 4.0, "clear_s": 3}) == "seen gone for 3 s"
    assert sentence(HazardKind.WIRING, {"strands": 4.0, "clear_s": 3}, details=True) == "seen gone for 3 s; strands 4"


def test_an_event_carries_no_number_that_is_none() -> None:
    assert told({"a": float("nan"), "b": float("inf"), "c": 1.23456, "d": "bf16"}) == {"c": 1.235, "d": "bf16"}


def test_every_figure_is_said_and_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
    assert [name for name in FIGURES if f"`{name}`" not in page] == []
    assert {name for phrase in PHRASES for name in phrase.figures} | {"what"} == set(FIGURES)


def test_a_long_word_is_cut_to_what_the_api_takes() -> None:
    assert told({"model": "m" * 65, "dwell_s": 3.00049}) == {"model": "m" * 64, "dwell_s": 3.0}
