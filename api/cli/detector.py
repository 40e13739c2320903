"""From `--model` to running detectors, saying which one it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from models.catalog import find
from models.measure import choose
from models.session import open_session
from vision.detect import Detector

Say = Callable[[str], None]


def open_detector(model: str | None, data: Path | None, *, threads: int, say: Say) -> Detector:
    """The detector that `model` names, or the best one present, on the provider that measured fastest."""
    spec = find(model, data)
    choice = choose(spec, data, threads)
    session = open_session(spec, provider=choice.provider, threads=threads, precision=choice.precision)
    say(f"detector {spec.name} ({spec.input_hw[1]}x{spec.input_hw[0]}) on {session.provider}, {choice.precision}")
    return Detector(spec, session.run)


def open_detectors(model: str | None, data: Path, *, count: int, say: Say) -> list[Detector]:
    """One-thread detectors for `count` inference threads: on a CPU two of them run 1.5 times the frames of one."""
    return [open_detector(model, data, threads=1, say=say if i == 0 else lambda _text: None) for i in range(count)]
