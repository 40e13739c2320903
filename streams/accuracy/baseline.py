"""Figures once reached, kept in the repository: a change may not lower them without saying so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streams.errors import StreamError

# What a baseline holds of a column, and how much worse counts as worse: the last digit of a small sample is chance.
_SLACK = 0.005
_HIGHER = {"precision": _SLACK, "recall": _SLACK, "f1": _SLACK}
_LOWER = {"false_alarms_per_camera_hour": 0.05, "raised_twice": 0.5, "late": 0.5, "cleared_early": 0.5}
_SAME = ("model", "precision", "planted_by", "seeds")


class BaselineUnusable(StreamError):
    """A baseline that cannot be read, or was measured otherwise."""


def baseline_of(scored: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a score: its conditions and the figures that are compared."""
    kept = {key: scored[key] for key in ("kind", *_SAME) if key in scored}
    columns = {}
    for name, column in scored["columns"].items():
        if column.get("materials"):
            figures = {key: column[key] for key in (*_HIGHER, *_LOWER) if column.get(key) is not None}
            columns[name] = {"materials": column["materials"], **figures}
    return {**kept, "columns": columns, **({"figures": scored["figures"]} if "figures" in scored else {})}


def write_baseline(scored: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(baseline_of(scored), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_baseline(path: Path) -> dict[str, Any]:
    """Raises `BaselineUnusable`."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        dict(kept["columns"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BaselineUnusable(
            f"{path} is no baseline ({type(error).__name__}: {error}): write one with --write-baseline"
        ) from error
    return dict(kept)


def lowered(scored: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """A sentence for every figure that is worse than the baseline's; none where nothing is.

    Raises `BaselineUnusable` where the two were not measured alike: other weights or seeds say nothing of a change.
    """
    for key in _SAME:
        if kept.get(key) != scored.get(key):
            raise BaselineUnusable(
                f"the baseline was measured with {key} {kept.get(key)!r}, this run with {scored.get(key)!r}: "
                "give the same, or write a new baseline with --write-baseline"
            )
    found = []
    for key, figure in kept.get("figures", {}).items():
        now = scored.get("figures", {}).get(key)
        if now is None or now < figure - _SLACK:
            found.append(f"{key} was {figure} and is {now}")
    for name, figures in kept["columns"].items():
        column = scored["columns"].get(name, {})
        for key, slack in _HIGHER.items():
            if key in figures and (column.get(key) is None or column[key] < figures[key] - slack):
                found.append(f"{name} {key} was {figures[key]} and is {column.get(key)}")
        for key, slack in _LOWER.items():
            if key in figures and (column.get(key) is None or column[key] > figures[key] + slack):
                found.append(f"{name} {key} was {figures[key]} and is {column.get(key)}")
    return found
