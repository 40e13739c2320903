"""What a process uses, as Linux counts it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from streams.errors import StreamError

_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Use:
    """Seconds of processor time since the process began, of all its threads, and memory now."""

    at_s: float
    cpu_s: float
    rss_mb: float
    threads: int

    def percent_since(self, earlier: Use) -> float:
        """Of one core, over the time between the two."""
        return 100 * (self.cpu_s - earlier.cpu_s) / max(1e-9, self.at_s - earlier.at_s)


def use_of(pid: int) -> Use:
    """Raises `StreamError` when there is no such process, or no /proc."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
        status = (_PROC / str(pid) / "status").read_text()
    except OSError as error:
        raise StreamError(f"process {pid} cannot be measured: {error.strerror}; this needs Linux") from error
    # proc(5): fields 14 and 15 are user and system time; what follows the name begins with field 3.
    cpu_s = (int(stat[11]) + int(stat[12])) / _TICKS_PER_S
    rss_kb = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
    return Use(time.monotonic(), cpu_s, rss_kb / 1024, int(stat[17]))


def machine_use() -> Use:
    """The same for the whole machine; `rss_mb` is what is not available to others."""
    fields = [int(value) for value in (_PROC / "stat").read_text().splitlines()[0].split()[1:9]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = fields
    memory = dict(line.split(":", 1) for line in (_PROC / "meminfo").read_text().splitlines())
    used_kb = int(memory["MemTotal"].split()[0]) - int(memory["MemAvailable"].split()[0])
    return Use(time.monotonic(), (user + nice + system + irq + softirq + steal) / _TICKS_PER_S, used_kb / 1024, 0)
