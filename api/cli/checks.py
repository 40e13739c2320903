"""What `sanxun doctor` looks at: each check says what it found, whether that will do, and what to do if not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

OK, WARN, MISSING = "ok", "warn", "missing"
_GB = 1e9
_LEAST_MEMORY_GB = 2.0
_DISK_GB = (0.5, 5.0)  # below the first nothing can be kept, below the second not for long
_OPEN_FILES = 1024


@dataclass(frozen=True, slots=True)
class Check:
    """`state` is ok, warn (it runs, but worse than it could) or missing (something will not run)."""

    name: str
    state: str
    found: str
    advice: str = ""


def all_checks(data: Path) -> Iterator[Check]:
    """Every check; one that fails itself is reported as missing, so that the others are still made."""
    checks: tuple[Callable[[], Check], ...] = (
        python,
        onnx_runtime,
        providers,
        gpu,
        opencv,
        pyav,
        h264,
        cores,
        cpu_features,
        memory,
        lambda: disk(data),
        open_files,
        time_zones,
        lambda: detector(data),
    )
    for check in checks:
        try:
            yield check()
        except Exception as error:
            name = getattr(check, "__name__", "check").replace("_", " ")
            yield Check(name, MISSING, f"{type(error).__name__}: {error}", "install Sanxun again: pip install sanxun")


def python() -> Check:
    found = f"{platform.python_version()} at {sys.executable}"
    enough = sys.version_info >= (3, 11)
    return Check("python", OK if enough else MISSING, found, "" if enough else "Python 3.11 or later is needed")


def onnx_runtime() -> Check:
    import onnxruntime

    return _one_variant(
        "onnxruntime",
        [f"onnxruntime{suffix}" for suffix in ("", "-openvino", "-gpu", "-directml", "-rocm", "-training")],
        str(onnxruntime.__version__),
    )


def providers() -> Check:
    from models.providers import available

    there = available()
    found = ", ".join(there)
    fast_cpu = sys.platform != "linux" or platform.machine() != "x86_64" or set(there) & {"openvino", "cuda"}
    if fast_cpu:
        return Check("providers", OK, found)
    return Check("providers", WARN, found, "onnxruntime-openvino in place of onnxruntime is faster on this machine")


def gpu() -> Check:
    from models.providers import available

    there = shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()
    if not there:
        return Check("gpu", OK, "none: inference runs on the CPU")
    if "cuda" in available():
        return Check("gpu", OK, "NVIDIA, and ONNX Runtime has its CUDA provider")
    return Check("gpu", WARN, "NVIDIA, unused", "onnxruntime-gpu in place of the other onnxruntime would use it")


def opencv() -> Check:
    import cv2

    names = [f"opencv-{middle}python{tail}" for middle in ("", "contrib-") for tail in ("", "-headless")]
    return _one_variant("opencv", names, str(cv2.__version__))


def pyav() -> Check:
    import av

    libraries = ", ".join(f"{name} {'.'.join(map(str, av.library_versions[name]))}" for name in ("libavcodec",))
    lacking = [name for name in ("h264", "hevc", "mjpeg") if not _codec(name, "r")]
    found = f"PyAV {av.__version__}, {libraries}"
    if lacking:
        return Check(
            "video", MISSING, f"{found}, cannot decode {', '.join(lacking)}", "install PyAV's own wheel: pip install av"
        )
    return Check("video", OK, f"{found}: decodes H.264, H.265 and MJPEG")


def h264() -> Check:
    encoders = [name for name in ("libx264", "libopenh264", "h264_nvenc", "h264_vaapi") if _codec(name, "w")]
    if "libx264" in encoders:
        return Check("h264 encoder", OK, ", ".join(encoders))
    advice = "the demonstration's clip cannot be made: install PyAV's own wheel, pip install av"
    return Check("h264 encoder", MISSING, ", ".join(encoders) or "none", advice)


def cores() -> Check:
    from models.machine import usable_cores

    count = usable_cores()
    if count >= 2:
        return Check("cores", OK, f"{count} may be used")
    return Check("cores", WARN, f"{count} may be used", "two keep decoding and inference out of each other's way")


def cpu_features() -> Check:
    from models.machine import cpu

    chip = cpu()
    found = f"{chip.name}: {', '.join(chip.features) or 'no instruction sets known of'}"
    if "amx_bf16" in chip.features:
        found += "; bf16 is used once `sanxun models bench --pictures DIR` has checked it"
    if platform.machine() == "x86_64" and "avx2" not in chip.features:
        return Check("cpu", WARN, found, "without AVX2 inference is several times slower: watch fewer cameras")
    return Check("cpu", OK, found)


def memory() -> Check:
    from models.machine import memory_bytes

    size = memory_bytes()
    if size is None:
        return Check("memory", WARN, "unknown on this system", f"{_LEAST_MEMORY_GB:g} GB are needed")
    found = f"{size / _GB:.1f} GB may be used"
    enough = size / _GB >= _LEAST_MEMORY_GB
    return Check("memory", OK if enough else WARN, found, "" if enough else f"{_LEAST_MEMORY_GB:g} GB are needed")


def disk(data: Path) -> Check:
    """Room and permission in the data folder, or in the nearest folder above it that there is."""
    folder = next(place for place in (data, *data.absolute().parents) if place.is_dir())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check(
            "data folder", MISSING, f"{data} cannot be written: {error.strerror}", "choose another with --data"
        )
    free = shutil.disk_usage(folder).free / _GB
    found = f"{data}, {free:.1f} GB free"
    if free < _DISK_GB[0]:
        return Check("data folder", MISSING, found, f"free some: {_DISK_GB[0]:g} GB at the very least")
    if free < _DISK_GB[1]:
        return Check("data folder", WARN, found, f"{_DISK_GB[1]:g} GB keep evidence for longer")
    return Check("data folder", OK, found)


def open_files() -> Check:
    if os.name != "posix":
        return Check("open files", OK, "not limited here")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _OPEN_FILES:
        return Check("open files", OK, "not limited" if soft == resource.RLIM_INFINITY else f"up to {soft}")
    advice = f"a hundred cameras need {_OPEN_FILES}: ulimit -n {hard if hard > soft else _OPEN_FILES}"
    return Check("open files", WARN, f"up to {soft}", advice)


def time_zones() -> Check:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        zone = ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        return Check("time zones", MISSING, "no data", "pip install tzdata")
    return Check("time zones", OK, f"there ({zone.key})")


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


def _one_variant(name: str, distributions: list[str], version: str) -> Check:
    """Variants of one library overwrite each other's files: an environment holds exactly one."""
    there = [distribution for distribution in distributions if _installed(distribution)]
    if len(there) > 1:
        advice = f"they install the same files: pip uninstall -y {' '.join(there)}, then install one of them again"
        return Check(name, WARN, f"{version}, of {' and '.join(there)}", advice)
    return Check(name, OK, f"{version} ({', '.join(there) or 'not from a package index'})")


def _installed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def _codec(name: str, mode: Literal["r", "w"]) -> bool:
    from av.codec import Codec
    from av.error import FFmpegError

    try:
        Codec(name, mode)
    except (FFmpegError, ValueError):
        return False
    return True
