"""`sanxun models bench`: which execution provider, in which precision."""

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
        str | None, typer.Option(help="Show what this one would give, fp32, bf16, fp16 or int8, whatever it loses.")
    ] = None,
    kept: Annotated[bool, typer.Option("--kept", help="Use the times kept from before, if any.")] = False,
    as_json: Json = False,
) -> None:
    """Time every execution provider here in every precision, check the faster ones on pictures, and keep the choice.

    A precision below float32 is used from then on where it loses at most 0.003 AP50 by labels, or, without labels,
    where its detections and float32's agree closely. An eight-bit version of the weights is made here, with ranges
    from every fourth picture, and judged on the others. Without --pictures or --clip only times are taken.
    """
    from api.cli.int8 import eight_bits, to_judge
    from api.cli.pictures import shown_pictures
    from api.cli.precision import precision_check
    from models.catalog import find
    from models.measure import choose

    folder = data_dir(data)
    spec = find(model, folder)
    named = tuple(classes.split(",")) if classes else None
    check = None
    if (shown := shown_pictures(pictures, clip, named, most)) is not None:
        spec = eight_bits(spec, shown[0], folder, lambda text: print(text, file=sys.stderr))
    if (shown := shown_pictures(pictures, clip, named, most)) is not None:
        found, source = shown
        check = precision_check(spec, to_judge(found), source)
    choice = choose(spec, folder, threads, precision=precision, check=check, again=not kept)
    if as_json:
        print(json.dumps(_bench_facts(spec, choice), ensure_ascii=False, indent=1))
    else:
        print(_table(spec, choice))


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
