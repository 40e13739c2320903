"""A promotion reaches a worker that runs; weights that cannot be used do not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.cli.succession import Succession
from models import catalog
from models.champions import Champions
from models.spec import Task


def at() -> datetime:
    return datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """DATA with a second name for the shipped weights: the same bytes, so that nothing has to be trained."""
    folder = tmp_path / "data"
    catalog.add(catalog.find("street-v4", None).path, folder, "again")
    return folder


def test_a_promotion_ends_the_worker_once(data: Path) -> None:
    ended: list[int] = []
    said: list[str] = []
    succession = Succession(data, lambda: ended.append(1), said.append)
    assert not succession.look()
    Champions(data).promote(catalog.find("again", data), "street-v4", {}, at)
    assert succession.look()
    assert succession.due
    assert not succession.look()
    assert ended == [1]
    assert said == ["again is used from now on: the worker begins anew with it"]


def test_a_promotion_for_drones_says_so(data: Path) -> None:
    said: list[str] = []
    succession = Succession(data, lambda: None, said.append)
    Champions(data).promote(catalog.find("again", data), "street-v4", {}, at, Task.AERIAL)
    assert succession.look()
    assert said == ["again is used for drones from now on: the worker begins anew with it"]
    assert catalog.find(None, data, Task.AERIAL).name == "again"


def test_a_rollback_does_too(data: Path) -> None:
    Champions(data).promote(catalog.find("again", data), "street-v4", {}, at)
    succession = Succession(data, lambda: None, lambda line: None)
    assert not succession.look()
    Champions(data).roll_back(now=at)
    assert succession.look()


def test_weights_that_cannot_be_used_are_told_and_the_old_go_on(data: Path) -> None:
    said: list[str] = []
    succession = Succession(data, lambda: pytest.fail("must not end"), said.append)
    spec = catalog.find("again", data)
    Champions(data).promote(spec, "street-v4", {}, at)
    spec.path.write_bytes(b"torn")
    assert not succession.look()
    assert not succession.look()
    assert len(said) == 1
    assert "cannot be used; those in use stay" in said[0]
