"""Options that the measurements share, and from them to what they measure with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.say import say
from models.errors import ModelError

if TYPE_CHECKING:
    from vision.detect import Detector

_ASSETS = typer.Option(
    "--assets", envvar="SANXUN_ASSETS", help="Folder of test material: MANIFEST.tsv, clips/, pictures/, weights/."
)
Assets = Annotated[Path, _ASSETS]
MaybeAssets = Annotated[Path | None, _ASSETS]
Seeds = Annotated[int, typer.Option("--seeds", min=0, max=100_000, help="How many composed materials, from seed 0 on.")]
FirstSeed = Annotated[int, typer.Option("--first-seed", min=0, help="Begin with another seed.")]
Baseline = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE.json", help="Compare with these figures; status 1 where one is lowered."),
]
WriteBaseline = Annotated[
    bool, typer.Option("--write-baseline", help="Write the figures to --baseline in place of comparing.")
]
Pictures = Annotated[
    Path | None,
    typer.Option("--sheets", metavar="DIR", help="A sheet of the looks at every material that was judged wrong."),
]
Remember = Annotated[
    Path | None,
    typer.Option("--remember", metavar="FILE.db", help="Keep what detectors saw: a second run costs no inference."),
]
Referee = Annotated[
    str | None,
    typer.Option(
        "--referee",
        metavar="NAME_OR_FILE",
        help="Weights that say what can be cut out of a clip. Default: others than --model, from ASSETS/weights.",
    ),
]

_REFEREES = ("yolo11n_640_fp32.onnx", "yolo26n_640_fp32.onnx")


def eyes(
    assets: Path, model: str | None, referee: str | None, data: Path | None, remember: Path | None, threads: int = 1
) -> tuple[Detector, Detector]:
    """The detector that is measured, and the one that says what is planted. Raises `ModelError`."""
    from api.cli.detector import open_detector
    from streams.accuracy.remember import Remembering

    measured = open_detector(model, data, threads=threads, say=say)
    other = open_detector(referee or _referee(assets, measured.spec.sha256), data, threads=threads, say=say)
    if other.spec.sha256 == measured.spec.sha256:
        say("note: the same weights are measured and say what is planted: what they never find is never asked for")
    if remember is None:
        return measured, other
    return Remembering(measured, remember), Remembering(other, remember)


def _referee(assets: Path, measured_sha256: str) -> str | None:
    """Known weights of the test material other than the measured ones; None for the best that there is."""
    from models.catalog import find

    for name in _REFEREES:
        path = assets / "weights" / name
        try:
            if path.is_file() and find(str(path), None).sha256 != measured_sha256:
                return str(path)
        except ModelError:
            continue
    return None
