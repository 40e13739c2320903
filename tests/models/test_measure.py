"""The provider is chosen by measuring, and the choice is kept with its figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import measure, providers
from models.errors import NoProvider
from models.graph import recognise
from models.spec import Head, ModelSpec


@pytest.fixture
def spec(make_onnx) -> ModelSpec:
    return recognise(make_onnx(np.random.default_rng(1).random((1, 84, 84))))


def ticking(step_s: float) -> Callable[[], float]:
    """A clock that moves by `step_s` at every look."""
    now = [0.0]

    def look() -> float:
        now[0] += step_s
        return now[0]

    return look


def test_every_provider_is_measured_and_the_fastest_chosen(spec: ModelSpec, tmp_path: Path) -> None:
    choice = measure.choose(spec, tmp_path)
    assert {figure.provider for figure in choice.figures} == set(providers.available())
    assert all(figure.error is None and figure.difference < 0.01 for figure in choice.figures)
    fastest = min(choice.figures, key=lambda figure: figure.median_ms)
    assert (choice.provider, choice.precision, choice.threads) == (fastest.provider, "fp32", 1)


def test_the_kept_choice_is_used_until_asked_again(spec: ModelSpec, tmp_path: Path) -> None:
    first = measure.choose(spec, tmp_path)
    second = measure.choose(spec, tmp_path, clock=ticking(1e6))
    assert (first.measured, second.measured) == (True, False)
    assert second.figures == first.figures
    assert measure.choose(spec, tmp_path, again=True).measured


def test_the_choice_is_kept_apart_by_weights_threads_and_precision(spec: ModelSpec, tmp_path: Path) -> None:
    measure.choose(spec, tmp_path)
    assert measure.choose(spec, tmp_path, threads=2).measured
    assert measure.choose(replace(spec, sha256="0" * 64), tmp_path).measured
    assert len(json.loads((tmp_path / "providers.json").read_text(encoding="utf-8"))) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}'])
def test_a_damaged_record_is_measured_again(spec: ModelSpec, tmp_path: Path, text: str) -> None:
    (tmp_path / "providers.json").write_text(text, encoding="utf-8")
    assert measure.choose(spec, tmp_path).measured
    assert not measure.choose(spec, tmp_path).measured


def test_a_slow_machine_gets_few_runs(spec: ModelSpec, tmp_path: Path) -> None:
    slow = measure.choose(spec, tmp_path, clock=ticking(10.0), budget_s=4.0)
    quick = measure.choose(spec, tmp_path, clock=ticking(0.0), budget_s=4.0, again=True)
    assert {figure.runs for figure in slow.figures} == {5}
    assert {figure.runs for figure in quick.figures} == {11}


def test_faster_but_less_exact_is_only_offered_by_name(spec: ModelSpec, tmp_path: Path) -> None:
    assert {figure.precision for figure in measure.choose(spec, tmp_path).figures} == {"fp32"}
    able = [name for name in providers.available() if providers.supports(name, "bf16")]
    if not able:
        with pytest.raises(NoProvider):
            measure.choose(spec, tmp_path, precision="bf16")
        pytest.skip(f"no provider here computes in bf16: {', '.join(providers.available())}")
    choice = measure.choose(spec, tmp_path, precision="bf16")
    assert [(figure.provider, figure.precision) for figure in choice.figures] == [(name, "bf16") for name in able]


def test_weights_that_nothing_runs_say_why_for_each_provider_and_are_not_kept(spec: ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(NoProvider, match="cpu: cpu cannot load"):
        measure.choose(replace(spec, path=Path(__file__)), tmp_path)
    assert not (tmp_path / "providers.json").exists()


def test_a_folder_that_cannot_be_written_costs_only_the_next_measurement(spec: ModelSpec, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("no folder", encoding="utf-8")
    assert measure.choose(spec, occupied).measured


def test_wrong_answers_differ_and_reordered_rows_do_not() -> None:
    rows = np.random.default_rng(2).random((1, 300, 6)).astype(np.float32)
    assert measure._difference(Head.END_TO_END, rows[:, ::-1], rows) == 0
    for wrong in (rows * 0, rows * 1.1, rows * np.nan, rows[:, :10]):
        assert measure._difference(Head.END_TO_END, wrong, rows) > 0.01
    only_scores = rows.copy()
    only_scores[..., 4:] = 0
    assert measure._difference(Head.END_TO_END, only_scores, rows) > 0.01
