"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path,
    typer.Option("--data", envvar="SANXUN_DATA", help="Folder that keeps the state: database, evidence, added weights."),
]
OptionalDataDir = Annotated[
    Path | None, typer.Option("--data", envvar="SANXUN_DATA", help="Folder with added weights and measured choices.")
]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="TCP port; 0 takes a free one.")]
Host = Annotated[str, typer.Option("--host", help="Address to bind to. The default answers this machine alone.")]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME_OR_FILE", help="Weights: a catalogue name or an .onnx file. Default: the best."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

DEFAULT_DATA = Path("data")
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
