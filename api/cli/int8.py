"""Eight-bit weights for `sanxun models bench`: made from some of the pictures, judged on the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from api.cli.pictures import Shown
from models import providers
from models.errors import NotQuantised
from models.int8 import PICTURES, quantise
from models.onnx_file import Array
from models.session import open_session
from models.spec import ModelSpec
from vision.detect import Detector

_EVERY = 4  # picture gives ranges, until there are enough


def computes() -> bool:
    """Whether a provider here gains by eight bits."""
    return any(precision == "int8" for _provider, precision in providers.candidates())


def eight_bits(
    spec: ModelSpec, pictures: Iterable[Shown], data_dir: Path | None, say: Callable[[str], None]
) -> ModelSpec:
    """The spec with its eight-bit version, made of ranges from every fourth picture; without, where that cannot be, and
    why is said."""
    if not computes():
        return spec
    try:
        inputs = _inputs(spec, pictures)
        say(f"making the eight-bit version of {spec.name}, ranges from {len(inputs)} pictures")
        return quantise(spec, inputs, data_dir)
    except NotQuantised as error:
        say(f"int8 is left out: {error}")
        return spec


def to_judge(pictures: Iterable[Shown]) -> Iterator[Shown]:
    """Those that gave no ranges."""
    return (one for number, one in enumerate(pictures) if number % _EVERY or number >= _EVERY * PICTURES)


def _inputs(spec: ModelSpec, pictures: Iterable[Shown]) -> list[Array]:
    """Pictures as the detector hands them to the network."""
    session, inputs = open_session(spec), list[Array]()

    def keeping(picture: Array) -> Array:
        inputs.append(picture.copy())
        return session.run(picture)

    detector = Detector(spec, keeping)
    for shown in islice(pictures, 0, _EVERY * PICTURES, _EVERY):
        height, width = shown.rgb.shape[:2]
        detector(shown.rgb, (width, height))
    return inputs
