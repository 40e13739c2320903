"""ONNX files of a few hundred bytes, with the inputs and outputs of real exports and a fixed answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

Axes = tuple[int | str | None, ...]
MakeOnnx = Callable[..., Path]


def _graph(
    answer: np.ndarray, inputs: dict[str, Axes], dtype: int, metadata: dict[str, str], outputs: int, open_output: bool
) -> object:
    """`answer` whatever comes in, plus nought times the mean of the first input: so that it is really run."""
    from onnx import TensorProto, helper, numpy_helper

    first = next(iter(inputs))
    axes: Axes = (None,) * answer.ndim if open_output else answer.shape
    nodes = [
        helper.make_node("Cast", [first], ["as_float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["as_float"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nought"], ["nothing"]),
    ]
    results = []
    for index in range(outputs):
        nodes.append(helper.make_node("Add", ["answer", "nothing"], [f"output{index}"]))
        results.append(helper.make_tensor_value_info(f"output{index}", TensorProto.FLOAT, axes))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, dtype, shape) for name, shape in inputs.items()],
        results,
        [
            numpy_helper.from_array(answer.astype(np.float32), "answer"),
            numpy_helper.from_array(np.float32(0), "nought"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    return model


# Rows of a YOLO head with 80 classes as exports have them: boxes in px, scores of 0 to 1.
IN_PX = np.concatenate([np.full(4, 64.0), np.ones(80)])[None, :, None]


@pytest.fixture
def make_onnx(tmp_path: Path) -> MakeOnnx:
    def make(
        answer: np.ndarray | tuple[int, ...],
        shape: Axes = (1, 3, 64, 64),
        *,
        dtype: int = onnx.TensorProto.FLOAT,
        outputs: int = 1,
        inputs: dict[str, Axes] | None = None,
        open_output: bool = False,
        name: str = "tiny.onnx",
        **metadata: str,
    ) -> Path:
        array = np.zeros(answer) if isinstance(answer, tuple) else answer
        path = tmp_path / name
        onnx.save_model(_graph(array, inputs or {"images": shape}, dtype, metadata, outputs, open_output), str(path))
        return path

    return make
