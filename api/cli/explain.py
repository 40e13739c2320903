"""`sanxun watch --explain`: what each camera's stream is like, what is decoded of it, and why."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from streams.site import CameraSpec

if TYPE_CHECKING:
    from streams.explain import Explained


def print_explanations(cameras: Sequence[CameraSpec], seconds: float, as_json: bool) -> int:
    """Look at the cameras, print what was found, and return how many of them could not be seen."""
    from api.cli.house import say
    from streams.explain import explain

    say(f"looking at {len(cameras)} camera{'' if len(cameras) == 1 else 's'} for up to {seconds:g} s")
    found = explain(cameras, seconds)
    if as_json:
        print(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=1))
    else:
        _print_table(found)
    return sum(one.looks == 0 for one in found)


def _as_json(found: Explained) -> dict[str, Any]:
    from streams.metrics.server import health_json

    return {**asdict(found), "health": health_json(found.health)}


def _print_table(found: Sequence[Explained]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("CAMERA", "STREAM", "KEY FRAME", "LOOKS WANTED", "DECODED", "WHY"):
        table.add_column(title, overflow="fold")
    for one in found:
        decoded = one.health.decoding or "nothing"
        table.add_row(one.camera, _stream(one), _keys(one), _wanted(one), decoded, _why(one))
    Console(width=shutil.get_terminal_size((160, 0)).columns, highlight=False).print(table)


def _stream(one: Explained) -> str:
    health = one.health
    size = "×".join(map(str, health.resolution_wh)) if health.resolution_wh else ""
    fps = f"{health.fps:.3g}/s" if health.fps else ""
    reordered = "" if health.b_frames is None else "B-frames" if health.b_frames else "no B-frames"
    seen = " ".join(part for part in (health.codec, size, fps) if part)
    which = "" if one.stream == "main" else one.stream
    return "; ".join(part for part in (which, ", ".join(p for p in (seen, reordered) if p), one.receiver) if part)


def _keys(one: Explained) -> str:
    return "none seen twice" if one.health.key_interval_s is None else f"every {one.health.key_interval_s:.3g} s"


def _wanted(one: Explained) -> str:
    every = f"one in {1 / one.wanted_hz:.3g} s" if one.wanted_hz < 1 else f"{one.wanted_hz:.3g} a second"
    return f"{every} for {', '.join(one.hazards)}" if one.hazards else f"{every}, no zones"


def _why(one: Explained) -> str:
    if not one.looks and (damaged := one.health.decode_errors):
        return f"{damaged} pictures came in {one.seconds:.0f} s, all damaged: parts of them are missing"
    if one.health.error:
        return one.health.error
    if not one.looks:
        return f"no picture in {one.seconds:.0f} s ({one.health.state}); --seconds gives it longer"
    return one.health.because or ""
