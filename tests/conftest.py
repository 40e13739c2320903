"""Fixtures that every package's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


# Those that run whole systems, browsers or the clock of a wall: beside many others they would measure the others, so
# they run after them, two at a time (a file each): mostly they wait.
ALONE = ("end_to_end", "pages")
BESIDE = ("test_replay.py",)  # of those, the ones that go by media time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(REPOSITORY / "tests").parts[0]
        if folder in ALONE and item.path.name not in BESIDE:
            item.add_marker(pytest.mark.alone)


def missing(reason: str) -> None:
    """Skip with the reason; where SANXUN_STRICT=1 (as in CI) a missing peer is a failure."""
    if os.environ.get("SANXUN_STRICT") == "1":
        pytest.fail(f"SANXUN_STRICT=1 and {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of real weights, clips and pictures that SANXUN_ASSETS names."""
    named = os.environ.get("SANXUN_ASSETS")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "assets"
    if not (folder / "MANIFEST.tsv").is_file():
        missing(f"real material is absent: set SANXUN_ASSETS to its folder (looked in {folder})")
    return folder
