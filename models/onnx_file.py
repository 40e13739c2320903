"""The one place that asks ONNX Runtime what an ONNX file declares."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from models.errors import UnknownModel, UnsupportedModel

Array = npt.NDArray[np.float32]
_DTYPES: dict[str, type[np.floating[Any]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


@dataclass(frozen=True, slots=True)
class Tensor:
    """A declared input or output. An axis is an int, or None where it is dynamic; `dtype` as ONNX Runtime names it."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str

    def __str__(self) -> str:
        axes = "×".join("?" if axis is None else str(axis) for axis in self.shape)
        return f"{self.name} {axes} {self.dtype.removeprefix('tensor(').removesuffix(')')}"


class OnnxFile:
    """An ONNX file opened on the CPU provider, unoptimised: for reading what it declares and for one trial run.

    Raises:
        UnknownModel: no such file.
        UnsupportedModel: not a file that ONNX Runtime can open.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise UnknownModel(f"no file at {path}")
        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        try:
            self._session = ort.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"], enable_fallback=0
            )
        except Exception as error:  # ONNX Runtime's own classes share no base but Exception
            raise UnsupportedModel(_not_opened(path, error)) from error
        self.inputs = tuple(_tensor(value) for value in self._session.get_inputs())
        self.outputs = tuple(_tensor(value) for value in self._session.get_outputs())
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, picture: Array) -> Array:
        """The first output for a float32 (1, 3, h, w) input, as float32.

        Raises:
            UnsupportedModel: the graph does not take this picture.
        """
        first = self.inputs[0]
        try:
            (output, *_) = self._session.run(None, {first.name: picture.astype(_DTYPES[first.dtype])})
        except Exception as error:
            shape = "×".join(map(str, picture.shape))
            raise UnsupportedModel(f"the graph does not run on a {shape} picture: {_first_line(error)}") from error
        return np.asarray(output, np.float32)


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hexadecimal.

    Raises:
        UnknownModel: the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnknownModel(f"{path} cannot be read: {error.strerror}") from error


def _tensor(value: ort.NodeArg) -> Tensor:
    shape = tuple(axis if isinstance(axis, int) and axis > 0 else None for axis in value.shape)
    return Tensor(value.name, shape, value.type)


def _not_opened(path: Path, error: Exception) -> str:
    text = str(error)
    if path.suffix in {".pt", ".pth"}:
        return f"{path.name} is a PyTorch file: export it first (yolo export model={path.name} format=onnx)"
    if "external data" in text.lower() or ".onnx.data" in text:
        return f"{path.name} keeps its weights in a second file: save it as one file (onnx.save_model, below 2 GB)"
    if not path.stat().st_size:
        return f"{path.name} is empty: fetch or export it again"
    if "INVALID_PROTOBUF" in text:
        return f"{path.name} is no ONNX file, or was cut off at {path.stat().st_size:,} bytes: fetch or export it again"
    if any(sign in text for sign in ("ValidateOpsetForDomain", "IR version")):
        return f"{path.name} is newer than ONNX Runtime {ort.__version__} reads: export it for opset 17 to 21"
    if unknown := re.search(r"(\S+) is not a registered function/op", text):
        return (
            f"{path.name} uses {unknown[1]}, an operator that ONNX Runtime {ort.__version__} lacks: export it without "
            "custom operators"
        )
    said = _first_line(error).replace(f"{path.parent}/", "")
    return f"{path.name} is no ONNX file that ONNX Runtime {ort.__version__} opens: {said}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
