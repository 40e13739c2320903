"""Fixtures that every package's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.local import free_port

REPOSITORY = Path(__file__).resolve().parents[1]


# Those that run whole systems on the clock of a wall: beside many others they would measure the others, so they run
# after them, two at a time (a file each): mostly they wait. The pages' tests hold the clock and wait for what comes.
ALONE = ("end_to_end",)
BESIDE = ("test_replay.py",)  # of those, the ones that go by media time
# What takes longest begins first, so that no worker is left with it when the others have done; then the pages, side by
# side, for each worker starts a browser of its own for as many as it gets in a row.
LONG = (
    *("end_to_end/test_evidence.py", "end_to_end/test_bench_cameras.py", "end_to_end/test_replay.py"),
    *("streams/test_compose.py", "api/test_crash.py", "api/test_schema_fuzz.py", "api/test_serve.py"),
    *("streams/test_explain.py", "streams/test_source_peers.py", "streams/test_pipeline.py", "cli/test_house.py"),
    *("api/test_together.py", "vision/test_picture_health.py", "cli/test_patrol_fly.py", "streams/test_reader.py"),
    *("api/on_postgres/test_database.py", "cli/test_explain_command.py", "drone/test_mavsdk.py", "pages"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    turn: dict[Path, int] = {}
    for item in items:
        place = item.path.relative_to(REPOSITORY / "tests")
        if place.parts[0] in ALONE and item.path.name not in BESIDE:
            item.add_marker(pytest.mark.alone)
        if item.path not in turn:
            found = [n for n, name in enumerate(LONG) if place.is_relative_to(name)]
            turn[item.path] = found[0] if found else len(LONG)
    items.sort(key=lambda item: turn[item.path])


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


@pytest.fixture(name="free_port")
def _free_port() -> int:
    """A TCP port of 127.0.0.1 on which nobody listens now."""
    return free_port()
