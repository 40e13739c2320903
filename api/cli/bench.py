"""`sanxun bench`: how fast the loop is on this machine."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer

from api.cli.options import DataDir, Json, Model

app = typer.Typer(no_args_is_help=True, help="How fast the detection loop is on this machine.")


@app.callback()
def bench() -> None:
    """How fast the detection loop is on this machine."""


@app.command("loop")
def loop(
    clip: Annotated[str, typer.Option("--clip", help="A video file; it is played over and over.")],
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="Default: one per core.")] = None,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Pairs of bare and whole, alternated.")] = 5,
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, help="Length of each half of a pair.")] = 5.0,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """The saturated loop (decode, scale, infer, suppress, track, rules) over the bare inference rate."""
    from models.catalog import find
    from models.measure import choose
    from models.session import open_session
    from streams.bench import bench_loop
    from vision.detect import Detector

    count = threads or os.cpu_count() or 1
    spec = find(model, data)
    choice = choose(spec, data, 1)
    sessions = [open_session(spec, provider=choice.provider, precision=choice.precision) for _ in range(count)]
    detectors = [Detector(spec, session.run) for session in sessions]
    figure = bench_loop(clip, detectors, [session.run for session in sessions], runs=runs, seconds=seconds)
    line = {
        **{key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(figure).items()},
        "provider": choice.provider,
        "precision": choice.precision,
        "threads": count,
        "model": spec.name,
        "input_hw": list(spec.input_hw),
    }
    if as_json:
        print(json.dumps(line))
    else:
        print(
            f"{spec.name} on {count} x {choice.provider} {choice.precision}: loop {figure.loop_fps:.1f} frames/s, "
            f"inference alone {figure.bare_fps:.1f}, ratio {figure.ratio:.3f} (median of {runs})"
        )
