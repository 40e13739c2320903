"""What this machine is, as far as the speed of weights depends on it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

# Instruction sets that change which provider and which precision is fastest.
_RELEVANT = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_int8")


@dataclass(frozen=True, slots=True)
class Cpu:
    """`identity` tells CPU models apart, also where a hypervisor gives them all one name."""

    name: str
    identity: str
    cores: int
    features: tuple[str, ...]


def cpu() -> Cpu:
    """The CPU of this machine; `cores` are those that this process may use."""
    facts = _cpuinfo()
    name = facts.get("model name") or platform.processor() or platform.machine()
    parts = (facts.get(key, "") for key in ("vendor_id", "cpu family", "model", "stepping"))
    flags = set(facts.get("flags", "").split())
    features = tuple(feature for feature in _RELEVANT if feature in flags)
    identity = " ".join((name, "/".join(parts), platform.machine(), *features))
    return Cpu(name=name, identity=identity, cores=usable_cores(), features=features)


def gpus(root: Path = Path("/proc/driver/nvidia/gpus")) -> tuple[str, ...]:
    """Models of the NVIDIA GPUs, as their driver lists them, in order of their bus addresses."""
    lines = (line.partition(":") for one in sorted(root.glob("*/information")) for line in _lines(one))
    return tuple(name.strip() for key, _, name in lines if key.strip() == "Model")


def usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpuinfo(path: Path = Path("/proc/cpuinfo")) -> dict[str, str]:
    """Fields of the first CPU that Linux lists; empty elsewhere."""
    try:
        first = path.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def memory_bytes() -> int | None:
    """Memory that this process may use: the machine's, or its control group's where that is less; None if unknown."""
    totals = (line for line in _lines(Path("/proc/meminfo")) if line.startswith("MemTotal:"))
    sizes = [int(line.split()[1]) * 1024 for line in totals]
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        sizes += [int(line) for line in _lines(Path(limit)) if line.isdigit()]
    return min(sizes, default=None)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
