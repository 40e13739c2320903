"""How much memory processes hold while something runs: sampled by a thread of its own, told as a line through them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_MIB = 1024


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    """`RssAnon` leaves out what a process shares with others, as PostgreSQL's share buffers. 0.0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / _MIB for line in lines if line.startswith(f"{field}:")), 0.0)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def slope_mb_per_hour(samples: Sequence[tuple[float, float]]) -> float | None:
    """Of the least-squares line through (seconds, MiB); None for fewer than two moments."""
    if len(samples) < 2:
        return None
    middle_s = sum(at for at, _ in samples) / len(samples)
    middle_mb = sum(mb for _, mb in samples) / len(samples)
    spread = sum((at - middle_s) ** 2 for at, _ in samples)
    together = sum((at - middle_s) * (mb - middle_mb) for at, mb in samples)
    return together / spread * 3600 if spread else None


def told(samples: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """First, last, most, and how fast it grew: over all, and over the later half, when what is kept has been filled."""
    half = samples[len(samples) // 2 :]
    slopes = (slope_mb_per_hour(samples), slope_mb_per_hour(half))
    whole, later = (None if one is None else round(one, 1) for one in slopes)
    return {
        "samples": len(samples),
        "first_mb": round(samples[0][1], 1) if samples else None,
        "last_mb": round(samples[-1][1], 1) if samples else None,
        "most_mb": round(max((mb for _, mb in samples), default=0.0), 1),
        "slope_mb_per_hour": whole,
        "later_half_slope_mb_per_hour": later,
    }


class Sampler:
    """`with Sampler({"api": read}, every_s) as memory: …; memory.report()`. Each `read` gives MiB."""

    def __init__(self, reads: dict[str, Callable[[], float]], every_s: float) -> None:
        self.series: dict[str, list[tuple[float, float]]] = {name: [] for name in reads}
        self._reads, self._every_s = reads, every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)

    def __enter__(self) -> Sampler:
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            for name, read in self._reads.items():
                self.series[name].append((time.monotonic() - self._began, read()))
            if self._stopping.wait(self._every_s):
                return

    def report(self) -> dict[str, Any]:
        return {name: told(samples) for name, samples in self.series.items()}
