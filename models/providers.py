"""ONNX Runtime's execution providers under short names, with the options that keep float32 float32."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import onnxruntime as ort

from models.errors import NoProvider
from models.onnx_file import Tensor

PRECISIONS = ("fp32", "bf16", "fp16", "int8")

_NAMES = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
# fp32 everywhere; bf16 and fp16 where the provider computes in them by itself from float32 weights; int8, whose weights
# are a file of their own (`models.int8`), where it is faster: ONNX Runtime's own CPU provider takes longer by it.
_PRECISIONS = {"openvino": ("fp32", "bf16", "int8"), "tensorrt": ("fp32", "fp16")}

Options = dict[str, str]


def available() -> tuple[str, ...]:
    """Short names of the providers in this build of ONNX Runtime, the usually fastest first."""
    built = set(ort.get_available_providers())
    return tuple(short for short, name in _NAMES.items() if name in built)


def supports(provider: str, precision: str) -> bool:
    return precision in _PRECISIONS.get(provider, ("fp32",))


def candidates() -> tuple[tuple[str, str], ...]:
    """Every provider here with every precision that it computes in: (provider, precision)."""
    return tuple((name, precision) for name in available() for precision in PRECISIONS if supports(name, precision))


def short_name(provider: str) -> str:
    """``openvino`` for ``OpenVINOExecutionProvider`` and for itself.

    Raises:
        NoProvider: not one that this build has.
    """
    for short, name in _NAMES.items():
        if provider.lower() in (short, name.lower()) and short in available():
            return short
    raise NoProvider(
        f"no execution provider {provider!r} in onnxruntime {ort.__version__} here: it has {', '.join(available())}"
    )


def configured(provider: str, precision: str, threads: int) -> tuple[str, Options]:
    """ONNX Runtime's name and options for a provider.

    Raises:
        NoProvider: the provider does not compute in that precision.
    """
    if not supports(provider, precision):
        able = [name for name in available() if supports(name, precision)]
        raise NoProvider(
            f"{provider} does not compute in {precision}; here {' and '.join(able) or 'no provider'} does, "
            f"and fp32 runs on {', '.join(available())}"
        )
    options = _OPTIONS.get(provider)
    return _NAMES[provider], options(precision, threads) if options else {}


def _openvino(precision: str, threads: int) -> Options:
    properties = {
        # Without a hint OpenVINO is free to compute in bf16 where the CPU has AMX.
        # What int8 leaves in floating point may be bf16 as well: both are judged together.
        "INFERENCE_PRECISION_HINT": "f32" if precision == "fp32" else "bf16",
        # One process runs several one-thread sessions: pinned, they could all sit on the first core.
        "ENABLE_CPU_PINNING": "NO",
        "NUM_STREAMS": "1",
    }
    return {"device_type": "CPU", "num_of_threads": str(threads), "load_config": json.dumps({"CPU": properties})}


def _cuda(_precision: str, _threads: int) -> Options:
    return {"use_tf32": "0"}  # TF32 keeps 10 bits of mantissa: not what fp32 promises


def _tensorrt(precision: str, _threads: int) -> Options:
    # Building an engine takes minutes: once for these weights and this GPU, not at every start.
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sanxun" / "tensorrt"
    return {
        "trt_fp16_enable": "1" if precision == "fp16" else "0",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(folder),
    }


def tensorrt_shapes(picture: Tensor, input_hw: tuple[int, int], batch: int) -> Options:
    """TensorRT builds its engine for a range of shapes, best at one: batches of 1 to `batch`; nothing where all are
    fixed."""
    if None not in picture.shape:
        return {}
    most = batch if picture.shape[0] is None else 1
    least, best = (f"{picture.name}:{count}x3x{input_hw[0]}x{input_hw[1]}" for count in (1, most))
    return {"trt_profile_min_shapes": least, "trt_profile_opt_shapes": best, "trt_profile_max_shapes": best}


_OPTIONS: dict[str, Callable[[str, int], Options]] = {"openvino": _openvino, "cuda": _cuda, "tensorrt": _tensorrt}
