"""Eight-bit weights: made here from real pictures' ranges, kept, run, and judged like any faster precision."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.cli.int8 import computes, eight_bits, to_judge
from api.cli.pictures import Shown, folder_pictures
from api.cli.precision import precision_check
from models import measure
from models.catalog import find
from models.errors import NoProvider, NotQuantised
from models.graph import recognise
from models.int8 import LEAST_PICTURES, PICTURES, quantise, with_int8
from models.kept import Figure, Kept
from models.session import open_session
from models.spec import Head, ModelSpec
from tests.models.conftest import IN_PX

FP32, INT8 = ("openvino", "fp32"), ("openvino", "int8")
gains = pytest.mark.skipif(not computes(), reason="no OpenVINO here, so nothing gains by eight bits")


@pytest.fixture(scope="module")
def made(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelSpec, Path, list[str]]:
    """The default detector in eight bits, its data folder, and what was said."""
    data, said = tmp_path_factory.mktemp("data"), list[str]()
    pictures = folder_pictures(assets / "pictures" / "street" / "train", None, 48)
    return eight_bits(find("street-v4", data), pictures, data, said.append), data, said


@gains
def test_it_is_made_once_and_found_again(made: tuple[ModelSpec, Path, list[str]]) -> None:
    spec, data, said = made
    assert spec.int8 is not None
    assert spec.int8.stat().st_size < 0.4 * spec.path.stat().st_size
    assert said == ["making the eight-bit version of street-v4, ranges from 12 pictures"]
    assert find("street-v4", data) == spec
    assert list(spec.int8.parent.iterdir()) == [spec.int8]  # nothing is left lying about


@gains
def test_real_weights_in_eight_bits_agree_with_float32_on_other_pictures(
    made: tuple[ModelSpec, Path, list[str]], assets: Path
) -> None:
    pictures = folder_pictures(assets / "pictures" / "street" / "valid", None, 24)
    (one,) = precision_check(made[0], pictures, "street")(FP32, [INT8])
    assert one.boxes > 20
    assert one.ap50 > 0.9


@gains
def test_it_takes_a_pictures_bytes_as_they_are(made: tuple[ModelSpec, Path, list[str]]) -> None:
    session = open_session(made[0], provider="openvino", precision="int8", takes_bytes=True)
    assert session.takes_bytes
    assert session.run(np.full((1, 3, 384, 640), 90, np.uint8)).shape == (1, 300, 6)


@gains
def test_it_is_timed_beside_the_others_and_used_once_checked(made: tuple[ModelSpec, Path, list[str]]) -> None:
    spec = made[0]
    figures = {(one.provider, one.precision): one for one in measure.measure(spec, 1, budget_s=0.1)}
    assert figures[INT8].error is None
    assert figures[INT8].median_ms is not None
    without = measure.measure(replace(spec, int8=None), 1, budget_s=0.1)
    assert INT8 not in {(one.provider, one.precision) for one in without}


@gains
def test_a_file_that_was_removed_is_not_chosen(make_onnx, tmp_path: Path) -> None:
    spec = recognise(make_onnx(np.random.default_rng(1).random((1, 84, 84)) * IN_PX))
    Kept(tmp_path).keep_speed(spec, 1, (Figure(*FP32, 0.5, 90.0, 90.0, 11), Figure(*INT8, 0.5, 20.0, 20.0, 11)))
    assert measure.choose(replace(spec, int8=spec.path), tmp_path, precision="int8").precision == "int8"
    assert measure.choose(spec, tmp_path).precision == "fp32"
    with pytest.raises(NoProvider):
        measure.choose(spec, tmp_path, precision="int8")


def test_without_a_file_the_session_says_how_to_get_one(make_onnx) -> None:
    spec = recognise(make_onnx(np.random.default_rng(1).random((1, 84, 84)) * IN_PX))
    with pytest.raises(
        NoProvider, match=r"no eight-bit version of tiny .* sanxun models bench --pictures DIR|cpu|int8"
    ):
        open_session(spec, provider="openvino" if computes() else None, precision="int8")


def test_too_few_pictures_and_other_heads_are_refused_and_leave_nothing(make_onnx, tmp_path: Path) -> None:
    spec = recognise(make_onnx(np.random.default_rng(1).random((1, 84, 84)) * IN_PX))
    inputs = [np.zeros((1, 3, 64, 64), np.float32)] * LEAST_PICTURES
    with pytest.raises(NotQuantised, match=f"at least {LEAST_PICTURES} pictures .* got 3"):
        quantise(spec, inputs[:3], tmp_path)
    with pytest.raises(NotQuantised, match="nanodet"):
        quantise(replace(spec, head=Head.NANODET), inputs, tmp_path)
    spec.path.write_bytes(b"cut off")
    with pytest.raises(NotQuantised, match="tiny cannot be made into eight bits"):
        quantise(spec, inputs, tmp_path)
    assert with_int8(spec, tmp_path).int8 is None
    assert not list(tmp_path.rglob("*.making*"))


def test_pictures_that_gave_ranges_do_not_judge() -> None:
    pictures = [Shown(np.full((1, 1, 3), number, np.uint8)) for number in range(4 * PICTURES + 6)]
    judging = [int(one.rgb[0, 0, 0]) for one in to_judge(pictures)]
    gave = set(range(0, 4 * PICTURES, 4))
    assert judging == [number for number in range(len(pictures)) if number not in gave]


@gains
def test_the_command_makes_it_times_it_and_judges_it(assets: Path, tmp_path: Path) -> None:
    asked = ["models", "bench", "--model", "street-v4", "--pictures", str(assets / "pictures" / "coco_val128")]
    ran = CliRunner().invoke(app, [*asked, "--classes", "coco80", "--data", str(tmp_path), "--json"])
    assert ran.exit_code == 0, ran.output
    facts = json.loads(ran.stdout)
    checked = [one for one in facts["accuracy"] if one["precision"] == "int8"]
    times = {one["precision"]: one["median_ms"] for one in facts["figures"] if one["provider"] == "openvino"}
    assert times["int8"] > 0
    if times["int8"] < times["fp32"]:
        assert (checked[0]["truth"], checked[0]["pictures"]) == ("labels", 96)
        assert abs(checked[0]["loss"]) < 0.03
