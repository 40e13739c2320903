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
    pictures: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Check faster precisions against float32 on these pictures; by labels where DIR/labels and its "
            "classes.txt or --classes say what is in them, else by how well the two agree.",
        ),
    ] = None,
    clip: Annotated[
        str | None, typer.Option(metavar="FILE_OR_URL", help="The same on frames of a clip or of a camera.")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="What the label numbers mean, in order; coco80 for COCO's.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Pictures to check on, at most.")] = 300,
    threads: Annotated[int, typer.Option(min=1, help="Threads that one inference computes with.")] = 1,
    precision: Annotated[
        str | None, typer.Option(help="Show what this one would give, fp32, bf16 or fp16, whatever it loses.")
    ] = None,
    kept: Annotated[bool, typer.Option("--kept", help="Use the times kept from before, if any.")] = False,
    as_json: Json = False,
) -> None:
    """Time every execution provider here in every precision, check the faster ones on pictures, and keep the choice.

    A precision below float32 is used from then on where it loses at most 0.003 AP50 by labels, or, without labels,
    where its detections and float32's agree closely. Without --pictures or --clip only times are taken.
    """
    from api.cli.pictures import shown_pictures
    from api.cli.precision import precision_check
    from models.catalog import find
    from models.measure import choose

    folder = data_dir(data)
    spec = find(model, folder)
    shown = shown_pictures(pictures, clip, tuple(classes.split(",")) if classes else None, most)
    check = precision_check(spec, *shown) if shown else None
    choice = choose(spec, folder, threads, precision=precision, check=check, again=not kept)
    if as_json:
        print(json.dumps(_bench_facts(spec, choice), ensure_ascii=False, indent=1))
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


def _bench_facts(spec: ModelSpec, choice: Choice) -> dict[str, Any]:
    facts = {"model": spec.name, "input_hw": spec.input_hw, **asdict(choice)}
    facts["accuracy"] = [
        {**asdict(one), "loss": one.loss, "limit": one.limit, "kept": one.kept} for one in choice.accuracy
    ]
    return {**facts, "reason": choice.reason}


def _table(spec: ModelSpec, choice: Choice) -> str:
    height, width = spec.input_hw
    lines = [f"{spec.name} at {width}×{height}, {choice.threads} thread(s), on {choice.machine}"]
    for figure in choice.figures:
        if figure.error is not None:
            lines.append(f"  {figure.provider:9} {figure.precision}  failed: {figure.error}")
            continue
        timed = f"{figure.median_ms:8.1f} ms median, {figure.fastest_ms:.1f} ms fastest of {figure.runs}"
        lines.append(f"  {figure.provider:9} {figure.precision}  {timed}; loaded in {figure.load_s:.1f} s")
    lines += [f"  {one.provider:9} {one.precision}  {one.verdict}" for one in choice.accuracy]
    when = "measured now" if choice.measured else "from times kept earlier"
    lines.append(f"chosen: {choice.provider}, {choice.precision} ({when})")
    if choice.reason and not choice.accuracy:
        lines.append(choice.reason)
    return "\n".join(lines)
