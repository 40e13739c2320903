"""`sanxun models verify`."""

from __future__ import annotations

import json

import typer

from api.cli.options import DataDir, Json, data_dir


def verify_models(data: DataDir = None, as_json: Json = False) -> None:
    """Compare every file with its entry: bytes, hash and graph. Exit status 1 where one differs."""
    from models.catalog import verify

    verdicts = verify(data_dir(data))
    if as_json:
        print(json.dumps([{"name": n, "ok": ok, "reason": why} for n, ok, why in verdicts], ensure_ascii=False))
    else:
        for name, ok, reason in verdicts:
            print(f"{'ok  ' if ok else 'BAD '} {name}: {reason}")
        if not verdicts:
            print("nothing to verify: no weights are here")
    raise typer.Exit(0 if all(ok for _, ok, _ in verdicts) else 1)
