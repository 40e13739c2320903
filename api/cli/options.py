"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="SANXUN_DATA", help="Folder of all state. Default: sanxun in the user's data folder."
    ),
]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="TCP port; 0 takes a free one.")]
Host = Annotated[str, typer.Option("--host", help="Address to bind to. The default answers this machine alone.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME_OR_FILE", help="Weights: a catalogue name or an .onnx file. Default: the best."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080


def data_dir(given: Path | None) -> Path:
    """The folder of all state, made where it is missing."""
    from api.settings import default_data_dir

    folder = given or default_data_dir()
    # For its owner alone: the database holds the cameras' passwords.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def kept_dir(given: Path | None) -> Path | None:
    """The folder of all state where there is one, for commands that keep nothing of their own: what was measured and
    added there holds for them too. None where there is none yet."""
    from api.settings import default_data_dir

    folder = given or default_data_dir()
    return folder if given is not None or folder.is_dir() else None
