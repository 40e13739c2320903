"""Trials in a row: the most cameras that are held, and a plot of what some numbers of them take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streams.bench.plot import Panel, write_svg

Run = Callable[[int], dict[str, Any]]
_PLOTTED = (1, 4, 16, 64, 100)
_CLOSE = 0.08  # how near the answer must be to the first number that was not held
_MOST = 1024


def most_held(run: Run, begin: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Double from `begin` while the cameras are held (halve while they are not), then bisect; the figures of the best
    trial, and all `trials`. Where not even one camera is held, those of the smallest trial."""
    tried: dict[int, dict[str, Any]] = {}

    def held(count: int) -> bool:
        tried[count] = run(count)
        say(f"{count} cameras: {'held' if tried[count]['held'] else 'not held'}")
        return bool(tried[count]["held"])

    low = largest(held, begin)
    best = tried[low if low in tried else min(tried)]
    return {**best, "trials": [_short(tried[count]) for count in sorted(tried)]}


def largest(held: Callable[[int], bool], begin: int) -> int:
    """The largest number found to be held, within 8 % of the first that is not; 0 where 1 is not."""
    low, high = _bracket(held, begin)
    while high - low > max(1, round(_CLOSE * low)):
        middle = (low + high) // 2
        low, high = (middle, high) if held(middle) else (low, middle)
    return low


def _bracket(held: Callable[[int], bool], begin: int) -> tuple[int, int]:
    """The largest number known to be held (0: none) and the smallest known not to be."""
    if held(begin):
        low = begin
        while low < _MOST and held(low * 2):
            low *= 2
        return low, min(low * 2, 2 * _MOST)
    high = begin
    while high > 1 and not held(high // 2):
        high //= 2
    return (high // 2, high) if high > 1 else (0, 1)


def run_and_plot(run: Run, out: Path, most: int) -> dict[str, Any]:
    """A trial for each of 1, 4, 16, 64, 100 cameras up to `most`, drawn; the figures of the largest, and all."""
    lines = [run(count) for count in _PLOTTED if count <= max(1, most)]
    counts = [line["cameras"] for line in lines]
    last = lines[-1]
    under = f"{last['model']}, {last['provider']} {last['precision']}, {last['machine']['cores']} cores"
    panels = [
        Panel("CPU of the worker, % of one core", counts, [line["cpu_percent"] for line in lines]),
        Panel("Memory of the worker, MB", counts, [line["rss_mb"] for line in lines]),
    ]
    write_svg(out, panels, x_title="cameras", under=under)
    return {**last, "trials": [_short(line) for line in lines]}


def _short(line: dict[str, Any]) -> dict[str, Any]:
    keys = (
        "cameras",
        "held",
        "planted",
        "raised_in_time",
        "false_alarms",
        "unknown_share_max",
        "cpu_percent",
        "rss_mb",
    )
    return {key: line[key] for key in keys}
