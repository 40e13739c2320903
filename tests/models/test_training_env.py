"""The environment beside the service's own: found, asked, and its failures told in its words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from models.errors import ModelError, NoTrainingEnvironment
from models.training_env import VARIABLE, run_there, training_python

TELLS = """
from models.train.errors import BadPictures
from models.train.events import tell, told

def work():
    print("chatter of a library")
    tell("progress", share=0.5)
    if {fails}:
        raise BadPictures("too few pictures")
    return {{"file": "x.onnx"}}

told(work)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a module that the other interpreter, here this one, runs."""
    monkeypatch.setenv(VARIABLE, sys.executable)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def make(fails: bool) -> str:
        (tmp_path / "work_there.py").write_text(TELLS.format(fails=fails), encoding="utf-8")
        return "work_there"

    return make


def test_progress_comes_as_it_is_told_and_the_result_last(module: Any) -> None:
    events: list[dict[str, Any]] = []
    assert run_there(module(False), [], events.append) == {"event": "done", "file": "x.onnx"}
    assert events[0] == {"event": "progress", "share": 0.5}


def test_a_failure_there_is_told_in_its_own_words(module: Any) -> None:
    with pytest.raises(ModelError, match=r"^too few pictures$"):
        run_there(module(True), [], lambda event: None)


def test_an_interpreter_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "python"))
    with pytest.raises(NoTrainingEnvironment, match="where there is no file"):
        training_python()
