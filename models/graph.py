"""Which detector an ONNX file holds, read off the graph itself: its head, its classes, its picture size.

Layouts read (C classes, N anchors): end to end (1, N, 6), YOLO (1, 4 + C, N), YOLOX raw grid (1, N, 5 + C), NanoDet's
six outputs. Shapes alone are ambiguous, so N is compared with the cells that the picture size gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from models import labels
from models.errors import UnsupportedModel
from models.nanodet import is_nanodet
from models.onnx_file import Array, OnnxFile, Tensor, sha256_of
from models.spec import Head, ModelSpec, Task, object_class

_STRIDES = (8, 16, 32)
_OTHER_YOLO_STRIDES = ((*_STRIDES, 64), (4, *_STRIDES))  # the P6 and P2 variants; the head decodes itself
_RELATIVE = 2.0  # px: on any picture the cells of a head in px reach across its input
_ROUNDED = 0.01  # of half precision
_FLOATS = ("tensor(float)", "tensor(float16)")
_READ = (
    "Sanxun reads end to end (1, N, 6) as YOLO26 and YOLOv10 have, (1, 4 + C, N) as YOLOv8 and YOLO11, "
    "YOLOX's raw grid (1, N, 5 + C), and NanoDet's six outputs"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was recognised, and what had to be assumed to do so, in sentences for a person."""

    spec: ModelSpec
    notes: tuple[str, ...]


def recognise(path: Path, *, name: str | None = None, classes: tuple[str, ...] | None = None) -> ModelSpec:
    """The detector in an ONNX file; `classes`, in order, overrides or supplies what the graph does not name.

    Raises:
        UnknownModel: no such file.
        UnsupportedModel: not a detector that Sanxun reads; the message says what was found and what to do.
    """
    return read(path, name=name, classes=classes).spec


def read(path: Path, *, name: str | None = None, classes: tuple[str, ...] | None = None) -> Reading:
    """As `recognise`, with the assumptions made."""
    graph = OnnxFile(path)
    task = _task(graph)
    notes: list[str] = []
    input_hw = _input_hw(graph, notes)
    named = classes or labels.from_metadata(graph.metadata)
    if is_nanodet([output.shape for output in graph.outputs], input_hw):
        found = _classes(graph.outputs[0].shape[2], named, notes)
        return Reading(_spec(graph, path, name, Head.NANODET, found, input_hw), tuple(notes))
    output = _only_output(graph)
    trial = graph.run(np.full((1, 3, *input_hw), 0.5, np.float32))
    if task is Task.WIRES:
        return Reading(_wires(graph, path, name, input_hw, trial), tuple(notes))
    head, count = _head(trial, output, input_hw, graph.metadata, named)
    _refuse_other_units(trial, head)
    spec = _spec(graph, path, name, head, _classes(count, named, notes), input_hw)
    if all(object_class(label) is None for label in spec.classes):
        notes.append("none of its classes is a person or a vehicle: it can be run, but no hazard is seen with it")
    return Reading(spec, tuple(notes))


def _spec(
    graph: OnnxFile, path: Path, name: str | None, head: Head, classes: tuple[str, ...], input_hw: tuple[int, int]
) -> ModelSpec:
    of_bgr = head in (Head.YOLOX, Head.NANODET)
    return ModelSpec(
        name=name or path.stem,
        path=path,
        head=head,
        classes=classes,
        input_hw=input_hw,
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        task=Task.WIRES if head is Head.MASK else Task.DETECT,
        channel_order="bgr" if of_bgr else "rgb",
        scale=1.0 if of_bgr else 1 / 255,
        licence=graph.metadata.get("license", "unknown"),
        provenance=_provenance(graph.metadata),
    )


def cells(input_hw: tuple[int, int], strides: tuple[int, ...] = _STRIDES) -> int:
    """Grid cells of a picture over the strides: 8400 for 640×640."""
    return sum(ceil(input_hw[0] / stride) * ceil(input_hw[1] / stride) for stride in strides)


def _task(graph: OnnxFile) -> Task:
    task = graph.metadata.get("task", Task.DETECT.value)
    if task not in set(Task):
        raise UnsupportedModel(f"these weights are for {task!r}, says their metadata: export a detector")
    return Task(task)


def _wires(graph: OnnxFile, path: Path, name: str | None, input_hw: tuple[int, int], trial: Array) -> ModelSpec:
    """A wire segmenter: its metadata's task is ``wires``, its output one probability for each pixel of the input."""
    if trial.shape != (1, 1, *input_hw):
        raise UnsupportedModel(f"a wire segmenter's output must be (1, 1, h, w) of its input, found {_shape(trial)}")
    if not (np.isfinite(trial).all() and trial.min() >= 0 and trial.max() <= 1):
        raise UnsupportedModel("a wire segmenter's output must be probabilities, 0 to 1: export it with its sigmoid")
    return _spec(graph, path, name, Head.MASK, ("wire",), input_hw)


def _input_hw(graph: OnnxFile, notes: list[str]) -> tuple[int, int]:
    if len(graph.inputs) != 1:
        raise UnsupportedModel(f"expected one input, found {_listed(graph.inputs)}: export it with one")
    (picture,) = graph.inputs
    if picture.dtype not in _FLOATS:
        raise UnsupportedModel(f"expected a float32 or float16 input, found {picture}: export without built-in scaling")
    match picture.shape:
        case (1 | None, 3 | None, height, width):
            return _chosen_size(height, width, graph.metadata, notes)
        case (_, _, _, 3):
            raise UnsupportedModel(f"expected channels first (1, 3, h, w), found {picture}: export as NCHW")
        case (batch, 3, _, _) if batch != 1:
            raise UnsupportedModel(f"expected a batch of 1, found {picture}: export with batch=1, or dynamic")
        case _:
            raise UnsupportedModel(f"expected a colour picture (1, 3, h, w), found {picture}")


