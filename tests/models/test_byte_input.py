"""A network that takes bytes gives what it gave for floats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from models.byte_input import taking_bytes
from models.catalog import find
from models.session import open_session

SCALE = 1 / 255


def small(kind: int = TensorProto.FLOAT, inputs: int = 1) -> bytes:
    """A convolution with a bias: (1, 3, h, w) to (1, 2, h - 2, w - 2)."""
    rng = np.random.default_rng(5)
    weights = [
        onnx.numpy_helper.from_array(rng.normal(size=(2, 3, 3, 3)).astype(np.float32), "w"),
        onnx.numpy_helper.from_array(np.array([0.5, -0.25], np.float32), "b"),
    ]
    names = [f"x{i}" for i in range(inputs)]
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x0", "w", "b"], ["y"])],
        "small",
        [helper.make_tensor_value_info(name, kind, [1, 3, "h", "w"]) for name in names],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, None, None])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def test_bytes_give_what_floats_gave() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (1, 3, 12, 16), np.uint8)
    plain = ort.InferenceSession(small(), providers=["CPUExecutionProvider"])
    changed = taking_bytes(small(), (1, 3, 12, 16), SCALE)
    onnx.checker.check_model(onnx.load_from_string(changed), full_check=True)
    ours = ort.InferenceSession(changed, providers=["CPUExecutionProvider"])
    (taken,) = ours.get_inputs()
    assert (taken.type, taken.shape) == ("tensor(uint8)", [1, 3, 12, 16])
    expected = plain.run(None, {"x0": picture * np.float32(SCALE)})[0]
    np.testing.assert_allclose(ours.run(None, {taken.name: picture})[0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        pytest.param(small(TensorProto.FLOAT16), "float32 input", id="half precision"),
        pytest.param(small(inputs=2), "one input, found 2", id="two inputs"),
        pytest.param(b"", "one graph", id="empty"),
        pytest.param(small()[:-40], "middle of a field", id="torn"),
        pytest.param(b"\xff" * 40, "unknown wire type|middle of a field", id="no model"),
    ],
)
def test_what_cannot_be_changed_is_refused(model: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        taking_bytes(model, (1, 3, 12, 16), SCALE)


def test_our_own_weights_see_the_same_in_bytes() -> None:
    spec = find("street-v4", None)
    picture = np.random.default_rng(0).integers(0, 256, (1, 3, *spec.input_hw), np.uint8)
    floats = open_session(spec, provider="cpu", threads=2)
    as_bytes = open_session(spec, provider="cpu", threads=2, takes_bytes=True)
    assert as_bytes.takes_bytes
    assert not floats.takes_bytes
    np.testing.assert_allclose(
        as_bytes.run(picture), floats.run(picture * np.float32(spec.scale)), rtol=1e-4, atol=1e-3
    )


def test_weights_that_cannot_take_bytes_are_opened_as_they_are(tmp_path: Path) -> None:
    spec = find("street-v4", None)
    half = onnx.load(spec.path)
    half.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    half.graph.node.insert(0, helper.make_node("Cast", [half.graph.input[0].name], ["as_float"], to=TensorProto.FLOAT))
    for node in list(half.graph.node)[1:]:
        node.input[:] = ["as_float" if name == half.graph.input[0].name else name for name in node.input]
    path = tmp_path / "half.onnx"
    onnx.save(half, path)
    session = open_session(replace(spec, path=path), provider="cpu", threads=2, takes_bytes=True)
    assert not session.takes_bytes
