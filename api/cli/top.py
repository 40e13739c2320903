"""`sanxun top`: the cameras of a worker, live in the terminal."""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataDir, Json

if TYPE_CHECKING:
    from api.cli.top_board import Board, Reading

# Piped, a line may be as long as it needs.
_PIPED_COLUMNS = 200


def top(
    url: Annotated[
        str | None,
        typer.Option("--url", help="A worker's metrics: http://127.0.0.1:PORT/metrics. Default: --data's own worker."),
    ] = None,
    api: Annotated[
        str | None, typer.Option("--api", help="Ask this API about the cameras of all its workers instead.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            "--token", envvar="SANXUN_TOKEN", help="Token for --api, of a person's role; better by SANXUN_TOKEN."
        ),
    ] = None,
    data: DataDir = None,
    once: Annotated[bool, typer.Option("--once", help="Print one table and end; rates are since the start.")] = False,
    as_json: Json = False,
    every_s: Annotated[float, typer.Option("--every", min=0.5, max=60, help="Seconds between two looks.")] = 2.0,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Most cameras to print with --once; 0 for all.")] = 0,
) -> None:
    """Show live how every camera is doing, the worst first, and how long each stage takes.

    n and p turn the pages, q ends it.
    """
    from api.cli.top_source import ApiSource, WorkerSource, worker_url
    from api.settings import default_data_dir

    if api is not None and not token:
        raise typer.BadParameter("--api needs a token in SANXUN_TOKEN: sanxun token create --role command-centre")
    source = ApiSource(api, token) if api and token else WorkerSource(worker_url(url, data or default_data_dir()))
    with source:
        if once or as_json:
            _print(_since_start(source.ask()), source.shown, as_json, limit)
        elif not sys.stdout.isatty():
            raise typer.BadParameter("this is no terminal: use --once or --json")
        else:
            from api.cli.top_live import watch_live

            watch_live(source, every_s)


def _since_start(reading: Reading) -> Board:
    from api.cli.top_board import board

    began_s = reading.figures.value("process_start_time_seconds")
    lived_s = time.time() - began_s if began_s is not None else 1.0
    return board(reading, None, max(1.0, lived_s))


def _print(shown: Board, source: str, as_json: bool, limit: int) -> None:
    if as_json:
        rows = [asdict(row) for row in shown.rows[: limit or None]]
        print(json.dumps({**asdict(shown), "rows": rows}, ensure_ascii=False, indent=1))
        return
    from rich.console import Console

    from api.cli.top_view import cameras, header

    columns = shutil.get_terminal_size((_PIPED_COLUMNS, 0)).columns
    console = Console(width=columns, highlight=False)
    console.print(header(shown, source))
    console.print(cameras(shown.rows[: limit or None], columns))
