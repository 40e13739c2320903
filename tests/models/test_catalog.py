"""The catalogue holds only files that were hashed, and says what is there."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from models import catalog
from models.entry import entry_of, read_entries, write_entry
from models.errors import CorruptModel, ModelError, UnknownModel, UnsupportedModel
from models.graph import recognise
from models.onnx_file import sha256_of

FOUR = "{0: 'person', 1: 'car', 2: 'bus', 3: 'truck'}"


def test_packaged_entries_are_of_the_files_beside_them() -> None:
    assert [verdict for verdict in catalog.verify(None) if not verdict[1]] == []


def test_known_entries_are_of_real_files(assets: Path) -> None:
    with (assets / "MANIFEST.tsv").open(encoding="utf-8") as stream:
        rows = {row[0]: row for row in csv.reader(stream, delimiter="\t")}
    for spec in read_entries(catalog.PACKAGED, "known", assets / "weights"):
        found = recognise(spec.path)
        assert spec.bytes == spec.path.stat().st_size == int(rows[f"weights/{spec.path.name}"][1])
        assert spec.sha256 == sha256_of(spec.path)
        assert (spec.head, spec.classes, spec.input_hw) == (found.head, found.classes, found.input_hw)
        assert (spec.channel_order, spec.scale) == (found.channel_order, pytest.approx(found.scale))


def test_a_known_file_keeps_its_name_licence_and_accuracy_wherever_it_lies(assets: Path, tmp_path: Path) -> None:
    path = tmp_path / "renamed.onnx"
    path.write_bytes((assets / "weights" / "yolox_nano_416.onnx").read_bytes())
    spec = catalog.find(str(path), None)
    assert (spec.name, spec.path, spec.channel_order) == ("yolox_nano", path, "bgr")
    assert spec.licence.startswith("Apache-2.0")
    assert spec.accuracy["ap50_coco_val128"] == 0.541


def test_added_weights_are_found_by_name_and_survive_the_original(make_onnx, tmp_path: Path) -> None:
    original = make_onnx((1, 8, 84), names=FOUR, license="MIT", name="ours.onnx")
    added = catalog.add(original, tmp_path / "data")
    original.unlink()
    found = catalog.find("ours", tmp_path / "data")
    assert found == added
    assert (found.licence, found.classes) == ("MIT", ("person", "car", "bus", "truck"))
    assert catalog.verify(tmp_path / "data")[-1][:2] == ("ours", True)


def test_adding_twice_is_adding_once(make_onnx, tmp_path: Path) -> None:
    path = make_onnx((1, 8, 84), names=FOUR)
    assert catalog.add(path, tmp_path / "data") == catalog.add(path, tmp_path / "data")
    assert [spec.name for spec in catalog.catalogue(tmp_path / "data")].count("tiny") == 1
    assert sorted(item.name for item in (tmp_path / "data" / "weights").iterdir()) == ["catalog.toml", "tiny.onnx"]


def test_a_name_is_not_taken_from_other_weights(make_onnx, tmp_path: Path) -> None:
    catalog.add(make_onnx((1, 8, 84), names=FOUR), tmp_path / "data")
    other = make_onnx((1, 8, 85), names=FOUR)
    with pytest.raises(ModelError, match="--name"):
        catalog.add(other, tmp_path / "data")
    assert catalog.add(other, tmp_path / "data", name="other").name == "other"
    assert catalog.find("tiny", tmp_path / "data").sha256 != catalog.find("other", tmp_path / "data").sha256


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "two words"])
def test_a_name_cannot_leave_the_folder(make_onnx, tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="no name for a model"):
        catalog.add(make_onnx((1, 8, 84), names=FOUR), tmp_path / "data", name=name)


def test_refused_weights_leave_nothing_behind(make_onnx, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel):
        catalog.add(make_onnx((1, 5, 5)), tmp_path / "data")
    assert list((tmp_path / "data" / "weights").iterdir()) == []


def test_weights_in_a_second_file_are_refused(make_onnx, tmp_path: Path) -> None:
    import numpy as np
    import onnx

    folder = tmp_path / "two"
    folder.mkdir()
    model = onnx.load(str(make_onnx(np.ones((1, 84, 84)))))
    onnx.save_model(model, str(folder / "split.onnx"), save_as_external_data=True, location="split.onnx.data")
    with pytest.raises(UnsupportedModel, match="second file"):
        catalog.add(folder / "split.onnx", tmp_path / "data")


def test_the_best_measured_is_the_default_and_the_unmeasured_come_last(make_onnx, tmp_path: Path) -> None:
    import dataclasses

    accuracy = {
        "coco": {"ap50_coco_val128": 0.9},
        "street": {"ap50_street": 0.2},
        "better": {"ap50_street": 0.4},
        "none": {},
    }
    for index, (name, figures) in enumerate(accuracy.items()):
        spec = catalog.add(make_onnx((1, 8, 84), names=FOUR, mark=str(index)), tmp_path, name=name)
        write_entry(tmp_path / "weights" / "catalog.toml", dataclasses.replace(spec, accuracy=figures))
    catalog.add(make_onnx((1, 5, 84), names="{0: 'license_plate'}"), tmp_path, name="a_plate_reader")
    own = [spec.name for spec in catalog.catalogue(tmp_path) if spec.name in {*accuracy, "a_plate_reader"}]
    assert own == ["better", "street", "coco", "a_plate_reader", "none"]
    assert catalog.find(None, tmp_path) == catalog.catalogue(tmp_path)[0]


def test_weights_that_see_nothing_are_never_the_default(make_onnx, tmp_path: Path) -> None:
    catalog.add(make_onnx((1, 5, 84), names="{0: 'license_plate'}"), tmp_path, name="plates")
    if any(spec.name != "plates" for spec in catalog.catalogue(tmp_path)):
        assert catalog.find(None, tmp_path).name != "plates"
    else:
        with pytest.raises(UnknownModel, match="models add"):
            catalog.find(None, tmp_path)


def test_a_changed_file_is_not_run(make_onnx, tmp_path: Path) -> None:
    spec = catalog.add(make_onnx((1, 8, 84), names=FOUR), tmp_path / "data")
    changed = bytearray(spec.path.read_bytes())
    changed[-1] ^= 1
    spec.path.write_bytes(changed)
    with pytest.raises(CorruptModel, match="expected sha256"):
        catalog.find("tiny", tmp_path / "data")
    assert catalog.verify(tmp_path / "data")[-1][1] is False
    spec.path.write_bytes(changed[:-1])
    with pytest.raises(CorruptModel, match="bytes"):
        catalog.find("tiny", tmp_path / "data")
    spec.path.unlink()
    assert "tiny" not in [spec.name for spec in catalog.catalogue(tmp_path / "data")]
    assert "missing" in catalog.verify(tmp_path / "data")[-1][2]


def test_a_data_folder_that_cannot_be_written_is_said(make_onnx, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, no folder", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be kept"):
        catalog.add(make_onnx((1, 8, 84), names=FOUR), tmp_path / "data")


def test_a_shipped_model_is_entered_beside_the_known_ones(make_onnx, tmp_path: Path) -> None:
    """As `street-v4` is: comments and known entries stay as they are."""
    packaged = tmp_path / "catalog.toml"
    packaged.write_text(catalog.PACKAGED.read_text(encoding="utf-8"), encoding="utf-8")
    known = read_entries(packaged, "known", tmp_path)
    shipped = recognise(make_onnx((1, 8, 84), names=FOUR), name="shipped")
    write_entry(packaged, shipped)
    assert shipped in read_entries(packaged, "model", tmp_path)
    assert read_entries(packaged, "known", tmp_path) == known
    assert packaged.read_text(encoding="utf-8").startswith("# Weights that Sanxun knows.")


def test_an_unknown_name_lists_what_there_is(make_onnx, tmp_path: Path) -> None:
    catalog.add(make_onnx((1, 8, 84), names=FOUR), tmp_path / "data", name="mine")
    with pytest.raises(UnknownModel, match="mine"):
        catalog.find("yours", tmp_path / "data")
    with pytest.raises(UnknownModel, match="known, but its file is not here"):
        catalog.find("yolo11n", tmp_path / "data")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[model", "is not a catalogue"),
        ('[[model]]\nname = "a"', "'a' is not in its form: file"),
        ('[[model]]\nname = "a"\nfile = "../a"', "file"),
    ],
)
def test_a_broken_catalogue_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "catalog.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CorruptModel, match=says):
        catalog.catalogue(tmp_path)


def test_an_entry_survives_being_written_and_read(make_onnx, tmp_path: Path) -> None:
    spec = recognise(make_onnx((1, 84, 84)))
    write_entry(tmp_path / "catalog.toml", spec)
    (again,) = read_entries(tmp_path / "catalog.toml", "model", tmp_path)
    assert again == spec
    assert entry_of(again)["classes"] == "coco80"
