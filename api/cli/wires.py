"""The wire segmenter for whoever watches zones for wiring: opened when the first look asks for it."""

from __future__ import annotations

from pathlib import Path

from api.cli.detector import Say
from api.cli.options import kept_dir
from models.catalog import find
from models.errors import ModelError
from models.session import open_session
from models.spec import Task
from streams.late_wires import OpenWires
from vision.wires import WireFinder


def wires_opener(data: Path | None, say: Say, *, threads: int = 1) -> OpenWires | None:
    """What opens the best wire segmenter present, one for each thread that calls it; None, and a word to the user,
    where there is none."""
    try:
        spec = find(None, kept_dir(data), Task.WIRES)
    except ModelError as error:
        say(f"zones cannot be watched for wiring: {error}")
        return None

    def opened() -> WireFinder:
        session = open_session(spec, threads=threads)
        say(f"wire segmenter {spec.name} on {session.provider}, {session.precision}")
        return WireFinder(spec, session.run)

    return opened
