"""`sanxun models`: the weights that are here, taking in others, checking and timing them, training our own."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import DataDir, Json, Model, data_dir

if TYPE_CHECKING:
    from models.measure import Choice
    from models.spec import ModelSpec

app = typer.Typer(no_args_is_help=True, help="Weights: list, add, verify, bench, train.")
File = Annotated[Path, typer.Argument(metavar="FILE.onnx", help="A detector as ONNX: YOLOv8, 11, 26 or YOLOX.")]


@app.command("list")
def list_models(data: DataDir = None, as_json: Json = False) -> None:
    """The weights that are here, the one used by default first."""
    from models.catalog import catalogue, sees_anything

    specs = catalogue(data_dir(data))
    if as_json:
        print(json.dumps([_facts(spec) for spec in specs], ensure_ascii=False, indent=1))
    elif not specs:
        print("no weights are here: `sanxun models add FILE.onnx` takes your own")
    else:
        best = next(filter(sees_anything, specs), None)
        print("\n\n".join(_paragraph(spec, default=spec is best) for spec in specs))


@app.command("add")
def add_model(
    file: File,
    data: DataDir = None,
    name: Annotated[str | None, typer.Option(help="What to call it. Default: its known name or the file's.")] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Class names in order, where the file does not name them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take your own weights into the data folder, recognised from the graph and hashed."""
    from models.catalog import add_reading

    given = tuple(part.strip() for part in classes.split(",")) if classes else None
    reading = add_reading(file, data_dir(data), name, given)
    if as_json:
        print(json.dumps({**_facts(reading.spec), "notes": reading.notes}, ensure_ascii=False, indent=1))
        return
    print(_paragraph(reading.spec, default=False))
    for note in reading.notes:
        print(f"  note       {note}")


@app.command("verify")
def verify_models(data: DataDir = None, as_json: Json = False) -> None:
    """Compare every file with its entry: bytes, hash and graph. Exit status 1 where one differs."""
    from models.catalog import verify

    verdicts = verify(data_dir(data))
    if as_json:
        print(json.dumps([{"name": n, "ok": ok, "reason": why} for n, ok, why in verdicts], ensure_ascii=False))
    else:
        for name, ok, reason in verdicts:
            print(f"{'ok  ' if ok else 'BAD '} {name}: {reason}")
        if not verdicts:
            print("nothing to verify: no weights are here")
    raise typer.Exit(0 if all(ok for _, ok, _ in verdicts) else 1)


@app.command("bench")
def bench_model(
    model: Model = None,
    data: DataDir = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads that one inference computes with.")] = 1,
    precision: Annotated[
        str, typer.Option(help="fp32, or bf16 / fp16 where a provider has it: faster, and it may cost accuracy.")
    ] = "fp32",
    kept: Annotated[bool, typer.Option("--kept", help="Show the figures kept from before, if any.")] = False,
    as_json: Json = False,
) -> None:
    """Time every execution provider here on these weights, and keep the choice."""
    from models.catalog import find
    from models.measure import choose

    folder = data_dir(data)
    spec = find(model, folder)
    choice = choose(spec, folder, threads, precision=precision, again=not kept)
    if as_json:
        facts = {"model": spec.name, "input_hw": spec.input_hw, **asdict(choice)}
        print(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        print(_table(spec, choice))


@app.command(
    "train", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def train_model(context: typer.Context) -> None:
    """Train our own detector; needs the environment that models/train/requirements.txt describes."""
    from models.train.__main__ import main

    sys.argv = ["sanxun models train", *context.args]
    main()


def _facts(spec: ModelSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "path": str(spec.path),
        "task": spec.task,
        "head": spec.head.value,
        "classes": spec.classes,
        "input_hw": spec.input_hw,
        "bytes": spec.bytes,
        "sha256": spec.sha256,
        "licence": spec.licence,
        "provenance": spec.provenance,
        "accuracy": spec.accuracy,
    }


def _paragraph(spec: ModelSpec, *, default: bool) -> str:
    height, width = spec.input_hw
    seen = sorted({found.label for found in spec.object_classes() if found is not None})
    measured = ", ".join(f"{key} {value:.3f}" for key, value in spec.accuracy.items()) or "not measured"
    return "\n".join(
        (
            f"{spec.name}{'  (used by default)' if default else ''}",
            f"  classes    {len(spec.classes)}; Sanxun looks for {', '.join(seen) or 'none of them'}",
            f"  input      {width}×{height} px, {spec.channel_order.upper()}, head {spec.head.value}",
            f"  size       {spec.bytes / 1e6:.1f} MB, sha256 {spec.sha256[:16]}…",
            f"  licence    {spec.licence}",
            f"  origin     {spec.provenance}",
            f"  accuracy   {measured}",
            f"  file       {spec.path}",
        )
    )


def _table(spec: ModelSpec, choice: Choice) -> str:
    height, width = spec.input_hw
    lines = [f"{spec.name} at {width}×{height}, {choice.threads} thread(s), on {choice.machine}"]
    for figure in choice.figures:
        if figure.error is not None:
            lines.append(f"  {figure.provider:9} {figure.precision}  failed: {figure.error}")
            continue
        timed = f"{figure.median_ms:8.1f} ms median, {figure.fastest_ms:.1f} ms fastest of {figure.runs}"
        lines.append(f"  {figure.provider:9} {figure.precision}  {timed}; loaded in {figure.load_s:.1f} s")
    when = "measured now" if choice.measured else "from figures kept earlier"
    lines.append(f"chosen: {choice.provider}, {choice.precision} ({when})")
    return "\n".join(lines)
