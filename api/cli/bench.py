"""`sanxun bench`: how fast the loop is on this machine."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import DataDir, Json, Model, data_dir, kept_dir

if TYPE_CHECKING:
    from streams.bench.compose import Composition, Order, Rendition

app = typer.Typer(no_args_is_help=True, help="How fast the detection loop is on this machine.")


@app.callback()
def bench() -> None:
    """How fast the detection loop is on this machine."""


@app.command("loop")
def loop(
    clip: Annotated[str, typer.Option("--clip", help="A video file; it is played over and over.")],
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="Default: one per core.")] = None,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Rounds of bare, decoding and whole.")] = 5,
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, help="Length of each third of a round.")] = 5.0,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """The saturated loop (decode, scale, infer, suppress, track, rules) over the bare inference rate."""
    from models.catalog import find
    from models.measure import choose
    from models.session import open_session
    from streams.bench.loop import bench_loop
    from vision.detect import Detector

    count = threads or os.cpu_count() or 1
    folder = kept_dir(data)
    spec = find(model, folder)
    choice = choose(spec, folder, 1)
    sessions = [open_session(spec, provider=choice.provider, precision=choice.precision) for _ in range(count)]
    ours = [
        open_session(spec, provider=choice.provider, precision=choice.precision, takes_bytes=True) for _ in range(count)
    ]
    detectors = [Detector(spec, one.run, precision=choice.precision, takes_bytes=one.takes_bytes) for one in ours]
    figure = bench_loop(clip, detectors, [session.run for session in sessions], runs=runs, seconds=seconds)
    line = {
        **{key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(figure).items()},
        "provider": choice.provider,
        "precision": choice.precision,
        "threads": count,
        "model": spec.name,
        "input_hw": list(spec.input_hw),
        "clip": Path(clip).name,
        "machine": _machine(),
    }
    if as_json:
        print(json.dumps(line))
    else:
        print(
            f"{spec.name} on {count} x {choice.provider} {choice.precision}: loop {figure.loop_fps:.1f} frames/s, "
            f"inference alone {figure.bare_fps:.1f}, ratio {figure.ratio:.3f}; decoding alone "
            f"{figure.decode_fps:.0f}, so the bound is {figure.bound_fps:.1f}: {100 * figure.share_of_bound:.1f} % of "
            f"it reached (medians of {runs})"
        )


@app.command("cameras")
def cameras(
    clip: Annotated[Path, typer.Option("--clip", help="A video with traffic; vehicles are cut out of it.")],
    count: Annotated[int, typer.Option("--count", min=1, help="Cameras; with --find, where to begin.")] = 8,
    seconds: Annotated[float, typer.Option("--seconds", min=10, help="How long they are watched.")] = 60.0,
    sub_stream: Annotated[
        bool, typer.Option("--sub-stream", help="Cameras have a 640x360 stream of 512 kbit/s, and that is watched.")
    ] = False,
    find: Annotated[bool, typer.Option("--find", help="Find the most cameras that are held.")] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw memory and CPU at 1, 4, 16, 64 and 100 cameras: an SVG.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Other vehicles at other places and times.")] = 1,
    hazards: Annotated[int, typer.Option("--hazards", min=1, help="Parked vehicles in each camera's loop.")] = 1,
    length_s: Annotated[float, typer.Option("--length", min=20, help="Seconds of the loop, at least.")] = 120.0,
    dwell_s: Annotated[float, typer.Option("--dwell", min=2, help="Seconds that the zones allow.")] = 20.0,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="Inference threads of the worker.")] = None,
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep the trial's database and log here.")] = None,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """How many 1080p cameras this machine holds: real RTSP streams, a real worker, a real API, hazards of known truth.

    A street is composed from the clip (played forwards and backwards, 25 pictures a second, 4 Mbit/s, a key frame every
    2 s) with vehicles of its own held still at known places and times, and served to the worker as --count cameras
    out of step. Held means: every planted hazard is with the API within its dwell and 4 s, no false alarm, and no
    camera unknown for more than 1 % of the time. Until all cameras are live nothing counts.
    """
    from api.cli.bench_cameras import Trial, least_seconds, run_trial
    from api.cli.bench_search import most_held, run_and_plot
    from api.cli.house import say
    from models.catalog import find as find_model
    from streams.bench.compose import MAIN, SUB_STREAM, Order

    folder = data_dir(data)
    spec = find_model(model, folder)
    order = Order(seed=seed, hazards=hazards, length_s=length_s, dwell_s=dwell_s)
    composition = _composed(clip, folder, model, order, (MAIN, SUB_STREAM) if sub_stream else (MAIN,))
    if seconds < (least_s := least_seconds(composition)):
        raise typer.BadParameter(f"with a dwell of {dwell_s:g} s at least {least_s:g} s", param_hint="--seconds")
    trial = Trial(composition, count, seconds, sub_stream, str(spec.path), threads, folder, seed, keep)

    def run(cameras: int) -> dict[str, Any]:
        return {**run_trial(replace(trial, count=cameras), say), "clip": clip.name, "machine": _machine()}

    if plot is not None:
        line = run_and_plot(run, plot, count)
    elif find:
        line = most_held(run, count, say)
    else:
        line = run(count)
    print(json.dumps(line) if as_json else _in_words(line))


def _composed(
    clip: Path, data: Path, model: str | None, order: Order, renditions: tuple[Rendition, ...]
) -> Composition:
    from api.cli.detector import open_detector
    from api.cli.house import say
    from streams.bench.compose import compose

    detector = open_detector(model, data, threads=1, say=say)
    say(f"composing a street from {clip.name} (kept for the next time; it takes a minute or two)")
    return compose(clip, data / "bench", detector, order, renditions)


def _machine() -> dict[str, Any]:
    import platform

    from models.machine import cpu, memory_bytes

    found = cpu()
    memory = memory_bytes()
    return {
        "cpu": found.name,
        "cores": found.cores,
        "features": list(found.features),
        "memory_gb": round(memory / 2**30, 1) if memory else None,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }


def _in_words(line: dict[str, Any]) -> str:
    beyond = line["delay_beyond_dwell_s"]
    return (
        f"{line['cameras']} cameras, {'held' if line['held'] else 'NOT held'}: {line['raised_in_time']} of "
        f"{line['planted']} hazards in time, {line['false_alarms']} false alarms; {beyond['p50']} s (median) and "
        f"{beyond['max']} s (longest) beyond their dwell; unknown {100 * line['unknown_share_max']:.2f} % at most\n"
        f"worker {line['cpu_percent']} % of a core, {line['rss_mb']} MB; {line['inferences_per_s']} inferences/s, "
        f"{line['gated_share']} of the looks gated; {line['model']} on {line['provider']} {line['precision']}"
    )
