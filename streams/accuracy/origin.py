"""Where test material comes from and under which licence: what its own manifest says."""

from __future__ import annotations

import csv
from pathlib import Path

from streams.errors import SourceUnusable

_UNKNOWN = "not stated in MANIFEST.tsv"


def origins(assets: Path) -> dict[str, tuple[str, str]]:
    """Origin and licence by the file's path within the folder. Raises `SourceUnusable`."""
    path = assets / "MANIFEST.tsv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except OSError as error:
        raise SourceUnusable(
            f"{path} cannot be read ({error.strerror}): --assets must name a folder with a MANIFEST.tsv"
        ) from error
    return {row["path"]: (row.get("origin") or _UNKNOWN, row.get("licence") or "none stated") for row in rows}


def origin_of(known: dict[str, tuple[str, str]], path: str) -> tuple[str, str]:
    """Of one file; what the manifest leaves out is said to be unknown."""
    return known.get(path, (_UNKNOWN, "none stated"))
