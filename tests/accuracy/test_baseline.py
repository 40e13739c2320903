"""Baselines: what they keep, and when a run is worse."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli.eval.report import as_text, settle
from streams.accuracy.baseline import BaselineUnusable, baseline_of, lowered, read_baseline, write_baseline

HERE = Path(__file__).parent
SCORED: dict[str, Any] = {
    "kind": "fire_lane",
    "model": "m",
    "precision": "fp32",
    "planted_by": "other",
    "seeds": 3,
    "columns": {
        "real": {"materials": 0},
        "composed": {
            "materials": 3,
            "precision": 1.0,
            "recall": 0.9,
            "f1": 0.947,
            "false_alarms_per_camera_hour": 0.0,
            "raised_twice": 0,
            "late": 0,
            "cleared_early": 0,
            "material": [{"name": "clip.mp4", "origin": "a street", "licence": "CC BY 4.0"}],
        },
    },
}


def changed(**figures: float | None) -> dict[str, Any]:
    other = copy.deepcopy(SCORED)
    other["columns"]["composed"].update(figures)
    return other


@pytest.mark.parametrize(
    ("now", "worse"),
    [
        pytest.param({}, 0, id="the same"),
        pytest.param({"f1": 0.96}, 0, id="better"),
        pytest.param({"f1": 0.945}, 0, id="within chance"),
        pytest.param({"f1": 0.93}, 1, id="lower"),
        pytest.param({"f1": None}, 1, id="gone"),
        pytest.param({"false_alarms_per_camera_hour": 0.4, "raised_twice": 1}, 2, id="two of them"),
    ],
)
def test_a_lowered_figure_is_named(now: dict[str, float | None], worse: int) -> None:
    assert len(lowered(changed(**now), baseline_of(SCORED))) == worse


def test_a_figure_beside_the_columns_may_not_fall_either() -> None:
    scored = {**SCORED, "figures": {"tracks_group_f1": 0.86}}
    assert lowered({**SCORED, "figures": {"tracks_group_f1": 0.8}}, baseline_of(scored)) == [
        "tracks_group_f1 was 0.86 and is 0.8"
    ]
    assert lowered(scored, baseline_of(scored)) == []


def test_other_weights_or_seeds_say_nothing_of_a_change() -> None:
    with pytest.raises(BaselineUnusable, match="seeds 3, this run with 5"):
        lowered({**SCORED, "seeds": 5}, baseline_of(SCORED))


def test_a_written_baseline_holds_and_a_lowered_one_ends_with_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "deep" / "fire_lane.json"
    settle(SCORED, path, write=True)
    settle(SCORED, path, write=False)
    with pytest.raises(typer.Exit) as ended:
        settle(changed(recall=0.5), path, write=False)
    assert ended.value.exit_code == 1
    assert "composed recall was 0.9 and is 0.5" in capsys.readouterr().err


def test_what_is_no_baseline_says_how_to_write_one(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text("[]")
    with pytest.raises(BaselineUnusable, match="--write-baseline"):
        read_baseline(path)


def test_columns_without_material_are_not_kept() -> None:
    assert set(baseline_of(SCORED)["columns"]) == {"composed"}


def test_text_names_material_origin_and_licence_and_a_dash_for_no_figure() -> None:
    text = as_text(SCORED)
    assert "composed: clip.mp4: a street; licence CC BY 4.0" in text
    row = next(line for line in text.splitlines() if line.startswith("F1"))
    assert row.split() == ["F1", "-", "0.947"]


@pytest.mark.parametrize("path", sorted(HERE.glob("*.json")), ids=lambda path: path.stem)
def test_committed_baselines_can_be_compared_with(path: Path, tmp_path: Path) -> None:
    kept = read_baseline(path)
    assert kept["kind"] == path.stem
    assert lowered(kept, kept) == []
    copied = tmp_path / path.name
    write_baseline(kept, copied)
    assert json.loads(copied.read_text()) == kept
