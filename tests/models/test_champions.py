"""Who is used when nobody says: appointed, withdrawn, and never silently another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models import catalog
from models.champions import Champions
from models.errors import CorruptModel, NothingToRollBack, UnknownModel

FOUR = "{0: 'person', 1: 'car', 2: 'bus', 3: 'truck'}"


def at() -> datetime:
    return datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def data(make_onnx, tmp_path: Path) -> Path:
    for name in ("one", "two"):
        catalog.add(make_onnx((1, 8, 84), names=FOUR, padding=name, name=f"{name}.onnx"), tmp_path / "data")
    return tmp_path / "data"


def test_promoted_weights_are_used_until_they_are_withdrawn(data: Path) -> None:
    usual = catalog.find(None, data).name
    record = Champions(data)
    record.promote(catalog.find("one", data), usual, {"pictures": 40}, at)
    record.promote(catalog.find("two", data), "one", {}, at)
    assert catalog.find(None, data).name == "two"
    assert record.roll_back(now=at).champion is not None
    assert catalog.find(None, data).name == "one"
    assert record.roll_back(now=at, why="misses buses").champion is None
    assert catalog.find(None, data).name == usual
    with pytest.raises(NothingToRollBack):
        record.roll_back(now=at)
    assert [(step.action, step.before) for step in Champions(data).history()] == [
        ("promoted", usual),
        ("promoted", "one"),
        ("rolled_back", "two"),
        ("rolled_back", "one"),
    ]
    assert record.history()[0].figures == {"pictures": 40}


def test_a_promotion_after_a_rollback_goes_back_to_what_held_then(data: Path) -> None:
    record = Champions(data)
    record.promote(catalog.find("one", data), "street-v4", {}, at)
    record.roll_back(now=at)
    record.promote(catalog.find("two", data), "street-v4", {}, at)
    assert record.roll_back(now=at).champion is None


def test_a_champion_that_is_gone_or_changed_is_told_not_replaced(data: Path) -> None:
    spec = catalog.find("one", data)
    Champions(data).promote(spec, "street-v4", {}, at)
    whole = spec.path.read_bytes()
    spec.path.write_bytes(whole[:-1] + b"!")
    with pytest.raises(CorruptModel, match="expected sha256"):
        catalog.find(None, data)
    spec.path.unlink()
    with pytest.raises(UnknownModel, match="one was promoted, but its file is not here"):
        catalog.find(None, data)
    Champions(data).roll_back(now=at)
    assert catalog.find(None, data).name == "street-v4"


def test_a_torn_record_is_told(data: Path) -> None:
    (data / "weights" / "champions.json").write_text('{"detect": [{"action"', encoding="utf-8")
    with pytest.raises(CorruptModel, match="is no record of promotions"):
        catalog.find(None, data)
