"""What was measured in the user's own folder of state holds for commands that are given none."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.cli.options import kept_dir


def test_without_a_folder_the_users_own_is_read_once_it_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert kept_dir(None) is None
    (tmp_path / "sanxun").mkdir()
    assert kept_dir(None) == tmp_path / "sanxun"


def test_a_folder_that_was_given_is_that_one(tmp_path: Path) -> None:
    assert kept_dir(tmp_path / "other") == tmp_path / "other"
