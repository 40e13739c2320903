"""A detector is known by its graph; what is not read is refused in words that help."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from models import catalog
from models.errors import UnknownModel, UnsupportedModel
from models.graph import cells, read, recognise
from models.labels import COCO_80
from models.spec import Head, Task

# A 64×64 picture has 8·8 + 4·4 + 2·2 = 84 cells: as many as a COCO head has rows, the worst case for shapes alone.
FOUR = "{0: 'person', 1: 'car', 2: 'bus', 3: 'truck'}"


def test_cells_of_the_usual_sizes() -> None:
    assert [cells((640, 640)), cells((416, 416)), cells((384, 640))] == [8400, 3549, 5040]


@pytest.mark.parametrize(
    ("answer", "metadata", "head", "classes"),
    [
        ((1, 8, 84), {"names": FOUR}, Head.YOLO, ("person", "car", "bus", "truck")),
        ((1, 84, 84), {}, Head.YOLO, COCO_80),
        ((1, 8, 85), {"names": FOUR}, Head.YOLO, ("person", "car", "bus", "truck")),
        ((1, 8, 340), {"names": FOUR}, Head.YOLO, ("person", "car", "bus", "truck")),
        ((1, 84, 9), {"names": FOUR}, Head.YOLOX, ("person", "car", "bus", "truck")),
        ((1, 84, 85), {}, Head.YOLOX, COCO_80),
        ((1, 84, 6), {"names": "{0: 'car'}"}, Head.YOLOX, ("car",)),
        ((1, 84, 6), {"names": FOUR, "end2end": "True"}, Head.END_TO_END, ("person", "car", "bus", "truck")),
        ((1, 300, 6), {"names": FOUR}, Head.END_TO_END, ("person", "car", "bus", "truck")),
    ],
    ids=["yolo", "yolo-coco", "yolo-p6", "yolo-p2", "yolox", "yolox-coco", "yolox-one-class", "e2e-by-name", "e2e"],
)
def test_a_head_is_recognised(make_onnx, answer, metadata, head, classes) -> None:
    spec = recognise(make_onnx(answer, **metadata))
    assert (spec.head, spec.classes, spec.input_hw) == (head, classes, (64, 64))
    assert (spec.channel_order, spec.scale) == (("bgr", 1.0) if head is Head.YOLOX else ("rgb", 1 / 255))


@pytest.mark.parametrize(
    ("answer", "options", "says"),
    [
        ((1, 252, 85), {}, "YOLOv5"),
        ((1, 84, 84), {"inputs": {"images": (1, 3, 64, 64), "size": (1, 2)}}, "expected one input"),
        ((1, 84, 84), {"outputs": 2}, "expected one output, found 2"),
        ((1, 84, 84), {"task": "pose"}, "'pose'"),
        ((1, 84, 84), {"dtype": TensorProto.UINT8}, "float32 or float16"),
        ((1, 84, 84), {"shape": (1, 64, 64, 3)}, "channels first"),
        ((1, 84, 84), {"shape": (4, 3, 64, 64)}, "batch of 1"),
        ((1, 84, 84), {"shape": (1, 1, 64, 64)}, "colour picture"),
        ((84, 84), {}, "three axes"),
        ((1, 300, 38), {}, "segmentation"),
        ((1, 123, 45), {}, "none that is read"),
        ((1, 84, 8), {"names": FOUR}, "axes swapped"),
        ((1, 8, 84), {}, "--classes"),
        ((1, 300, 6), {}, "unknown number of classes"),
        ((1, 9, 84), {"names": FOUR}, "5 classes, but 4 names"),
        ((1, 8, 84), {"names": "person, car"}, "names its classes as 'person, car'"),
        ((1, 8, 84), {"names": "{1: 'person'}"}, "numbered from 0"),
        ((1, 64, 9), {"shape": (1, 3, 48, 64), "names": FOUR}, "multiples of 32"),
    ],
)
def test_what_is_not_read_is_refused_and_named(make_onnx, answer, options, says) -> None:
    with pytest.raises(UnsupportedModel, match=says):
        recognise(make_onnx(answer, **options))


def test_boxes_in_other_units_and_raw_scores_are_refused(make_onnx) -> None:
    """Nothing would ever be found with them, and nobody would be told why."""
    relative, raw, ends = np.zeros((1, 8, 84)), np.zeros((1, 8, 84)), np.zeros((1, 300, 6))
    relative[0, :4] = np.linspace(0, 0.99, 84)
    raw[0, :4], raw[0, 4:] = np.linspace(0, 64, 84), np.linspace(-9, 3, 84)
    ends[0, :, :4] = 0.8
    for answer, says in (
        (relative, "relative to the picture"),
        (ends, "relative to the picture"),
        (raw, "its sigmoid"),
    ):
        with pytest.raises(UnsupportedModel, match=says):
            recognise(make_onnx(answer, names=FOUR))


def test_what_onnx_runtime_does_not_open_says_what_to_do(make_onnx, tmp_path: Path) -> None:
    good = make_onnx((1, 8, 84), names=FOUR)
    newer, foreign = onnx.load(good), onnx.load(good)
    newer.ir_version = 99
    foreign.graph.node[0].op_type, foreign.graph.node[0].domain = "Wobble", "acme"
    foreign.opset_import.append(onnx.helper.make_opsetid("acme", 1))
    onnx.save_model(newer, tmp_path / "newer.onnx")
    onnx.save_model(foreign, tmp_path / "foreign.onnx")
    (tmp_path / "cut.onnx").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (tmp_path / "empty.onnx").write_bytes(b"")
    for name, says in (
        ("newer", "newer than ONNX Runtime .* reads: export it for opset"),
        ("foreign", "uses acme:Wobble.*, an operator that ONNX Runtime .* lacks"),
        ("cut", "was cut off at [0-9,]+ bytes"),
        ("empty", "is empty: fetch or export it again"),
    ):
        with pytest.raises(UnsupportedModel, match=says):
            recognise(tmp_path / f"{name}.onnx")


def test_yolox_with_decoding_in_the_graph_is_told_from_the_raw_grid(make_onnx) -> None:
    decoded = np.zeros((1, 84, 9))
    decoded[0, :, 0] = np.linspace(0, 64, 84)
    with pytest.raises(UnsupportedModel, match="decode_in_inference"):
        recognise(make_onnx(decoded, names=FOUR))


@pytest.mark.parametrize(
    ("shape", "metadata", "input_hw"),
    [
        (("batch", 3, "height", "width"), {}, (640, 640)),
        (("batch", 3, "height", "width"), {"imgsz": "[384, 640]"}, (384, 640)),
        ((None, 3, None, None), {"imgsz": "[320]"}, (320, 320)),
        ((1, 3, 384, "width"), {}, (384, 640)),
        (("batch", 3, 320, 320), {}, (320, 320)),
    ],
)
def test_an_open_input_size_is_chosen_and_said(make_onnx, shape, metadata, input_hw) -> None:
    answer = (1, 8, cells(input_hw))
    reading = read(make_onnx(answer, shape, open_output=True, names=FOUR, **metadata))
    assert reading.spec.input_hw == input_hw
    size_is_open = None in shape[2:] or any(isinstance(axis, str) for axis in shape[2:])
    assert any("input size is open" in note for note in reading.notes) == size_is_open


def test_float16_input_is_read(make_onnx) -> None:
    assert recognise(make_onnx((1, 8, 84), dtype=TensorProto.FLOAT16, names=FOUR)).head is Head.YOLO


def test_given_classes_win_over_the_graphs(make_onnx) -> None:
    path = make_onnx((1, 8, 84), names=FOUR)
    assert recognise(path, classes=("a", "b", "c", "d")).classes == ("a", "b", "c", "d")


def test_weights_that_see_no_hazard_say_so(make_onnx) -> None:
    (note,) = read(make_onnx((1, 5, 84), names="{0: 'license_plate'}")).notes
    assert "no hazard is seen" in note


def test_no_file_and_no_onnx(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="no file"):
        recognise(tmp_path / "absent.onnx")
    for name, says in (("page.onnx", "is no ONNX file"), ("weights.pt", "export it first")):
        (tmp_path / name).write_bytes(b"<html>not weights</html>")
        with pytest.raises(UnsupportedModel, match=says):
            recognise(tmp_path / name)


@pytest.mark.parametrize(
    ("file", "head", "input_hw", "classes"),
    [
        ("yolo26n_640_fp32.onnx", Head.END_TO_END, (640, 640), 80),
        ("yolo11n_640_fp32.onnx", Head.YOLO, (640, 640), 80),
        ("yolox_nano_416.onnx", Head.YOLOX, (416, 416), 80),
        ("nanodet_m_416.onnx", Head.NANODET, (416, 416), 80),
        ("plate_yolov8n_320_int8.onnx", Head.YOLO, (320, 320), 1),
    ],
)
def test_real_weights(assets: Path, file: str, head: Head, input_hw: tuple[int, int], classes: int) -> None:
    spec = recognise(assets / "weights" / file)
    assert (spec.head, spec.input_hw, len(spec.classes)) == (head, input_hw, classes)


@pytest.mark.parametrize("file", ["yunet_n_dynamic.onnx"])
def test_real_weights_of_other_kinds_are_refused(assets: Path, file: str) -> None:
    with pytest.raises(UnsupportedModel, match="expected one output"):
        recognise(assets / "weights" / file)


def test_a_wire_segmenter_is_read_by_its_task_and_is_no_detector(make_onnx, tmp_path: Path) -> None:
    path = make_onnx((1, 1, 64, 64), task="wires", license="AGPL-3.0-or-later", name="wires.onnx")
    spec = recognise(path)
    assert (spec.task, spec.head, spec.classes, spec.input_hw) == (Task.WIRES, Head.MASK, ("wire",), (64, 64))
    catalog.add(path, tmp_path)
    assert catalog.find(None, tmp_path, Task.WIRES).name == catalog.find("wires", tmp_path, Task.WIRES).name
    assert catalog.find(None, tmp_path).task is Task.DETECT
    with pytest.raises(UnknownModel, match="wires is for 'wires', not for 'detect'"):
        catalog.find("wires", tmp_path)


@pytest.mark.parametrize(
    "answer", [np.full((1, 1, 64, 64), 3.0), np.zeros((1, 1, 32, 32))], ids=["logits", "half size"]
)
def test_a_wire_segmenter_gives_probabilities_of_each_pixel(make_onnx, answer: np.ndarray) -> None:
    with pytest.raises(UnsupportedModel, match="wire segmenter's output must be"):
        recognise(make_onnx(answer, task="wires"))
