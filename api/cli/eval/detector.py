"""`sanxun eval detector`: how good weights are, by class and by size, on pictures that ours were not trained on."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from api.cli.eval.options import Assets
from api.cli.options import DataDir, Json, kept_dir
from api.cli.say import say


def detector(
    assets: Assets,
    model: Annotated[
        list[str] | None, typer.Option("--model", metavar="NAME_OR_FILE", help="Weights; may be given several times.")
    ] = None,
    by_size: Annotated[
        bool, typer.Option("--by-size", help="Show the size of things in the network's input too.")
    ] = False,
    reference: Annotated[
        str, typer.Option("--reference", help="The model that the others are held against.")
    ] = "yolox_nano",
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of one inference.")] = 1,
    most: Annotated[
        int | None, typer.Option("--most", min=1, help="Pictures of a set at most: a quick look, no figure to quote.")
    ] = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """AP50 on held-back street photographs, traffic-camera and aerial pictures, and rendered scenes, in float32."""
    from models.catalog import find
    from streams.accuracy.detector import score_detector

    folder = kept_dir(data)
    names: list[str | None] = [*model] if model else [None]
    specs = [find(name, folder) for name in names]
    scored = score_detector(specs, assets, reference=reference, threads=threads, most=most, say=say)
    print(json.dumps(scored, ensure_ascii=False) if as_json else as_text(scored, by_size), flush=True)


def as_text(scored: dict[str, Any], by_size: bool = False) -> str:
    """A block for each set: what it is, then a line for each model."""
    lines: list[str] = []
    for name, told in scored["sets"].items():
        labelled = ", ".join(f"{key} {value}" for key, value in told.items() if not isinstance(value, (dict, list)))
        lines += ["", f"{name}: {labelled}"]
        for model, facts in scored["models"].items():
            lines.append(_line(model, facts, facts["sets"][name]))
            if by_size:
                lines += [f"    {size:18} {_ap(one)}" for size, one in facts["sets"][name]["by_input_px"].items()]
    if scored["absent"]:
        lines += ["", f"not there: {', '.join(scored['absent'])}"]
    return "\n".join(lines[1:])


def _line(model: str, facts: dict[str, Any], its: dict[str, Any]) -> str:
    classes = "  ".join(f"{label} {_text(value)}" for label, value in its["ap50"].items())
    return f"  {model:14} mean {_text(its['mean_ap50'])}   {classes}   {facts['cost']['median_ms']} ms"


def _ap(one: Any) -> str:
    return json.dumps(one, ensure_ascii=False)


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
