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
    detectors, _provider = open_detectors(model, data, count=1, threads=threads, say=say)
    return detectors[0]


def open_detectors(
    model: str | None, data: Path | None, *, count: int, say: Say, threads: int = 1
) -> tuple[list[Detector], str]:
    """`count` detectors with a session of `threads` threads each, and the provider that they run on.

    For inference threads give each a one-thread session: on a CPU two of them run 1.5 times the frames of one.
    """
    spec = find(model, data)
    choice = choose(spec, data, threads)
    sessions = [
        open_session(spec, provider=choice.provider, threads=threads, precision=choice.precision) for _ in range(count)
    ]
    say(f"detector {spec.name} ({spec.input_hw[1]}x{spec.input_hw[0]}) on {choice.provider}, {choice.precision}")
    if choice.reason:
        say(choice.reason)
    return [Detector(spec, session.run) for session in sessions], f"{choice.provider} {choice.precision}"
