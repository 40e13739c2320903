"""Weights in eight bits, made on this machine from float32 ones: the ranges come from pictures that its cameras show.

Convolutions alone are rounded, their weights by channel and what they take in by tensor; what they give stays as it is,
so that activations are computed on the exact sums (OpenVINO folds convolution, activation and rounding into one step).
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.errors import NotQuantised
from models.kept import cache_dir
from models.onnx_file import Array
from models.spec import Head, ModelSpec

LEAST_PICTURES, PICTURES = 8, 32
_HEADS = frozenset({Head.END_TO_END, Head.YOLO, Head.YOLOX})
_LEAST_OPSET = 13  # before it, weights have one scale for all channels


def kept_file(spec: ModelSpec, data_dir: Path | None) -> Path:
    """Where the eight-bit version of these weights is, or would be."""
    return cache_dir(data_dir) / "int8" / f"{spec.sha256}.onnx"


def with_int8(spec: ModelSpec, data_dir: Path | None) -> ModelSpec:
    """The spec with its eight-bit version, where one was made."""
    file = kept_file(spec, data_dir)
    return replace(spec, int8=file) if file.is_file() else spec


def quantise(spec: ModelSpec, inputs: Sequence[Array], data_dir: Path | None) -> ModelSpec:
    """Makes the eight-bit version and keeps it; the spec with it. `inputs` (1, 3, h, w) float32 are pictures as the
    network takes them, `LEAST_PICTURES` or more: what they do not show has no range.

    Raises:
        NotQuantised: the weights, or too few pictures, do not allow it, or the folder cannot be written.
    """
    if spec.head not in _HEADS:
        raise NotQuantised(f"{spec.name}: weights with the head {spec.head.value} are not made into eight bits")
    if len(inputs) < LEAST_PICTURES:
        raise NotQuantised(f"expected at least {LEAST_PICTURES} pictures to take ranges from, got {len(inputs)}")
    target = kept_file(spec, data_dir)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=target.parent) as folder:
            _write(spec, inputs, Path(folder)).replace(target)
    except NotQuantised:
        raise
    except Exception as error:  # onnx and ONNX Runtime's tools share no class of errors
        raise NotQuantised(f"{spec.name} cannot be made into eight bits: {error}") from error
    return replace(spec, int8=target)


def _write(spec: ModelSpec, inputs: Sequence[Array], folder: Path) -> Path:
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    plain, prepared, made = (folder / name for name in ("plain.onnx", "prepared.onnx", "int8.onnx"))
    name = _as_expected(spec, plain)
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # it warns of its own first step, which has been taken
    try:
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        quantization.quantize_static(
            str(prepared),
            str(made),
            _reader(name, inputs),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            calibrate_method=quantization.CalibrationMethod.MinMax,
            calibration_providers=["CPUExecutionProvider"],
            extra_options={"OpTypesToExcludeOutputQuantization": ["Conv"]},
        )
    finally:
        root.setLevel(level)
    return made


def _as_expected(spec: ModelSpec, file: Path) -> str:
    """Writes the network with a fixed input and an opset that knows scales by channel; the name of its input."""
    import onnx
    from onnx import version_converter
    from onnxruntime.tools.onnx_model_utils import make_input_shape_fixed

    model = onnx.load(spec.path)
    picture = _only_input(model)
    if picture.type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
        raise NotQuantised(f"{spec.name}: eight bits are made from float32 weights, these take something else")
    make_input_shape_fixed(model.graph, picture.name, [1, 3, *spec.input_hw])
    opset = next(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))
    if opset < _LEAST_OPSET:
        model = version_converter.convert_version(model, _LEAST_OPSET)
    onnx.save(model, file)
    return str(picture.name)


def _only_input(model: Any) -> Any:
    weights = {one.name for one in model.graph.initializer}
    return next(one for one in model.graph.input if one.name not in weights)


def _reader(name: str, inputs: Sequence[Array]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
        def __init__(self) -> None:
            self._left = iter(inputs)

        def get_next(self) -> dict[str, Array] | None:
            one = next(self._left, None)
            return None if one is None else {name: one}

    return Reader()