def _chosen_size(height: int | None, width: int | None, metadata: dict[str, str], notes: list[str]) -> tuple[int, int]:
    if height is not None and width is not None:
        return height, width
    digits = metadata.get("imgsz", "").strip("[]() ").replace(",", " ").split()
    said = [int(text) for text in digits if text.isdigit() and int(text) > 0]
    default = (said[0], said[-1]) if said else (640, 640)
    chosen = (height or default[0], width or default[1])
    source = "its metadata's imgsz" if said else "the usual size, since its metadata names none"
    notes.append(f"its input size is open: {chosen[0]}×{chosen[1]} is used, {source}")
    return chosen


def _only_output(graph: OnnxFile) -> Tensor:
    if len(graph.outputs) != 1:
        raise UnsupportedModel(
            f"expected one output, found {len(graph.outputs)}: {_listed(graph.outputs)}. {_READ}; "
            "segmentation, pose and other heads of several outputs (SSD, RT-DETR) are not read: export a plain detector"
        )
    return graph.outputs[0]


def _head(
    trial: Array, output: Tensor, input_hw: tuple[int, int], metadata: dict[str, str], named: tuple[str, ...] | None
) -> tuple[Head, int | None]:
    """The head and its number of classes; None where the layout does not tell it (end to end)."""
    if trial.ndim != 3 or trial.shape[0] != 1:
        raise UnsupportedModel(f"expected one output of three axes, found {_shape(trial)} as {output.name}. {_READ}")
    _, rows, columns = trial.shape
    grid = cells(input_hw)
    if columns == 6 and (rows != grid or metadata.get("end2end") == "True"):
        return Head.END_TO_END, None
    if rows > 4 and columns == grid:
        return Head.YOLO, rows - 4
    if rows == grid and columns > 5:
        _refuse_unless_raw_grid(trial, input_hw, named)
        return Head.YOLOX, columns - 5
    if rows > 4 and rows != 3 * grid and columns in {cells(input_hw, strides) for strides in _OTHER_YOLO_STRIDES}:
        return Head.YOLO, rows - 4
    raise UnsupportedModel(f"the output {_shape(trial)} is none that is read{_likeness(trial, grid)}. {_READ}")


def _refuse_unless_raw_grid(trial: Array, input_hw: tuple[int, int], named: tuple[str, ...] | None) -> None:
    columns = trial.shape[2]
    if input_hw[0] % _STRIDES[-1] or input_hw[1] % _STRIDES[-1]:
        raise UnsupportedModel(f"YOLOX needs a picture of multiples of 32 px, found {input_hw[0]}×{input_hw[1]}")
    if len(named or ()) == columns - 4 or columns == 4 + len(labels.COCO_80):
        raise UnsupportedModel(
            f"the output {_shape(trial)} is a YOLO head with its axes swapped: (1, {columns}, N) is read"
        )
    # A decoded export has the very same shape: its first column then runs across the picture, cell by cell.
    if float(np.ptp(trial[0, :, 0])) > input_hw[1] / 2:
        raise UnsupportedModel(
            f"the output {_shape(trial)} looks like YOLOX with decoding in the graph, or YOLOv5: "
            "export YOLOX without --decode_in_inference"
        )


def _refuse_other_units(trial: Array, head: Head) -> None:
    """Boxes relative to the picture, or scores before their sigmoid: read as they are, nothing would ever be found."""
    if head is Head.YOLO:
        boxes, scores = trial[:, :4], trial[:, 4:]
    elif head is Head.END_TO_END:
        boxes, scores = trial[..., :4], trial[..., 4]
    else:
        return
    if boxes.size and 0 < float(boxes.max()) <= _RELATIVE:
        raise UnsupportedModel(
            f"its boxes reach to {float(boxes.max()):.2f}, so they are relative to the picture, it seems: export it "
            "with boxes in px of its input"
        )
    if scores.size and not -_ROUNDED <= float(scores.min()) <= float(scores.max()) <= 1 + _ROUNDED:
        raise UnsupportedModel(
            f"its scores go from {float(scores.min()):.3g} to {float(scores.max()):.3g}, expected 0 to 1: export it "
            "with its sigmoid"
        )


def _likeness(trial: Array, grid: int) -> str:
    _, rows, columns = trial.shape
    if rows == 3 * grid:
        return ": three anchors a cell and objectness, as YOLOv5 and YOLOv7 have; use YOLOv8 or later"
    if columns in (38, 57, 7) and rows <= 1000:
        return ": an end-to-end segmentation, pose or rotated-box head, it seems"
    return ""


def _classes(count: int | None, named: tuple[str, ...] | None, notes: list[str]) -> tuple[str, ...]:
    if named and count in (None, len(named)):
        return named
    if named:
        raise UnsupportedModel(f"the head has {count} classes, but {len(named)} names: {', '.join(named[:8])}")
    if count == len(labels.COCO_80):
        notes.append("its metadata names no classes: 80 of them are taken for COCO's")
        return labels.COCO_80
    having = "an unknown number of classes" if count is None else f"{count} classes"
    raise UnsupportedModel(f"the head has {having} and no names in its metadata: give them, --classes person,car,…")


def _provenance(metadata: dict[str, str]) -> str:
    parts = (metadata.get("description"), metadata.get("date"), metadata.get("provenance"))
    return "; ".join(part for part in parts if part) or "unknown"


def _shape(array: Array) -> str:
    return "(" + ", ".join(map(str, array.shape)) + ")"


def _listed(tensors: tuple[Tensor, ...]) -> str:
    return ", ".join(map(str, tensors[:6])) + (", …" if len(tensors) > 6 else "")
