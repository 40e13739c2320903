"""`sanxun eval detector`: how good weights are, by class and by size, on pictures that ours were not trained on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.eval.options import MaybeAssets
from api.cli.options import DataDir, Json, kept_dir
from api.cli.say import say

if TYPE_CHECKING:
    from streams.accuracy.detector_sets import PictureSet, Truth


def detector(
    assets: MaybeAssets = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", metavar="NAME_OR_FILE", help="Weights; may be given several times.")
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            "--pictures",
            metavar="DIR",
            help="Your own, in place of the test material's: images/ and labels/ as YOLO writes them, and classes.txt, "
            "data.yaml or --classes to say what their numbers mean.",
        ),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(
            "--classes", metavar="A,B,C", help="What the label numbers of --pictures mean, in order; coco80 for COCO's."
        ),
    ] = None,
    by_size: Annotated[
        bool, typer.Option("--by-size", help="Show the size of things in the network's input too.")
    ] = False,
    tiled: Annotated[
        bool, typer.Option("--tiled", help="Look in tiles too, as at a camera with small_objects.")
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
    """AP50 on held-back street photographs, traffic-camera and aerial pictures, and rendered scenes, or on your own
    labelled pictures, in float32."""
    from models.catalog import find
    from streams.accuracy.detector import score_detector
    from streams.accuracy.detector_sets import picture_sets

    absent: list[str] = []
    if pictures is not None:
        sets = [_own(pictures, classes, most)]
    elif assets is not None:
        sets, absent = picture_sets(assets, most)
    else:
        raise typer.BadParameter("give --pictures DIR, or --assets DIR (or SANXUN_ASSETS)")
    folder = kept_dir(data)
    names: list[str | None] = [*model] if model else [None]
    specs = [find(name, folder) for name in names]
    scored = score_detector(specs, sets, reference=reference, threads=threads, tiled=tiled, say=say)
    scored |= {"absent": absent, "tiled": tiled}
    print(json.dumps(scored, ensure_ascii=False) if as_json else as_text(scored, by_size), flush=True)


def _own(folder: Path, classes: str | None, most: int | None) -> PictureSet:
    """Raises `UnusablePictures`."""
    from api.cli.pictures import labelled_pictures, meaning_of
    from models.errors import UnusablePictures
    from models.spec import ObjectClass
    from streams.accuracy.detector_sets import PictureSet
    from streams.accuracy.material import Column

    if not folder.is_dir():
        raise UnusablePictures(f"no folder of pictures at {folder}")
    named = tuple(name.strip() for name in classes.split(",")) if classes else None
    meaning = meaning_of(folder, named) or ()
    covered = tuple(which for which in ObjectClass if which in meaning)
    if not covered:
        raise UnusablePictures(
            f"{folder}: none of its classes is a person or a vehicle: expected classes.txt, data.yaml or --classes to "
            "name what its label numbers mean, such as person,bicycle,car"
        )

    def pictures() -> Iterator[Truth]:
        for shown in labelled_pictures(folder, named, most or 1_000_000):
            if shown.labels is not None:
                yield (shown.rgb, *shown.labels)

    return PictureSet(
        folder.resolve().name, Column.REAL, "your own pictures", "yours", "yours", covered, False, pictures
    )


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
