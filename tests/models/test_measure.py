"""Provider and precision are chosen by measuring, and the choice is kept with its figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import machine, measure, providers
from models.accuracy import LEAST_BOXES, Accuracy, Candidate
from models.errors import NoProvider
from models.graph import recognise
from models.kept import Figure, Kept
from models.spec import Head, ModelSpec
from tests.models.conftest import IN_PX

FP32, BF16 = ("openvino", "fp32"), ("openvino", "bf16")
# A CPU with AMX, as one was measured.
TIMES = (Figure("openvino", "fp32", 0.5, 91.0, 90.0, 11), Figure("openvino", "bf16", 0.5, 35.0, 34.0, 11))


@pytest.fixture
def spec(make_onnx) -> ModelSpec:
    return recognise(make_onnx(np.random.default_rng(1).random((1, 84, 84)) * IN_PX))


@pytest.fixture
def timed(spec: ModelSpec, tmp_path: Path) -> Path:
    """A data folder where bf16 was found to be faster."""
    Kept(tmp_path).keep_speed(spec, 1, TIMES)
    return tmp_path


def ticking(step_s: float) -> Callable[[], float]:
    """A clock that moves by `step_s` at every look."""
    now = [0.0]

    def look() -> float:
        now[0] += step_s
        return now[0]

    return look


def found(loss: float, boxes: int = 500, truth: str = "labels") -> Accuracy:
    before = 0.7 if truth == "labels" else 1.0
    return Accuracy(*BF16, truth, 200, boxes, before, round(before - loss, 4), "street")  # type: ignore[arg-type]


class Scripted:
    """A check that gives one answer and remembers what it was asked."""

    def __init__(self, answer: Accuracy) -> None:
        self.answer = answer
        self.asked: list[tuple[Candidate, list[Candidate]]] = []

    def __call__(self, exact: Candidate, faster: Sequence[Candidate]) -> list[Accuracy]:
        self.asked.append((exact, list(faster)))
        return [self.answer]


def test_every_provider_is_measured_in_every_precision_and_the_fastest_float32_chosen(
    spec: ModelSpec, tmp_path: Path
) -> None:
    choice = measure.choose(spec, tmp_path)
    without_int8 = {one for one in providers.candidates() if one[1] != "int8"}  # its weights are a file of their own
    assert {(figure.provider, figure.precision) for figure in choice.figures} == without_int8
    assert all(figure.error is None and figure.difference < 0.01 for figure in choice.figures)
    exact = [figure for figure in choice.figures if figure.precision == "fp32"]
    fastest = min(exact, key=lambda figure: figure.median_ms)
    assert (choice.provider, choice.precision, choice.threads) == (fastest.provider, "fp32", 1)
    assert choice.figure == fastest


def test_the_kept_choice_is_used_until_asked_again(spec: ModelSpec, tmp_path: Path) -> None:
    first = measure.choose(spec, tmp_path)
    second = measure.choose(spec, tmp_path, clock=ticking(1e6))
    assert (first.measured, second.measured) == (True, False)
    assert second.figures == first.figures
    assert measure.choose(spec, tmp_path, again=True).measured


def test_times_are_kept_apart_by_weights_and_threads(spec: ModelSpec, tmp_path: Path) -> None:
    measure.choose(spec, tmp_path)
    assert measure.choose(spec, tmp_path, threads=2).measured
    assert measure.choose(replace(spec, sha256="0" * 64), tmp_path).measured
    assert len(json.loads((tmp_path / "providers.json").read_text(encoding="utf-8"))["speed"]) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"speed": 1, "accuracy": []}'])
def test_a_damaged_record_is_measured_again(spec: ModelSpec, tmp_path: Path, text: str) -> None:
    (tmp_path / "providers.json").write_text(text, encoding="utf-8")
    assert measure.choose(spec, tmp_path).measured
    assert not measure.choose(spec, tmp_path).measured


def test_a_slow_machine_gets_few_runs(spec: ModelSpec, tmp_path: Path) -> None:
    slow = measure.choose(spec, tmp_path, clock=ticking(10.0), budget_s=4.0)
    quick = measure.choose(spec, tmp_path, clock=ticking(0.0), budget_s=4.0, again=True)
    assert {figure.runs for figure in slow.figures} == {5}
    assert {figure.runs for figure in quick.figures} == {11}


def test_faster_but_never_checked_is_not_used_and_it_says_so(spec: ModelSpec, timed: Path) -> None:
    choice = measure.choose(spec, timed)
    assert (choice.provider, choice.precision) == FP32
    assert "never checked" in choice.reason
    assert "sanxun models bench --pictures" in choice.reason


@pytest.mark.parametrize(
    ("accuracy", "precision"),
    [
        (found(0.003), "bf16"),
        (found(-0.01), "bf16"),
        (found(0.0031), "fp32"),
        (found(0.0, boxes=LEAST_BOXES - 1), "fp32"),
        (found(0.0031, truth="agreement"), "bf16"),
        (found(0.05, truth="agreement"), "fp32"),
    ],
    ids=["just within", "better than float32", "just beyond", "too few boxes", "agrees", "disagrees"],
)
def test_a_checked_precision_is_used_only_within_its_limit_and_from_then_on(
    spec: ModelSpec, timed: Path, accuracy: Accuracy, precision: str
) -> None:
    check = Scripted(accuracy)
    choice = measure.choose(spec, timed, check=check)
    assert check.asked == [(FP32, [BF16])]
    assert choice.precision == precision
    assert f"{accuracy.ap50:.4f}" in choice.reason
    later = measure.kept_choice(spec, timed)
    assert later == choice
    assert measure.choose(spec, timed).precision == precision


def test_other_weights_gain_nothing_from_a_check(spec: ModelSpec, timed: Path) -> None:
    measure.choose(spec, timed, check=Scripted(found(0.0)))
    other = replace(spec, sha256="0" * 64)
    Kept(timed).keep_speed(other, 1, TIMES)
    assert measure.choose(other, timed).precision == "fp32"


def test_a_check_holds_for_any_number_of_threads(spec: ModelSpec, timed: Path) -> None:
    measure.choose(spec, timed, check=Scripted(found(0.0)))
    Kept(timed).keep_speed(spec, 2, TIMES)
    assert measure.choose(spec, timed, threads=2).precision == "bf16"


def test_what_is_slower_than_float32_is_not_checked(spec: ModelSpec, tmp_path: Path) -> None:
    Kept(tmp_path).keep_speed(spec, 1, (TIMES[0], replace(TIMES[1], median_ms=92.0)))
    check = Scripted(found(0.0))
    choice = measure.choose(spec, tmp_path, check=check)
    assert (check.asked, choice.precision, choice.reason) == ([], "fp32", "")


def test_a_precision_asked_for_by_name_is_given_unchecked(spec: ModelSpec, timed: Path) -> None:
    choice = measure.choose(spec, timed, precision="bf16")
    assert (choice.provider, choice.precision) == BF16
    assert "never checked" in choice.reason


def test_a_precision_that_nothing_computes_in_is_an_error(spec: ModelSpec, timed: Path) -> None:
    with pytest.raises(NoProvider, match="computes in fp16"):
        measure.choose(spec, timed, precision="fp16")


def test_weights_that_nothing_runs_say_why_for_each_provider_and_are_not_kept(spec: ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(NoProvider, match="cpu fp32: cpu cannot load"):
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


def test_gpus_are_named_as_their_driver_lists_them(tmp_path: Path) -> None:
    for bus, model in (("0000:81:00.0", "NVIDIA L4"), ("0000:01:00.0", "NVIDIA A2")):
        (tmp_path / bus).mkdir()
        (tmp_path / bus / "information").write_text(f"Model: \t\t {model}\nIRQ:   \t\t 16\nGPU UUID: \t GPU-1\n")
    assert machine.gpus(tmp_path) == ("NVIDIA A2", "NVIDIA L4")


def test_what_was_measured_holds_for_these_gpus(spec: ModelSpec, timed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Kept(timed).speed(spec, 1) == TIMES
    monkeypatch.setattr(machine, "gpus", lambda: ("NVIDIA L4",))
    assert Kept(timed).speed(spec, 1) is None
