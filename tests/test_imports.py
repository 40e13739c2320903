"""The arrows of the architecture: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "models": set(),
    "drone": set(),
    "vision": {"models"},
    "streams": {"vision", "drone", "models"},
    "api": {"streams", "vision", "drone", "models"},
}
# vision is arrays in, values out; the running service never imports the training library.
FORBIDDEN = {
    "vision": {"socket", "threading", "asyncio", "time", "sqlite3", "sqlalchemy", "httpx", "av", "fastapi"},
    "streams": {"sqlalchemy", "fastapi"},
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_one_way(package: str) -> None:
    ours = set(MAY_IMPORT)
    banned = (ours - MAY_IMPORT[package] - {package}) | FORBIDDEN.get(package, set())
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / package).rglob("*.py")
        for name in imported(path) & banned
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_only_training_imports_the_training_libraries() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for package in MAY_IMPORT
        for path in (ROOT / package).rglob("*.py")
        if imported(path) & {"torch", "ultralytics"} and path.parent.name not in ("train", "wires")
    ]
    assert not wrong
