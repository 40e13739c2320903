"""`sanxun models` and `sanxun doctor` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from models.errors import UnsupportedModel


def sanxun(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_weights_are_added_listed_verified_and_timed(assets: Path, tmp_path: Path) -> None:
    file = assets / "weights" / "yolox_nano_416.onnx"
    added = sanxun("models", "add", file, "--name", "mine", "--data", tmp_path, "--json")
    assert added.exit_code == 0, added.output
    assert json.loads(added.stdout)["name"] == "mine"

    listed = {
        entry["name"]: entry for entry in json.loads(sanxun("models", "list", "--data", tmp_path, "--json").stdout)
    }
    assert listed["mine"]["head"] == "yolox"
    assert listed["mine"]["bytes"] == file.stat().st_size
    assert listed["mine"]["accuracy"]["ap50_coco_val128"] == 0.541
    text = sanxun("models", "list", "--data", tmp_path).stdout
    for word in ("mine", "two_wheeler", "416×416", "BGR", "3.7 MB", "Apache-2.0", "0.541", str(tmp_path)):
        assert word in text

    timed = json.loads(sanxun("models", "bench", "--model", "mine", "--data", tmp_path, "--json").stdout)
    assert timed["measured"] is True
    assert "fp32" in {figure["precision"] for figure in timed["figures"]}
    assert timed["precision"] == "fp32"
    assert timed["provider"] in {figure["provider"] for figure in timed["figures"]}
    kept = json.loads(sanxun("models", "bench", "--model", "mine", "--kept", "--data", tmp_path, "--json").stdout)
    assert kept == timed | {"measured": False}

    assert sanxun("models", "verify", "--data", tmp_path).exit_code == 0
    (tmp_path / "weights" / "mine.onnx").write_bytes(b"something else")
    verified = sanxun("models", "verify", "--data", tmp_path)
    assert verified.exit_code == 1
    assert "BAD  mine" in verified.stdout


def test_refused_weights_say_why(assets: Path, tmp_path: Path) -> None:
    result = sanxun("models", "add", assets / "weights" / "yunet_n_dynamic.onnx", "--data", tmp_path)
    assert isinstance(result.exception, UnsupportedModel)
    assert "expected one output, found" in str(result.exception)


def test_the_doctor_sees_this_machine(tmp_path: Path) -> None:
    found = {check["name"]: check for check in json.loads(sanxun("doctor", "--data", tmp_path, "--json").stdout)}
    assert {"python", "onnxruntime", "providers", "video", "h264 encoder", "data folder", "detector"} <= set(found)
    assert {check["state"] for check in found.values()} <= {"ok", "warn", "missing"}
    assert [name for name, check in found.items() if check["state"] == "missing" and not check["advice"]] == []
    assert "cpu" in found["providers"]["found"]


def test_the_doctor_names_the_detector_and_makes_no_folder(assets: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    sanxun("doctor", "--data", data)
    assert not data.exists()
    sanxun("models", "add", assets / "weights" / "yolox_nano_416.onnx", "--data", data)
    found = {check["name"]: check for check in json.loads(sanxun("doctor", "--data", data, "--json").stdout)}
    assert found["detector"]["state"] == "ok"
    default = next(
        line for line in sanxun("models", "list", "--data", data).stdout.splitlines() if "by default" in line
    )
    assert found["detector"]["found"].split()[0] == default.split()[0]


def test_the_doctor_finds_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("needs a file system that nobody can write to")
    result = sanxun("doctor", "--data", "/proc/self/sanxun", "--json")
    found = {check["name"]: check for check in json.loads(result.stdout)}
    assert found["data folder"]["state"] == "missing"
    assert result.exit_code == 1
