"""The environment that trains and exports, beside the service's own: found, and asked to run a module of ours.

Ultralytics brings another OpenCV and wants the plain ONNX Runtime, so it never shares an environment with the service.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models.errors import ModelError, NoTrainingEnvironment

VARIABLE = "SANXUN_TRAIN_PYTHON"
_ROOT = Path(__file__).resolve().parents[1]
_NEEDED = ("torch", "ultralytics", "onnx")
Event = dict[str, Any]


def training_python() -> Path:
    """The interpreter that has torch and Ultralytics.

    Raises:
        NoTrainingEnvironment: none is known; the message says how to make one.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise NoTrainingEnvironment(f"{VARIABLE} names {named}, where there is no file")
        return Path(named)
    beside = _ROOT / ".venv-train" / "bin" / "python"
    if beside.is_file():
        return beside
    if all(importlib.util.find_spec(name) is not None for name in _NEEDED):
        return Path(sys.executable)
    requirements = _ROOT / "models" / "train"
    raise NoTrainingEnvironment(
        "training and export need Ultralytics in an environment of its own. Make one:\n"
        f"  python3 -m venv {_ROOT / '.venv-train'}\n"
        f"  {beside} -m pip install -r {requirements / 'requirements.txt'}\n"
        f"  {beside} -m pip install --no-deps -r {requirements / 'requirements-no-deps.txt'}\n"
        f"or name an interpreter that has it in {VARIABLE}"
    )


def run_there(module: str, arguments: Sequence[str], on_event: Callable[[Event], None]) -> Event:
    """Runs one of our modules there; each line of JSON that it prints is an event, the last one its result.

    What else it and its libraries print goes to standard error as it is.

    Raises:
        NoTrainingEnvironment: as `training_python`.
        ModelError: it failed; in its own words where it said why.
    """
    last: Event | None = None
    command = [str(training_python()), "-m", module, *arguments]
    with subprocess.Popen(command, env=_environment(), cwd=Path.cwd(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                event = _event(line)
                if event is None:
                    print(line, end="", file=sys.stderr)
                    continue
                last = event
                on_event(event)
        except BaseException:
            process.terminate()
            raise
    if process.returncode or last is None or last.get("event") != "done":
        said = last.get("error") if last else None
        raise ModelError(str(said) if said else f"{module} ended with status {process.returncode}; its words are above")
    return last


def _environment() -> dict[str, str]:
    path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    # Ultralytics installs packages by itself unless told not to, and calls home.
    quiet = {"YOLO_AUTOINSTALL": "False", "YOLO_OFFLINE": "True", "OMP_WAIT_POLICY": "passive", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **quiet, "PYTHONPATH": path}


def _event(line: str) -> Event | None:
    if not line.startswith('{"event"'):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
