"""`sanxun openapi`: the API's description, and what is written from it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

# Where the source lies; an installation without it has nothing to write to.
_SOURCE = Path(__file__).resolve().parents[2]


def openapi(
    write: Annotated[
        bool, typer.Option("--write", help="Write docs/openapi.json, docs/rights.md and api/client.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Say which of them are out of date, and fail.")] = False,
) -> None:
    """Print the OpenAPI document of this version."""
    texts = written_from_routes()
    if not write and not check:
        print(texts["docs/openapi.json"], end="")
        return
    if not (_SOURCE / "docs").is_dir():
        raise typer.BadParameter("this is an installation without its source: there is nothing to write to")
    for name in stale(texts):
        if check:
            print(f"{name} is out of date: run `sanxun openapi --write`", file=sys.stderr)
        else:
            (_SOURCE / name).write_text(texts[name], encoding="utf-8")
            print(f"wrote {name}")
    if check and stale(texts):
        raise typer.Exit(1)


def written_from_routes() -> dict[str, str]:
    """Every file that follows from the routes, by its path in the source."""
    from api.app import create_app
    from api.client.generate import operations_text, schemas_text
    from api.openapi import rights_text, text_of
    from api.settings import Settings

    text = text_of(create_app(Settings()))
    document: dict[str, Any] = json.loads(text)
    return {
        "docs/openapi.json": text,
        "docs/rights.md": rights_text(document),
        "api/client/schemas.py": schemas_text(document),
        "api/client/operations.py": operations_text(document),
    }


def stale(texts: dict[str, str]) -> list[str]:
    return [name for name, text in texts.items() if not _same(_SOURCE / name, text)]


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
