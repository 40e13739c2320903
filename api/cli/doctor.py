"""`sanxun doctor`: what this machine has, what is missing, and what to do."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataDir, Json

_MANY = 100


def doctor(
    data: DataDir = None,
    cameras: Annotated[
        int | None,
        typer.Option("--cameras", min=1, help="For so many cameras. Default: those of --data's site, or 100."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Look at this machine and say what is missing and what to do. Exit status 1 where something is missing."""
    from api.cli.checks import MISSING, all_checks
    from api.settings import default_data_dir

    folder = data or default_data_dir()
    found = list(all_checks(folder, cameras or cameras_of(folder) or _MANY))
    if as_json:
        print(json.dumps([asdict(check) for check in found], ensure_ascii=False, indent=1))
    else:
        for check in found:
            print(f"{check.state:8} {check.name:17} {check.found}")
            if check.advice:
                print(f"{'':26} → {check.advice}")
    raise typer.Exit(1 if any(check.state == MISSING for check in found) else 0)


def cameras_of(data: Path) -> int | None:
    """How many cameras the stored site watches; None where there is no site. The file is only read: a doctor must not
    bring a running server's database up to date."""
    try:
        with closing(
            sqlite3.connect(f"{(data / 'sanxun.db').absolute().as_uri()}?mode=ro", uri=True, timeout=2)
        ) as site:
            (count,) = site.execute("SELECT count(*) FROM camera WHERE enabled").fetchone()
    except sqlite3.Error:
        return None
    return int(count) or None
