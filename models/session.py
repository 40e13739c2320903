"""Weights made to run: one ONNX Runtime session on one execution provider."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from models import nanodet, providers
from models.byte_input import taking_bytes
from models.errors import NoProvider
from models.onnx_file import Array, OnnxFile
from models.spec import Head, ModelSpec

Bytes = npt.NDArray[np.uint8]
# Where a network in bytes was found to be no slower; the heads whose pixels are scaled and no more.
_TAKE_BYTES, _SCALED = frozenset({"openvino", "cpu"}), frozenset({Head.END_TO_END, Head.YOLO, Head.YOLOX})
_QUIET = 4  # fatal only: what goes wrong comes back as an exception, with ONNX Runtime's own words in it


class Session:
    """A loaded model. One caller at a time; several sessions run side by side in threads (the GIL is released).

    `provider` is a short name (``openvino``), `precision` one of ``fp32 bf16 fp16 int8``, `threads` those it computes
    with.
    `takes_bytes`: it wants a picture's uint8 as they are, and scales them itself.
    """

    def __init__(
        self, inference: ort.InferenceSession, provider: str, precision: str, threads: int, head: Head
    ) -> None:
        self._inference = inference
        self._input = inference.get_inputs()[0].name
        self._nanodet = head is Head.NANODET
        outputs = [output.name for output in inference.get_outputs()]
        self._outputs = outputs if self._nanodet else outputs[:1]
        self._half = inference.get_inputs()[0].type == "tensor(float16)"
        self.takes_bytes = inference.get_inputs()[0].type == "tensor(uint8)"
        self.provider = provider
        self.precision = precision
        self.threads = threads

    def run(self, picture: Array | Bytes) -> Array:
        """The raw first output, float32, for a (1, 3, h, w) picture, its channels ordered as the spec says: float32,
        scaled, or uint8 where it `takes_bytes`."""
        if self._nanodet:
            return nanodet.joined(
                self._inference.run(self._outputs, {self._input: nanodet.normalised(np.asarray(picture, np.float32))})
            )
        fed = picture.astype(np.float16) if self._half else picture
        output = self._inference.run(self._outputs, {self._input: fed})[0]
        return np.asarray(output, np.float32)

    __call__ = run

    def __repr__(self) -> str:
        return f"Session(provider={self.provider!r}, precision={self.precision!r}, threads={self.threads})"


def open_session(
    spec: ModelSpec,
    *,
    provider: str | None = None,
    threads: int = 1,
    precision: str = "fp32",
    takes_bytes: bool = False,
) -> Session:
    """Load weights. Without `provider`, the first that is there and loads them; `measure.choose` finds the fastest.
    With `takes_bytes` the session takes uint8 where the file allows that: ask the session whether it does.

    Raises:
        NoProvider: no such provider here, or it cannot load these weights; never a silent fall-back to another one.
        ValueError: a precision or a number of threads that makes no sense.
    """
    if precision not in providers.PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(providers.PRECISIONS)}, got {precision!r}")
    if threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    if provider is not None:
        return _load(spec, providers.short_name(provider), precision, threads, takes_bytes)
    reasons = []
    for candidate in (name for name in providers.available() if providers.supports(name, precision)):
        try:
            return _load(spec, candidate, precision, threads, takes_bytes)
        except NoProvider as error:
            reasons.append(str(error))
    raise NoProvider("; ".join(reasons) or f"none of {', '.join(providers.available())} computes in {precision}")


def _load(spec: ModelSpec, provider: str, precision: str, threads: int, takes_bytes: bool) -> Session:
    if takes_bytes and provider in _TAKE_BYTES and spec.head in _SCALED:
        with contextlib.suppress(NoProvider, ValueError):
            weights = taking_bytes(_file(spec, precision).read_bytes(), (1, 3, *spec.input_hw), spec.scale)
            return Session(
                load(spec, provider, precision, threads, weights=weights), provider, precision, threads, spec.head
            )
    return Session(load(spec, provider, precision, threads), provider, precision, threads, spec.head)


def load(
    spec: ModelSpec, provider: str, precision: str, threads: int, batch: int = 1, *, weights: bytes | None = None
) -> ort.InferenceSession:
    """ONNX Runtime's session of a provider (short name), for pictures of the spec's size in batches of up to `batch`.

    With `batch` above 1 the graph's batch axis stays open, where it is; a graph of fixed batch stays as it is.
    `weights` are loaded in place of the spec's file.

    Raises:
        NoProvider: this provider cannot load these weights.
    """
    name, options = providers.configured(provider, precision, threads)
    source = weights or os.fspath(_file(spec, precision))
    ort.set_default_logger_severity(_QUIET)
    try:
        if provider == "tensorrt":
            options |= providers.tensorrt_shapes(OnnxFile(spec.path).inputs[0], spec.input_hw, batch)
        inference = _inference(source, name, options, threads, {})
        fixed = _open_axes(inference, spec, batch)
        if fixed:  # a fixed shape lets the provider plan memory and kernels: load again with it
            inference = _inference(source, name, options, threads, fixed)
    except Exception as error:  # ONNX Runtime's own classes share no base but Exception
        raise NoProvider(f"{provider} cannot load {spec.name}: {_reason(error)}") from error
    if inference.get_providers()[0] != name:
        # ONNX Runtime drops a provider whose libraries or options fail, and says so only in its log.
        raise NoProvider(f"{provider} is built in but did not start here: {', '.join(inference.get_providers())} did")
    return inference


def _file(spec: ModelSpec, precision: str) -> Path:
    if precision != "int8":
        return spec.path
    if spec.int8 is None:
        raise NoProvider(
            f"no eight-bit version of {spec.name} was made here: sanxun models bench --pictures DIR makes one"
        )
    return spec.int8


def _inference(
    weights: str | bytes, name: str, options: dict[str, str], threads: int, fixed: dict[str, int]
) -> ort.InferenceSession:
    settings = ort.SessionOptions()
    settings.log_severity_level = _QUIET
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    # Spinning buys microseconds between operators and burns the core that decoding needs.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    for axis, size in fixed.items():
        settings.add_free_dimension_override_by_name(axis, size)
    chain: list[Any] = [(name, options)]
    return ort.InferenceSession(weights, settings, providers=chain, enable_fallback=0)


def _open_axes(inference: ort.InferenceSession, spec: ModelSpec, batch: int) -> dict[str, int]:
    """The sizes that named dynamic axes of the input get; the batch's stays open where batches are wanted."""
    wanted = (1, 3, *spec.input_hw)
    shape = inference.get_inputs()[0].shape
    named = {axis: size for axis, size in zip(shape, wanted, strict=True) if isinstance(axis, str)}
    if batch > 1:
        named.pop(shape[0], None)
    return named


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if len(lines) < 2:
        return lines[0][:300] if lines else repr(error)
    return f"{lines[0][:200]} … {lines[-1][:200]}"
