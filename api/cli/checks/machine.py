"""The machine: its CPU, memory and clock."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
import sys
from pathlib import Path

from api.cli.checks.check import GB, OK, WARN, Check

# The process with its detectors, and a camera with ten seconds of packets at 4 Mbit/s (both measured, rounded up).
_BASE_GB, _CAMERA_GB = 1.0, 0.02
_CLOCK_UNSYNCHRONISED = 0x0040  # STA_UNSYNC of adjtimex(2)
_CLOCK_ERROR = 5  # TIME_ERROR, what it returns then
_WELL_SET_S = 0.5
_QUICKER = {"avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8"}  # compute in fewer bits


def cpu_features() -> Check:
    from models.machine import cpu

    chip = cpu()
    found = f"{chip.name}: {', '.join(chip.features) or 'no instruction sets known of'}"
    if _QUICKER & set(chip.features):
        found += "; bf16 and int8 are used once `sanxun models bench --pictures DIR` has checked them"
    if platform.machine() == "x86_64" and "avx2" not in chip.features:
        return Check("cpu", WARN, found, "without AVX2 inference is several times slower: watch fewer cameras")
    return Check("cpu", OK, found)


def cores() -> Check:
    from models.machine import usable_cores

    return judged_cores(usable_cores(), _quota())


def judged_cores(count: int, quota: float | None) -> Check:
    """`quota`: as many cores' time as the control group grants, None for no limit."""
    limited = quota is not None and quota < count
    found = f"{count} may be used" + (f", for as much time as {quota:g} have (cgroup quota)" if limited else "")
    if limited:
        # One inference thread per core that it sees; with less time than that, each is stopped in mid-flight.
        return Check("cores", WARN, found, f"give `sanxun watch` --threads {max(1, int(quota or 1))}, or more CPU time")
    if count < 2:
        return Check("cores", WARN, found, "two keep decoding and inference out of each other's way")
    return Check("cores", OK, found)


def memory(cameras: int) -> Check:
    from models.machine import memory_bytes

    size = memory_bytes()
    return judged_memory(None if size is None else size / GB, _available_gb(), cameras)


def judged_memory(size_gb: float | None, available_gb: float | None, cameras: int) -> Check:
    needed_gb = _BASE_GB + _CAMERA_GB * cameras
    if size_gb is None:
        return Check("memory", WARN, "unknown on this system", f"{cameras} cameras need {needed_gb:.1f} GB")
    free = "" if available_gb is None else f", {available_gb:.1f} GB free"
    found = f"{size_gb:.1f} GB may be used{free}; {cameras} cameras need {needed_gb:.1f} GB"
    if size_gb < needed_gb:
        most = max(0, int((size_gb - _BASE_GB) / _CAMERA_GB))
        return Check("memory", WARN, found, f"enough for {most} cameras: add memory, or watch the others elsewhere")
    return Check("memory", OK, found)


def clock() -> Check:
    if sys.platform != "linux":
        return Check("clock", OK, "not looked at on this system: let it be set over the network (NTP)")
    return judged_clock(*_kernel_clock())


def judged_clock(state: int, status: int, most_error_s: float) -> Check:
    """The kernel's own word: what adjtimex(2) returns, its status bits, and how far off it may be."""
    advice = "let the network set it: timedatectl set-ntp true, or install chrony; in a container, on its host"
    if state < 0:
        return Check("clock", WARN, "the kernel does not say whether it is set over the network", advice)
    if state == _CLOCK_ERROR or status & _CLOCK_UNSYNCHRONISED:
        return Check("clock", WARN, "not set over the network: events would carry a wrong time", advice)
    found = f"set over the network, at most {most_error_s:.3g} s off"
    return Check(
        "clock", OK if most_error_s <= _WELL_SET_S else WARN, found, "" if most_error_s <= _WELL_SET_S else advice
    )


class _Timex(ctypes.Structure):
    """The head of `struct timex` of adjtimex(2), and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def _kernel_clock() -> tuple[int, int, float]:
    """Return value, status bits, and greatest error in seconds. Only asks (modes 0): no privilege is needed."""
    asked = _Timex()
    libc = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
    state = int(libc.adjtimex(ctypes.byref(asked)))
    return state, int(asked.status), asked.maxerror / 1e6


def _quota(root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """CPU time over wall time that the control group grants (versions 2 and 1)."""
    try:
        granted, period = (root / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            granted = (root / "cpu/cpu.cfs_quota_us").read_text().strip()
            period = (root / "cpu/cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    return int(granted) / int(period) if granted.isdigit() and int(period) else None


def _available_gb(meminfo: Path = Path("/proc/meminfo")) -> float | None:
    try:
        lines = meminfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 / GB for line in lines if line.startswith("MemAvailable:")), None)
