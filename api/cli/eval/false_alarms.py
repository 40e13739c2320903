"""`sanxun eval false_alarms`: hours of street in which nothing is wrong, and what is raised there all the same."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.eval.options import Assets, Referee, Remember, eyes
from api.cli.options import DataDir, Json, Model
from api.cli.say import say

_GOAL = 1.0


def false_alarms(
    assets: Assets,
    kept: Annotated[
        Path, typer.Option("--kept", metavar="FILE.jsonl", help="Where each quarter of an hour is kept: a run goes on.")
    ],
    hours: Annotated[
        float, typer.Option("--hours", min=0.25, max=10_000, help="Camera-hours, all clips together.")
    ] = 24.0,
    day_hours: Annotated[
        float, typer.Option("--day-hours", min=0.25, max=24, help="How long a day of light lasts: less is harder.")
    ] = 24.0,
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.1, help="Stop after so long; the next run goes on from there.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    remember: Remember = None,
    referee: Referee = None,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """False alarms of parking and fire lanes a camera-day, over looped clips with changing light and weather.

    Every other quarter of an hour one vehicle is parked: each rule may raise it once, and once more is a false alarm.
    """
    from streams.accuracy.compose import streets
    from streams.accuracy.long_run import Order, run, totals

    measured, other = eyes(assets, model, referee, data, remember)
    order = Order(hours, day_hours * 3600, seed)
    began_s, lines = time.monotonic(), list[dict[str, Any]]()
    for line in run(order, assets, streets(assets, other, say), other, measured, kept):
        lines.append(line)
        say(_sentence(line, totals(lines)))
        if minutes is not None and time.monotonic() - began_s > 60 * minutes:
            say(f"stopped after {minutes:g} min; the same command goes on")
            break
    found = totals(lines)
    print(json.dumps(found) if as_json else _text(found), flush=True)
    if found["per_camera_day"] is not None and found["per_camera_day"] > _GOAL:
        raise typer.Exit(1)


def _sentence(line: dict[str, Any], so_far: dict[str, Any]) -> str:
    alarms = "; ".join(f"{one['kind']} at {one['at_s']:.0f} s {one['why']}" for one in line["false_alarms"])
    return (
        f"{line['material']}: {line['raised']} of {line['planted']} planted raised, "
        f"{len(line['false_alarms'])} false{': ' + alarms if alarms else ''}  "
        f"[{so_far['camera_hours']} h, {so_far['per_camera_day']} a camera-day]"
    )


def _text(found: dict[str, Any]) -> str:
    met = "met" if found["per_camera_day"] is not None and found["per_camera_day"] <= _GOAL else "not met"
    return (
        f"{found['false_alarms']} false alarms in {found['camera_hours']} camera-hours of {found['cameras']} cameras: "
        f"{found['per_camera_day']} a camera-day; the goal of {_GOAL:g} is {met}\n"
        f"{found['raised']} of {found['planted']} planted hazards raised; "
        f"{found['standing_in_clip']} raised over what stands in the clips themselves"
    )
