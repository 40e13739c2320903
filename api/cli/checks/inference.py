"""ONNX Runtime, its providers, the GPU, and the detector that would run."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from api.cli.checks.check import MISSING, OK, WARN, Check
from api.cli.checks.software import installed, one_variant

_VARIANTS = ("", "-openvino", "-gpu", "-directml", "-rocm", "-training")


def onnx_runtime() -> Check:
    import onnxruntime

    return one_variant("onnxruntime", [f"onnxruntime{tail}" for tail in _VARIANTS], str(onnxruntime.__version__))


def providers() -> Check:
    from models.providers import available

    return judged_providers(available(), _nvidia() is not None, sys.platform, platform.machine(), _variant())


def judged_providers(there: Collection[str], nvidia: bool, system: str, machine: str, variant: str) -> Check:
    """Which would be faster here, and the commands that bring it. `variant` is the onnxruntime that is installed."""
    found = ", ".join(there)
    if nvidia and "cuda" not in there:
        better, what = "onnxruntime-gpu", "CUDA, for this machine has an NVIDIA GPU"
    elif system == "linux" and machine == "x86_64" and not {"openvino", "cuda"} & set(there):
        better, what = "onnxruntime-openvino", "OpenVINO (1.3 times as fast in float32, 3 times in bf16 with AMX)"
    elif system == "darwin" and "coreml" not in there:
        better, what = "onnxruntime", "CoreML"
    else:
        return Check("providers", OK, found)
    # Two variants side by side overwrite each other's files: the old one goes first.
    return Check("providers", WARN, found, f"{what}: pip uninstall -y {variant} && pip install {better}")


def gpu() -> Check:
    from models.providers import available

    nvidia = _nvidia()
    if nvidia is None:
        others = sorted(Path("/dev/dri").glob("renderD*"))
        more = f"; {', '.join(map(str, others))} is there and not used" if others else ""
        return Check("gpu", OK, f"no NVIDIA GPU: inference runs on the CPU{more}")
    if "cuda" in available():
        return Check("gpu", OK, f"{nvidia}; ONNX Runtime has its CUDA provider")
    return Check("gpu", WARN, f"{nvidia}, unused", "onnxruntime-gpu in place of the other onnxruntime would use it")


def detector(data: Path) -> Check:
    from models.catalog import find
    from models.errors import ModelError, UnknownModel
    from models.measure import kept_choice

    try:
        spec = find(None, data)
    except UnknownModel as error:
        return Check("detector", MISSING, "none", str(error))
    except ModelError as error:
        return Check("detector", MISSING, str(error), "sanxun models verify --data DIR names every broken file")
    height, width = spec.input_hw
    found = f"{spec.name} at {width}×{height}"
    choice = kept_choice(spec, data)
    if choice is None:
        return Check("detector", OK, f"{found}; its provider is measured at the first start (sanxun models bench)")
    found = f"{found} on {choice.provider}, {choice.precision}: {choice.figure.median_ms} ms an inference when measured"
    checked = choice.precision != "fp32" or not choice.reason or choice.accuracy
    return Check("detector", OK, f"{found}. {choice.reason}" if checked else found, "" if checked else choice.reason)


def _variant() -> str:
    there = [f"onnxruntime{tail}" for tail in _VARIANTS if installed(f"onnxruntime{tail}")]
    return " ".join(there) or "onnxruntime"


def _nvidia() -> str | None:
    """The GPUs that the driver names, with their memory; None where there is no driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return "NVIDIA" if Path("/proc/driver/nvidia/version").exists() else None
    query = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return "; ".join(line.strip() for line in answer.stdout.splitlines() if line.strip()) or None
