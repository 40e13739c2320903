"""`sanxun models promote`, `rollback` and `history`: which weights are used when nobody says."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataDir, Json, data_dir
from models.spec import Task

if TYPE_CHECKING:
    from models.champions import Step
    from streams.accuracy.challenge import Truth

TaskOf = Annotated[Task, typer.Option("--task", help="What the weights are for.")]


def promote_model(
    challenger: Annotated[str, typer.Argument(metavar="CHALLENGER", help="Weights in the catalogue.")],
    pictures: Annotated[
        Path,
        typer.Option(
            "--pictures",
            metavar="HELD_BACK",
            help="Labelled pictures that neither was trained on: images/, labels/ and classes.txt or data.yaml, or the "
            "folder with street/valid.",
        ),
    ],
    against: Annotated[
        str | None, typer.Option("--against", metavar="CHAMPION", help="Default: what is used now.")
    ] = None,
    certainty: Annotated[
        float, typer.Option("--certainty", min=0.5, max=1.0, help="How certain the gain must be, by bootstrap.")
    ] = 0.95,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="What the label numbers mean, in order; coco80 for COCO's.")
    ] = None,
    task: TaskOf = Task.DETECT,
    most: Annotated[int, typer.Option("--most", min=1, help="Pictures to compare on, at most.")] = 2000,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of one inference.")] = 1,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """Compare a challenger with the champion on held-back pictures, and use it from now on where it is better.

    Better: a higher mean AP50, by a paired bootstrap over the pictures with at least --certainty. Exit status 1 where
    it is not. Running workers take the new champion up within seconds; `sanxun models rollback` takes it back.
    With --task aerial it sees what drones record, and nothing else.
    """
    from models.catalog import find
    from models.champions import Champions
    from models.errors import NotBetter, UnusablePictures
    from models.training_record import trained_on
    from streams.accuracy.challenge import challenge

    folder = data_dir(data)
    new, old = find(challenger, folder, task), find(against, folder, task)
    if new.sha256 == old.sha256:
        raise NotBetter(f"{new.name} and {old.name} are the same weights: there is nothing to compare")
    seen = trained_on(folder, new)
    given = tuple(classes.split(",")) if classes else None
    try:
        found = challenge(old, new, _held_back(pictures, given, most, seen), threads=threads, progress=_progress)
    except ValueError as error:
        raise UnusablePictures(f"{pictures}: {error}") from None
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)
    if as_json:
        print(json.dumps({**found.facts(), "promoted": found.better(certainty)}, ensure_ascii=False, indent=1))
    if not found.better(certainty):
        raise NotBetter(f"not promoted, {old.name} stays: {found.sentence()}")
    used_before = find(None, folder, task)
    figures = {**found.facts(), "held_back": str(pictures.resolve())}
    Champions(folder).promote(new, used_before.name, figures, task=task)
    if not as_json:
        print(f"promoted: {found.sentence()}")
        print(f"{new.name} is used from now on; `sanxun models rollback` brings {used_before.name} back")


def roll_back(
    data: DataDir = None,
    task: TaskOf = Task.DETECT,
    why: Annotated[str, typer.Option("--why", help="A word for the history.")] = "",
    as_json: Json = False,
) -> None:
    """Take the last promotion back: what was used before it is used again."""
    from models.catalog import find
    from models.champions import Champions

    folder = data_dir(data)
    step = Champions(folder).roll_back(task, why=why)
    now = find(None, folder, task).name
    if as_json:
        print(json.dumps({**asdict(step), "used": now}, ensure_ascii=False))
    else:
        print(f"{step.before} is withdrawn; {now} is used from now on")


def show_history(data: DataDir = None, task: TaskOf = Task.DETECT, as_json: Json = False) -> None:
    """Every promotion and rollback, oldest first, and what it rested on."""
    from models.champions import Champions

    steps = Champions(data_dir(data)).history(task)
    if as_json:
        print(json.dumps([asdict(step) for step in steps], ensure_ascii=False, indent=1))
        return
    for step in steps:
        print(_line(step))
    if not steps:
        print(f"nothing was ever promoted for {task.value!r}: the best of the catalogue is used")


def _line(step: Step) -> str:
    if step.action == "rolled_back":
        then = step.champion.name if step.champion else "the catalogue's own order"
        return f"{step.at}  rolled back {step.before}: {then} again  {step.figures.get('why', '')}".rstrip()
    ap50 = step.figures.get("ap50", {})
    name = step.champion.name if step.champion else "?"
    return (
        f"{step.at}  promoted {name} for {step.before}: AP50 {ap50.get('ours', 0):.3f} against "
        f"{ap50.get('theirs', 0):.3f} on {step.figures.get('pictures', 0)} pictures, "
        f"{ap50.get('certainty', 0):.1%} certain"
    )


def _held_back(folder: Path, classes: tuple[str, ...] | None, most: int, seen: frozenset[str]) -> Iterator[Truth]:
    from api.cli.pictures import labelled_pictures
    from models.errors import UnusablePictures
    from models.training_record import fingerprint

    for shown in labelled_pictures(folder, classes, most):
        if seen and fingerprint(shown.rgb) in seen:
            raise UnusablePictures(
                f"the challenger was trained on pictures of {folder}: give others that were held back from it"
            )
        assert shown.labels is not None
        yield shown.rgb, shown.labels


def _progress(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} pictures\033[K", end="", file=sys.stderr, flush=True)
    elif done % 50 == 0:
        print(f"{done} pictures", file=sys.stderr, flush=True)
