"""Where test material comes from and under which licence: what its own manifest says."""

from __future__ import annotations

import csv
from pathlib import Path

from streams.errors import SourceUnusable

_UNKNOWN = "not stated in MANIFEST.tsv"


def origins(assets: Path) -> dict[str, tuple[str, str]]:
    """Origin and licence by the file's path within the folder; nothing where it has no manifest. Raises
    `SourceUnusable`."""
    if not assets.is_dir():
        raise SourceUnusable(
            f"{assets} is no folder: --assets (or SANXUN_ASSETS) must name the folder of test material"
        )
    path = assets / "MANIFEST.tsv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        return {row["path"]: (row.get("origin") or _UNKNOWN, row.get("licence") or "none stated") for row in rows}
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise SourceUnusable(
            f"{path} cannot be read ({type(error).__name__}: {error}): expected a table with tabs between its columns, "
            "in UTF-8, and a first line that names path, origin and licence"
        ) from error


def origin_of(known: dict[str, tuple[str, str]], path: str) -> tuple[str, str]:
    """Of one file; what the manifest leaves out is said to be unknown."""
    return known.get(path, (_UNKNOWN, "none stated"))
