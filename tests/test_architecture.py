"""docs/architecture.md names what is there: every folder and top-level module, and nothing else."""

from __future__ import annotations

import re

import pytest

from tests.conftest import REPOSITORY

TEXT = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = ["models", "drone", "vision", "streams", "api"]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_listed_whole(package: str) -> None:
    listed = re.split(r"^##+ ", TEXT.partition(f"### `{package}/`\n")[2], flags=re.M)[0]
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in (REPOSITORY / package).iterdir()
        if (path.suffix == ".py" and path.name != "__init__.py")
        or (path.name != "__pycache__" and any(path.glob("[!_]*")))
    }
    found = re.findall(r"`(\w+(?:/|\.py))`", listed)
    assert sorted(found) == sorted(there), f"docs/architecture.md, under {package}/: other names, or one named twice"


def test_every_path_in_the_text_is_there() -> None:
    named = set(re.findall(rf"`((?:{'|'.join(PACKAGES)}|tests|bench|docs|deploy)/[\w/.]*)`", TEXT))
    assert len(named) > 40
    assert {path for path in named if not (REPOSITORY / path).exists()} == set()
