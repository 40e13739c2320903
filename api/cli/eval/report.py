"""What `sanxun eval` prints of a score, and what becomes of a baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from api.cli.say import say
from streams.accuracy.baseline import lowered, read_baseline, write_baseline

_ROWS = (
    ("materials", "materials"),
    ("camera hours", "camera_hours"),
    ("hits", "tp"),
    ("missed", "fn"),
    ("false alarms", "fp"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("F1", "f1"),
    ("false alarms an hour", "false_alarms_per_camera_hour"),
    ("later than dwell + 2 s", "late"),
    ("raised twice", "raised_twice"),
    ("all-clears given", "cleared"),
    ("all-clears due", "clears_due"),
    ("cleared too early", "cleared_early"),
)


def show(scored: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(scored, ensure_ascii=False) if as_json else as_text(scored), flush=True)


def settle(scored: dict[str, Any], baseline: Path | None, write: bool) -> None:
    """Write the baseline, or end with status 1 where it is lowered. Raises `BaselineUnusable`."""
    if write and baseline is None:
        raise typer.BadParameter("--write-baseline needs --baseline FILE.json: where to write it")
    if baseline is None:
        return
    if write:
        write_baseline(scored, baseline)
        say(f"baseline written: {baseline}")
        return
    worse = lowered(scored, read_baseline(baseline))
    if worse:
        say(f"sanxun: {scored['kind']} is worse than {baseline} allows: " + "; ".join(worse))
        raise typer.Exit(1)
    say(f"nothing is worse than in {baseline}")


def as_text(scored: dict[str, Any]) -> str:
    """A table with a column for each kind of material, what each was measured on, and the composed one by what was
    laid over it."""
    columns = scored["columns"]
    lines = [_head(scored), "", f"{'':26}" + "".join(f"{name:>12}" for name in columns)]
    for title, key in _ROWS:
        lines.append(f"{title:26}" + "".join(f"{_cell(one.get(key)):>12}" for one in columns.values()))
    for which in ("p50", "p95", "max"):
        values = [(one.get("delay_beyond_dwell_s") or {}).get(which) for one in columns.values()]
        lines.append(f"{'s beyond the dwell, ' + which:26}" + "".join(f"{_cell(value):>12}" for value in values))
    for name, one in columns.items():
        lines += _laid_over(name, one.get("by_tag") or {})
    for name, one in columns.items():
        lines += [f"{name}: {m['name']}: {m['origin']}; licence {m['licence']}" for m in one.get("material", [])]
    return "\n".join(lines)


def _head(scored: dict[str, Any]) -> str:
    eyes = f", detector {scored['model']} ({scored['precision']})" if "model" in scored else ""
    planted = f", planted by {scored['planted_by']}" if "planted_by" in scored else ""
    return f"{scored['kind']}{eyes}{planted}"


def _laid_over(name: str, tags: dict[str, dict[str, Any]]) -> list[str]:
    if len(tags) < 2:
        return []
    keys = ("materials", "tp", "fn", "fp", "late", "cleared_early")
    lines = ["", f"{name + ', by what happens':26}" + "".join(f"{key:>14}" for key in keys)]
    lines += [f"{tag:26}" + "".join(f"{_cell(one.get(key)):>14}" for key in keys) for tag, one in tags.items()]
    return [*lines, ""]


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)
