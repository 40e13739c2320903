"""A receiver that says yes, a town that tells it, and the same data folders as the tests of the API have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import applied, applied_site, shared
from tests.api.stored import copied
from tests.notify.receivers import Receiver, receiving
from tests.notify.told import NOTIFY

__all__ = ["applied", "applied_site", "shared"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        found.answers = [(200, {"errcode": 0}, {})]
        yield found


@pytest.fixture
def data(tmp_path: Path, applied_site: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Path:
    copied(applied_site, tmp_path)
    monkeypatch.setenv("TEST_WECOM_KEY", "k-1")
    (tmp_path / "notify.toml").write_text(NOTIFY.format(url=receiver.url))
    return tmp_path
