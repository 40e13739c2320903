"""`sanxun doctor`: what this machine has, what is missing, and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from api.cli.options import DataDir, Json


def doctor(data: DataDir = None, as_json: Json = False) -> None:
    """Look at this machine and say what is missing and what to do. Exit status 1 where something is missing."""
    from api.cli.checks import MISSING, all_checks
    from api.settings import default_data_dir

    found = list(all_checks(data or default_data_dir()))
    if as_json:
        print(json.dumps([asdict(check) for check in found], ensure_ascii=False, indent=1))
    else:
        for check in found:
            print(f"{check.state:8} {check.name:13} {check.found}")
            if check.advice:
                print(f"{'':22} → {check.advice}")
    raise typer.Exit(1 if any(check.state == MISSING for check in found) else 0)
